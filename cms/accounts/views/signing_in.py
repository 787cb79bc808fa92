"""Sign-in, sign-out, and the choice of language."""

import math
from datetime import timedelta

from flask import jsonify, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from cms.accounts.errors import LockedError, SignInBusyError, SignInFailedError
from cms.accounts.service.passwords import Passwords
from cms.accounts.service.signing_in import SignInStep
from cms.accounts.service.signing_in import sign_in as start_session
from cms.accounts.service.signing_in import sign_out as end_session
from cms.accounts.service.throttle import SPRAY_FAILURES, Gate
from cms.accounts.views import second_factor, sessions
from cms.accounts.views.second_factor import halfway, where_to
from cms.accounts.views.sessions import with_session
from cms.areas.repository import Places
from cms.commands.service import quarantine
from cms.platform.errors import problem_of
from cms.platform.web import formats, languages, request_context, unsaved
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, local_path, new_unit, pages, visitor
from cms.translations import languages as screen_languages

_passwords = Passwords()
_gate = Gate()
_BUSY = timedelta(seconds=3)


def passwords() -> Passwords:
    """Return the password service of the sign-in, for every page that sets a password."""
    return _passwords


@pages.get("/sign-in")
@request_context.before_sign_in
def sign_in_form() -> str | Response:
    if visitor() is not None:
        return redirect(local_path(request.args.get("next", "/")))
    found = halfway()
    if found is not None:
        return redirect(where_to(found.wanted, request.args.get("next", "")))
    return render_template("accounts/sign_in.html", next=request.args.get("next", ""), login="", refusal="")


@pages.post("/sign-in")
@request_context.before_sign_in
def sign_in() -> tuple[str, int] | Response:
    """Sign in. An unknown login gets the same answers as a known one."""
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
            source=request_context.source(),
            browser=sessions.browser_id(login),
            agent=request_context.agent(),
            gate=_gate,
        )
    except SignInFailedError as error:
        if error.is_spray:
            _tell_of_spray()
        return again(login, wanted, _("User name or password is wrong. Check the Caps Lock key and try again.")), 401
    except LockedError as error:
        until = formats.local(error.until_at).strftime("%H:%M:%S")
        sentence = _(
            "Too many wrong passwords from here. Wait until %(until)s and try again, or ask an administrator.",
            until=until,
        )
        return _wait(again(login, wanted, sentence), 429, error.until_at - context().now())
    except SignInBusyError as error:
        return _wait(again(login, wanted, _(problem_of(error).sentence)), 503, _BUSY)
    return unsaved.onward(with_session(redirect(where_to(welcome.wanted, wanted)), welcome))


@pages.post("/sign-out")
@request_context.before_sign_in
def sign_out() -> Response:
    end_session(context().uow, request_context.session_secret(), context().now())
    response = redirect(url_for("web.sign_in_form"))
    response.delete_cookie(
        request_context.session_cookie(), path="/", httponly=True, samesite="Lax", secure=request.is_secure
    )
    return response


@pages.post("/language")
@request_context.before_sign_in
def set_language() -> Response:
    response = make_response(redirect(local_path(request.form.get("next", "/"))))
    chosen = request.form.get("language", "")
    return languages.remember(response, chosen) if chosen in screen_languages() else response


def _wait(page: str, status: int, length: timedelta) -> Response:
    response = make_response(page, status)
    response.headers["Retry-After"] = str(max(1, math.ceil(length.total_seconds())))
    return response


def _tell_of_spray() -> None:
    """Notify the people on call for the province of password spraying; the sign-in has logged it."""
    with new_unit() as unit:
        tree, now = unit[Places].tree(), context().now()
        title = "[Loa] Có người dò mật khẩu"
        text = "\n".join(
            (
                f"Trong 10 phút có từ {SPRAY_FAILURES} lần nhập sai mật khẩu, lần cuối từ {request_context.source()}.",
                "Hệ thống đã siết số lần thử. Xem nhật ký kiểm toán (user.sign_in_failed) để biết các địa chỉ.",
            )
        )
        for area in tree.children(None):
            quarantine.tell(unit, area.id, title, text, now=now, new_id=context().new_id)
        unit.commit()


def again(login: str, wanted: str, refusal: str) -> str:
    """Show the page of the sign-in again, with what was wrong."""
    return render_template("accounts/sign_in.html", next=wanted, login=login, refusal=refusal)


@pages.get("/session")
@request_context.before_sign_in
def session_state() -> Response:
    """Return to an open page the signed-in user, the pending step of the sign-in, and the CSRF token for its forms."""
    found, halfway = visitor(), second_factor.halfway()
    wanted = halfway.wanted if halfway is not None and found is None else SignInStep.NOTHING
    return jsonify(person=found.user_id if found else "", wanted=wanted.value, csrf=generate_csrf())


@pages.post("/sign-in/continue")
@request_context.before_sign_in
def carry_on() -> Answer:
    """Continue with the carried form after one step of the sign-in: with the next step, or by offering to send it."""
    kept = unsaved.unpacked(request.form.get("carried", ""))
    if visitor() is not None:
        if kept is None:
            return redirect(local_path(request.form.get("next", "/")))
        heading = _("You are signed in again")
        return render_template("carried.html", heading=heading, kept=kept, can_refill=unsaved.can_refill(kept))
    halfway = second_factor.halfway()
    if halfway is None:
        return redirect(url_for("web.sign_in_form"))
    return second_factor.step_page(halfway.wanted)
