"""Account page of the signed-in user: password, sign-ins, recovery codes; and the first password a person chooses."""

from typing import Final

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from cms.accounts.errors import (
    AccountError,
    LockedError,
    SignInFailedError,
    TooManyPasskeysError,
    TooManyTokensError,
    WeakPasswordError,
)
from cms.accounts.service import own_account
from cms.accounts.service.own_account import Account
from cms.accounts.service.signing_in import SignInStep
from cms.accounts.service.vault import vault_of
from cms.accounts.views import second_factor, signing_in
from cms.accounts.views.sessions import with_session
from cms.platform.errors import problem_of
from cms.platform.web import formats, request_context
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages

_BROWSERS: Final = (("Edg", "Edge"), ("coc_coc", "Cốc Cốc"), ("OPR", "Opera"), ("Firefox", "Firefox"))
_LATER: Final = (("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"))
_SYSTEMS: Final = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux")),
)


def browser_name(agent: str) -> str:
    """Return a name like “Firefox, Windows”; empty if the header is unknown."""
    browser = next((name for mark, name in (*_BROWSERS, *_LATER) if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part)


@pages.get("/account")
def account() -> str:
    found = found_account()
    return render_template("accounts/account.html", account=found, agent_name=browser_name)


@pages.post("/account/password")
def change_password() -> Response:
    context, found = request_context.context(), found_account()
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        return back(_("The new password was typed differently the second time. Nothing was changed."))
    try:
        own_account.change_password(
            context.uow,
            signing_in.passwords(),
            vault_of(context),
            found.user.id,
            old=request.form.get("old", ""),
            new=new,
            code=request.form.get("code", ""),
            here=found.here.id,
            now=context.now(),
            source=request_context.source(),
        )
    except AccountError as error:
        return back(refusal(error))
    return back(_("The password is changed. Every other place is signed out."), "good")


@pages.post("/account/sessions/<session_id>/end")
def end_session(session_id: str) -> Response:
    context = request_context.context()
    own_account.end_session(context.uow, request_context.actor().user_id, session_id, context.now())
    return back(_("Signed out there."), "good")


@pages.post("/account/sessions/end-others")
def end_other_sessions() -> Response:
    context, found = request_context.context(), found_account()
    own_account.end_others(context.uow, found.user.id, found.here.id, context.now())
    return back(_("Signed out everywhere else."), "good")


@pages.post("/account/recovery-codes")
def renew_recovery_codes() -> Answer:
    context, found = request_context.context(), found_account()
    try:
        fresh = own_account.renew_recovery_codes(
            context.uow,
            vault_of(context),
            found.user.id,
            code=request.form.get("code", ""),
            now=context.now(),
            source=request_context.source(),
        )
    except AccountError as error:
        return back(refusal(error))
    return render_template("accounts/second_factor_codes.html", recovery=fresh, next=url_for("web.account"))


@pages.get("/new-password")
@request_context.before_sign_in
def first_password_form() -> Answer:
    return second_factor.where_wanted(SignInStep.PASSWORD) or _ask()


@pages.post("/new-password")
@request_context.before_sign_in
def set_first_password() -> Answer:
    elsewhere = second_factor.where_wanted(SignInStep.PASSWORD)
    if elsewhere is not None:
        return elsewhere
    context, new = request_context.context(), request.form.get("new", "")
    if new != request.form.get("again", ""):
        return _ask(_("The new password was typed differently the second time. Nothing was changed.")), 422
    secret = request_context.session_secret()
    try:
        welcome = own_account.set_first_password(
            context.uow, signing_in.passwords(), secret, new, second_factor.opening()
        )
    except WeakPasswordError as error:
        return _ask(refusal(error)), 422
    target = request_context.local_path(request.values.get("next") or "/")
    return with_session(make_response(redirect(target)), welcome) if welcome else redirect(target)


def _ask(refusal: str = "") -> str:
    return render_template("accounts/new_password.html", next=request.values.get("next", ""), refusal=refusal)


def found_account() -> Account:
    """Return the account of the signed-in user. Raises Unauthorized: the session ended while this request ran."""
    context = request_context.context()
    with context.uow.reading() as unit:
        found = own_account.account(unit, request_context.session_secret(), context.now())
    if found is None:
        raise Unauthorized
    return found


def back(sentence: str, kind: str = "bad") -> Response:
    """Redirect to the account's page, which shows this sentence."""
    flash(sentence, kind)
    return redirect(url_for("web.account"))


def refusal(error: AccountError) -> str:
    """Return the error in words, for the top of the account's page."""
    match error:
        case WeakPasswordError():
            return _(problem_of(error).sentence, min_length=error.min_length)
        case TooManyPasskeysError() | TooManyTokensError():
            return _(problem_of(error).sentence, most=error.most)
        case LockedError():
            until = formats.local(error.until_at).strftime("%H:%M:%S")
            return _("The old password was wrong many times. Wait until %(until)s and try again.", until=until)
        case SignInFailedError():
            return _("The present password is wrong. Nothing was changed.")
        case _:
            return second_factor.refusal(error)
