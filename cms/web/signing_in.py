"""Sign-in, sign-out, and the choice of language."""

from __future__ import annotations

from datetime import timedelta

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cms.accounts.errors import LockedError, SignInFailedError
from cms.accounts.passwords import Passwords
from cms.accounts.signing_in import sign_in as start_session
from cms.accounts.signing_in import sign_out as end_session
from cms.web import figures, languages, unsaved
from cms.web.languages import _
from cms.web.second_factor import halfway, where_to
from cms.web.visit import SESSION_COOKIE, context, local_path, pages, visitor, with_session

_passwords = Passwords()


@pages.get("/sign-in")
def sign_in_form() -> str | Response:
    if visitor() is not None:
        return redirect(local_path(request.args.get("next", "/")))
    found = halfway()
    if found is not None:
        return redirect(where_to(found.wanted, request.args.get("next", "")))
    return render_template("sign_in.html", next=request.args.get("next", ""), login="", refusal="")


@pages.post("/sign-in")
def sign_in() -> tuple[str, int] | Response:
    login, wanted = request.form.get("login", ""), request.form.get("next", "")
    try:
        welcome = start_session(
            context().uow,
            _passwords,
            login=login,
            password=request.form.get("password", ""),
            now=context().now(),
            new_id=context().new_id(),
            lasts=timedelta(hours=context().settings.session_hours),
            source=request.remote_addr or "",
        )
    except SignInFailedError:
        return _again(
            login, wanted, _("Tên đăng nhập hoặc mật khẩu không đúng. Hãy kiểm tra phím Caps Lock và thử lại.")
        ), 401
    except LockedError as error:
        until = figures.local(error.until_at).strftime("%H:%M:%S")
        sentence = _("Đã nhập sai nhiều lần. Hãy đợi đến %(until)s rồi thử lại, hoặc nhờ người quản trị.", until=until)
        return _again(login, wanted, sentence), 429
    return unsaved.onward(with_session(redirect(where_to(welcome.wanted, wanted)), welcome))


@pages.post("/sign-out")
def sign_out() -> Response:
    end_session(context().uow, request.cookies.get(SESSION_COOKIE, ""), context().now())
    response = redirect(url_for("web.sign_in_form"))
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@pages.post("/language")
def set_language() -> Response:
    response = make_response(redirect(local_path(request.form.get("next", "/"))))
    chosen = request.form.get("language", "")
    return languages.remember(response, chosen) if chosen in languages.LANGUAGES else response


def _again(login: str, wanted: str, refusal: str) -> str:
    return render_template("sign_in.html", next=wanted, login=login, refusal=refusal)
