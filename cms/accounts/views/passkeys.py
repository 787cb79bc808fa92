"""Passkeys: made and removed on the account's page, and used at the sign-in."""

from urllib.parse import urlsplit

from flask import Response as FlaskResponse
from flask import redirect, request
from werkzeug.wrappers import Response

from cms.accounts.errors import AccountError, LockedError, PasskeyRefusedError
from cms.accounts.repository import Passkeys
from cms.accounts.service import own_account, passkeys
from cms.accounts.service.passkeys import PasskeySite
from cms.accounts.service.vault import vault_of
from cms.accounts.views import account, second_factor, signing_in
from cms.accounts.views.sessions import with_session
from cms.platform.errors import problem_of
from cms.platform.web import request_context, unsaved
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, pages


@pages.get("/account/passkeys/options")
def passkey_options() -> Response:
    """Return the options for a new passkey of the user, for the script of the page."""
    user = account.found_account().user
    with context().uow.reading() as unit:
        held = list(unit[Passkeys].of(user.id))
    return json_answer(passkeys.registration_options(vault_of(context()), site(), user, held, context().now()))


@pages.post("/account/passkeys")
def add_passkey() -> Response:
    """Store a passkey, for a user who has given their password again."""
    mine, now = account.found_account(), context().now()
    name = request.form.get("name", "").strip() or account.browser_name(request_context.agent()) or _("Passkey")
    try:
        own_account.require_password(
            context().uow,
            signing_in.passwords(),
            mine.user,
            request.form.get("old", ""),
            here=mine.here.id,
            now=now,
            source=request_context.source(),
        )
        passkeys.register(
            context().uow,
            vault_of(context()),
            site(),
            mine.user,
            request.form.get("credential", "")[: passkeys.JSON_MOST],
            passkey_id=context().new_id(),
            name=name,
            now=now,
        )
    except AccountError as error:
        return account.back(account.refusal(error))
    return account.back(_("The passkey works from now on."), "good")


@pages.post("/account/passkeys/<passkey_id>/remove")
def remove_passkey(passkey_id: str) -> Response:
    passkeys.remove(context().uow, account.found_account().user, passkey_id, context().now())
    return account.back(_("The passkey is removed. Delete it in the device as well."), "good")


@pages.get("/sign-in/passkey")
@request_context.before_sign_in
def passkey_challenge() -> Response:
    """Return the options for a sign-in, for the script of the page."""
    return json_answer(passkeys.sign_in_options(vault_of(context()), site(), context().now()))


@pages.post("/sign-in/passkey")
@request_context.before_sign_in
def sign_in_by_passkey() -> Answer:
    wanted, answer = request.form.get("next", ""), request.form.get("credential", "")[: passkeys.JSON_MOST]
    try:
        welcome = passkeys.sign_in(context().uow, vault_of(context()), site(), answer, second_factor.opening())
    except (PasskeyRefusedError, LockedError) as error:
        return signing_in.again("", wanted, _(problem_of(error).sentence)), problem_of(error).status
    return unsaved.onward(with_session(redirect(second_factor.where_to(welcome.wanted, wanted)), welcome))


def site() -> PasskeySite:
    """Return the site as the browser knows it; the browser itself binds a passkey to it."""
    parts = urlsplit(request.host_url)
    return PasskeySite(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def json_answer(text: str) -> Response:
    """Send options, which nobody may keep."""
    return FlaskResponse(text, content_type="application/json", headers={"Cache-Control": "no-store"})
