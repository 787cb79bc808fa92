"""Second step of the sign-in: giving a one-time code, and enrolling a device for codes if that is not done yet."""

from datetime import timedelta

import segno
from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cms.accounts.errors import AccountError, CodeLockedError
from cms.accounts.service import codes, second_factor
from cms.accounts.service import signing_in as accounts
from cms.accounts.service.signing_in import Opening, SignInProgress, SignInStep
from cms.accounts.service.vault import vault_of
from cms.accounts.views.sessions import with_session
from cms.platform.errors import problem_of
from cms.platform.web import formats, request_context, unsaved
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, local_path, new_unit, pages, visitor

_QR_SCALE = 5  # about 230 pixels: a telephone reads it from the screen, and 360 px hold it

_STEPS = {
    SignInStep.CODE: "web.second_factor_form",
    SignInStep.ENROLMENT: "web.enrol_form",
    SignInStep.PASSWORD: "web.first_password_form",
}


@pages.get("/second-factor")
@request_context.before_sign_in
def second_factor_form() -> Answer:
    return where_wanted(SignInStep.CODE) or _ask()


@pages.post("/second-factor")
@request_context.before_sign_in
def give_code() -> Answer:
    elsewhere = where_wanted(SignInStep.CODE)
    if elsewhere is not None:
        return elsewhere
    try:
        welcome = accounts.give_code(context().uow, vault_of(context()), _secret(), _code(), opening())
    except AccountError as error:
        return _ask(refusal(error)), problem_of(error).status
    if welcome is None:
        return unsaved.onward(redirect(_next()))
    return unsaved.onward(with_session(redirect(where_to(welcome.wanted, _next())), welcome))


@pages.get("/second-factor/enrol")
@request_context.before_sign_in
def enrol_form() -> Answer:
    return where_wanted(SignInStep.ENROLMENT) or _offer()


@pages.post("/second-factor/enrol")
@request_context.before_sign_in
def enrol() -> Answer:
    elsewhere = where_wanted(SignInStep.ENROLMENT)
    if elsewhere is not None:
        return elsewhere
    try:
        done = accounts.give_first_code(context().uow, vault_of(context()), _secret(), _code(), opening())
    except AccountError as error:
        return make_response(_offer(refusal(error)), problem_of(error).status)
    if done is None:
        return redirect(_next())
    welcome, recovery = done
    page = render_template(
        "accounts/second_factor_codes.html", recovery=recovery, next=where_to(welcome.wanted, _next())
    )
    return with_session(make_response(page), welcome)


def step_page(wanted: SignInStep) -> Answer:
    """Return the page of the remaining step; it carries on the form that the last one carried."""
    if wanted is SignInStep.PASSWORD:
        return redirect(where_to(wanted, request.values.get("next", "")))
    return _ask() if wanted is SignInStep.CODE else _offer()


def where_to(wanted: SignInStep, target: str) -> str:
    """Return the URL of the remaining step, after which ``target`` follows."""
    return local_path(target or "/") if wanted is SignInStep.NOTHING else url_for(_STEPS[wanted], next=target or None)


def halfway() -> SignInProgress | None:
    """Return the sign-in that has a password and lacks another step; None if there is none."""
    secret = _secret()
    if visitor() is not None or not secret:
        return None
    with context().uow.reading() as unit:
        return accounts.standing(unit, secret, context().now())


def refusal(error: AccountError) -> str:
    """Return the error at the field of a code; used by every screen that asks for one."""
    if isinstance(error, CodeLockedError):
        until = formats.local(error.until_at).strftime("%H:%M:%S")
        return _("Wrong codes many times. Wait until %(until)s and try again, or ask the administrator.", until=until)
    return _(problem_of(error).sentence)


def where_wanted(wanted: SignInStep) -> Response | None:
    """Redirect to another page, unless exactly this step is the user's next one."""
    found = halfway()
    if found is not None:
        return None if found.wanted is wanted else redirect(where_to(found.wanted, request.values.get("next", "")))
    return redirect(_next() if visitor() else url_for("web.sign_in_form", next=request.values.get("next") or None))


def _ask(said: str = "") -> str:
    found = halfway()
    name = found.user.name if found else ""
    return render_template("accounts/second_factor.html", name=name, next=request.values.get("next", ""), refusal=said)


def _offer(said: str = "") -> Answer:
    found = halfway()
    if found is None:
        return redirect(url_for("web.sign_in_form"))
    with new_unit() as unit:
        secret = second_factor.offer(unit, found.session, vault_of(context()))
        unit.commit()
    uri = codes.provisioning_uri(secret, found.user.login)
    return render_template(
        "accounts/second_factor_enrol.html",
        name=found.user.name,
        next=request.values.get("next", ""),
        refusal=said,
        uri=uri,
        picture=segno.make_qr(uri, error="m").svg_data_uri(scale=_QR_SCALE, border=4, light="#fff"),
        secret=codes.grouped(secret).replace("-", " "),
    )


def _secret() -> str:
    return request_context.session_secret()


def _code() -> str:
    return request.form.get("code", "")


def _next() -> str:
    return local_path(request.values.get("next") or "/")


def opening() -> Opening:
    lasts = timedelta(hours=context().settings.session_hours)
    return Opening(context().new_id(), context().now(), lasts, request_context.source(), request_context.agent())
