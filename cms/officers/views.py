"""Screens of officers' keys: the list for administrators, and the request on one's own account page."""

from dataclasses import dataclass

from flask import render_template
from werkzeug.wrappers import Response

from cms.accounts.model import Passkey
from cms.accounts.repository import Passkeys
from cms.accounts.service import passkeys
from cms.accounts.views import account
from cms.accounts.views.passkeys import site
from cms.alerts.repository.alerts import Declarations
from cms.fleet.queries.overview import signature_checkers
from cms.officers.labels import PROBLEMS
from cms.officers.model import EnrolledKey, OfficerKeyStatus, kid_of_point
from cms.officers.repository import OfficerKeys
from cms.officers.service import enrolment
from cms.platform.signer.officers import KnownOfficers, officers_in
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, context, new_unit, pages
from devices.protocol.authorisation import SignaturePolicy
from province.errors import InvalidError
from province.people import Action
from province.wall_clock import instant_of


@dataclass(frozen=True, slots=True)
class KeyLine:
    """Key in the list, and what the user may do with it. ``rights`` are those of the owner now."""

    key: EnrolledKey
    status: OfficerKeyStatus
    rights: tuple[tuple[str, int], ...]
    may_confirm: bool
    may_revoke: bool


@pages.get("/people/signing-keys")
def signing_keys() -> str:
    """List who has which key, the policy, and what waits for two people."""
    messages.tree_for(Action.USER_MANAGE)
    officers = _known()
    with request_context.session() as session:
        keys = OfficerKeys(session).all()
        declared = {each.user_id: Declarations(session).of(each.user_id) for each in keys}
        checking, devices = signature_checkers(session)
    rights = {
        user_id: tuple((messages.area_name(right.area_id), int(right.level)) for right in held)
        for user_id, held in declared.items()
    }
    lines = [_line(each, officers, rights[each.user_id]) for each in keys]
    keyset = officers.keyset if officers is not None else None
    open_until = instant_of(keyset.open_until) if keyset is not None else None
    return render_template(
        "officers/signing_keys.html",
        lines=lines,
        policy=keyset.policy if keyset is not None else SignaturePolicy.OFF,
        alone=keyset is not None and keyset.alone,
        drills=keyset is not None and keyset.drills,
        checking=checking,
        devices=devices,
        open_until=open_until if open_until is not None and open_until > context().now() else None,
        open_reason=keyset.open_reason if keyset is not None else "",
    )


@pages.post("/people/signing-keys/<key_id>/confirm")
def confirm_signing_key(key_id: str) -> Answer:
    made = enrolment.confirm(new_unit(), key_id, call=call())
    said = (
        _("Confirmed. The operator of the server now puts it into force.")
        if made.is_agreed
        else _("Confirmed. One more person has to confirm it.")
    )
    return confirmed(said, "web.signing_keys")


@pages.post("/people/signing-keys/<key_id>/revoke")
def revoke_signing_key(key_id: str) -> Answer:
    made = enrolment.revoke(new_unit(), key_id, call=call())
    said = (
        _("Revoked. The operator of the server now takes it out of force.")
        if made.is_revoked
        else _("Noted. One more person has to revoke it.")
    )
    return confirmed(said, "web.signing_keys")


@pages.post("/account/passkeys/<passkey_id>/signing-key")
def ask_signing_key(passkey_id: str) -> Response:
    """Ask that one of the user's passkeys may sign alerts; another's changes nothing."""
    mine = account.found_account()
    with request_context.session() as session:
        held = [each for each in Passkeys(session).of(mine.user.id) if each.id == passkey_id]
    try:
        for each in held:
            enrolment.ask(new_unit(), mine.user, each, site(), context().now())
    except InvalidError as error:
        return account.back(str(PROBLEMS[error.problems[0].code]))
    return account.back(_("Asked for. Two administrators have to confirm it: read them the fingerprint below."), "good")


def _known() -> KnownOfficers | None:
    return officers_in(context().keyring.trust).current()


def _line(key: EnrolledKey, officers: KnownOfficers | None, rights: tuple[tuple[str, int], ...]) -> KeyLine:
    me = request_context.actor().user_id
    is_published = officers is not None and key.id in officers.officers.keys
    has_confirmed = me in {each.user_id for each in key.confirmed}
    has_revoked = me in {each.user_id for each in key.revoked}
    return KeyLine(
        key,
        key.status(is_published=is_published),
        rights,
        may_confirm=me != key.user_id and not has_confirmed and not key.is_agreed and not key.revoked,
        may_revoke=me != key.user_id and not has_revoked and not key.is_revoked,
    )


def own_signing_keys() -> dict[str, KeyLine]:
    """Return the user's keys that sign alerts, by the ids of their passkeys."""
    me, officers = request_context.actor().user_id, _known()
    with request_context.session() as session:
        asked = {each.id: each for each in OfficerKeys(session).of(me)}
        held = Passkeys(session).of(me) if asked else ()
    by_passkey = {each.id: asked.get(_kid(each)) for each in held}
    return {name: _line(key, officers, ()) for name, key in by_passkey.items() if key is not None}


def _kid(passkey: Passkey) -> str:
    return kid_of_point(passkeys.point_of(passkey))


add_template_globals(own_signing_keys=own_signing_keys)
