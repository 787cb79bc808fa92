"""People's own signatures on the pages of alerts: whether one is needed, what is signed, and whose it was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import g, request

from broadcast.alerts.model import Alert, AlertStatus
from broadcast.alerts.orders import RaisedOrder
from cms.accounts.errors import PasskeyRefusedError
from cms.accounts.model import Passkey
from cms.accounts.repository import Passkeys
from cms.accounts.service import passkeys
from cms.accounts.service.passkeys import PasskeySignature
from cms.accounts.views import passkeys as passkey_views
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders, RaisedOrders
from cms.alerts.service import signed_orders
from cms.alerts.service.orders import SignedOrder
from cms.alerts.service.signed_orders import SignableOrder
from cms.audit.queries import EventLine
from cms.officers.model import kid_of_point
from cms.platform.gateway.messages import to_ms
from cms.platform.signer.officers import KnownOfficers, officers_in
from cms.platform.web import request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, new_unit
from devices.protocol import codec
from devices.protocol.approvals import ApprovalRefusedError, from_base64, signed_at_ms
from devices.protocol.authorisation import Authorisation, OfficerSignature
from devices.protocol.errors import OversizeError, ProtocolError
from province.errors import NotFoundError
from province.people import UserId
from province.wall_clock import instant_of

APPROVE, ALONE, SUBMIT, ALL_CLEAR = "approve", "alone", "submit", "all-clear"
ACTS: Final = (APPROVE, ALONE, SUBMIT, ALL_CLEAR)


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """Signature shown on an alert's page. ``kind`` of its key is always a passkey."""

    name: str
    at: datetime
    key: str


def known() -> KnownOfficers | None:
    """Return the officers in force."""
    return officers_in(request_context.context().keyring.trust).current()


def own_keys() -> dict[str, Passkey]:
    """Return the user's passkeys that sign alerts, by the ids of their keys; cached for the request."""
    if "own_alert_keys" not in g:
        g.own_alert_keys = _own_keys()
    found: dict[str, Passkey] = g.own_alert_keys
    return found


def _own_keys() -> dict[str, Passkey]:
    officers, me = known(), request_context.actor().user_id
    if officers is None or me not in officers.officers.people:
        return {}
    with request_context.session() as session:
        held = {kid_of_point(passkeys.point_of(each)): each for each in Passkeys(session).of(me)}
    keys = officers.officers.keys
    return {kid: each for kid, each in held.items() if kid in keys and keys[kid].person == me}


def is_needed(alert: Alert, *people: UserId | None) -> bool:
    """Return whether this alert needs the own signatures of these people, at this moment."""
    named = [each for each in people if each is not None]
    return signed_orders.needs_signatures(known(), alert, named, request_context.context().now())


def signs(alert: Alert, act: str) -> bool:
    """Return whether the user's passkey signs the alert itself at this act, instead of only confirming it."""
    if act not in ACTS or not own_keys():
        return False
    people = (alert.submitter_id, request_context.actor().user_id) if act == APPROVE else ()
    return is_needed(alert, *people, request_context.actor().user_id)


def refusal(alert: Alert, act: str) -> str:
    """Return why the user cannot let this alert out although a signature is needed; empty: can, or none is needed."""
    me = request_context.actor().user_id
    people = (alert.submitter_id, me) if act == APPROVE else (me,)
    if not is_needed(alert, *people):
        return ""
    if not own_keys():
        return _("Alerts need a signature of your own, and you have no key for it. See “My account”, or call somebody.")
    if act == APPROVE and _waiting(alert) is None:
        return _("The submitter has not signed it with a key of their own. Return it, so that it is sent again signed.")
    if act == SUBMIT and not _fits(alert):
        return _("With two signatures this alert is too long for one message. Shorten its text, or simplify its shape.")
    officers = known()
    if act == ALONE and officers is not None and not officers.keyset.alone and not alert.is_calm:
        return _("The rules of signatures let nobody send alone. Call a second person.")
    return ""


def again_sentence() -> str:
    return _("The passkey was not taken. Read the alert again, then sign once more with the passkey of your key.")


def options(alert: Alert, act: str) -> str:
    """Return the options with which the user's passkey signs the alert at this act, as JSON."""
    now = instant_of(to_ms(request_context.context().now()))
    signable = _signable(alert, act, now)
    if signable is None:
        raise NotFoundError("alert", alert.id)
    held = tuple(own_keys().values())
    return passkeys.signature_options(passkey_views.site(), held, signable.challenge(now))


def take(alert: Alert, act: str) -> SignedOrder:
    """Check the submitted signature, use it up as the user's code, and return the signed order.

    Raises PasskeyRefusedError: of another alert, another key, too late, or not as the signer would have it.
    """
    signable, approval = _taken(alert, act)
    officers = known()
    assert officers is not None
    try:
        return signable.signed_by(approval, officers, request_context.context().now())
    except ApprovalRefusedError as error:
        raise PasskeyRefusedError from error


def take_raised(alert: Alert) -> RaisedOrder:
    """Check the submitted signature of who raises the alert; as ``take``."""
    signable, approval = _taken(alert, SUBMIT)
    officers, actor = known(), request_context.actor()
    assert officers is not None
    try:
        return signed_orders.raised(
            signable,
            approval,
            officers,
            signer_id=actor.user_id,
            name=actor.name,
            now=request_context.context().now(),
        )
    except ApprovalRefusedError as error:
        raise PasskeyRefusedError from error


def lines(alert: Alert) -> list[SignatureLine]:
    """Return the people's own signatures on an alert, as far as it has them."""
    officers = known()
    if officers is None:
        return []
    given: list[OfficerSignature] = []
    with request_context.session() as session:
        if alert.order_id is not None:
            held = Orders(session).get(alert.order_id).authorisation
            given = codec.decode(Authorisation, held.encode()).approvals if held else []
        elif alert.status is AlertStatus.SUBMITTED and (waiting := RaisedOrders(session).find(alert.id)) is not None:
            given = [codec.decode(OfficerSignature, waiting.approval.encode())]
    return [_line(each, officers, alert) for each in given]


def unsigned_because(events: Iterable[EventLine]) -> str:
    """Return why an alert with these events went out without signatures that the rules ask for; empty: it did not."""
    found = (each.detail.get("unsigned") for each in events if each.name in {"alert.approved", "alert.sent_alone"})
    return next((str(each) for each in found if each), "")


def open_reason() -> str:
    """Return why no alert needs a signature for the time being; empty: they are as the rules say."""
    officers = known()
    is_open = officers is not None and officers.open_ms(request_context.context().now()) > 0
    return officers.keyset.open_reason if officers is not None and is_open else ""


def _line(approval: OfficerSignature, officers: KnownOfficers, alert: Alert) -> SignatureLine:
    key = officers.officers.keys.get(approval.key)
    names = {alert.submitter_id: alert.submitter_name, alert.approver_id: alert.approver_name}
    name = names.get(UserId(key.person), "") if key is not None else ""
    return SignatureLine(name, instant_of(signed_at_ms(approval.client)), approval.key)


def _fits(alert: Alert) -> bool:
    """Return whether the alert fits one message with the signatures of two people."""
    try:
        _signable(alert, SUBMIT, request_context.context().now())
    except OversizeError:
        return False
    return True


def _waiting(alert: Alert) -> SignableOrder | None:
    with request_context.context().uow.reading() as uow:
        return signed_orders.order_waiting(uow, alert, request_context.context().now())


def _signable(alert: Alert, act: str, at: datetime) -> SignableOrder | None:
    """Return what is signed at this act, as of this instant; None: there is nothing to sign."""
    with request_context.context().uow.reading() as uow:
        match act:
            case "submit":
                return signed_orders.order_raised(uow, alert, signed_orders.two_people_kind(alert), at)
            case "alone":
                return signed_orders.order_raised(uow, alert, signed_orders.alone_kind(alert), at)
            case "all-clear":
                prepared = uow[Alerts].prepared_for(alert.id)
                return None if prepared is None else signed_orders.order_of_all_clear(uow, prepared, at)
            case _:
                return signed_orders.order_waiting(uow, alert, at)


def _taken(alert: Alert, act: str) -> tuple[SignableOrder, OfficerSignature]:
    context, site = request_context.context(), passkey_views.site()
    answer = request.form.get("credential", "")[: passkeys.JSON_MOST]
    name, client, data, signature = passkeys.signed_parts(answer)
    held = own_keys()
    kid = next((kid for kid, each in held.items() if each.credential_id == name), "")
    try:
        at = instant_of(signed_at_ms(client))
        approval = OfficerSignature(key=kid, client=client, data=data, sig=signature)
        from_base64(client)
        codec.decode(OfficerSignature, codec.encode(approval))
    except (ApprovalRefusedError, ProtocolError, OverflowError, ValueError) as error:
        raise PasskeyRefusedError from error
    signable = _signable(alert, act, at)
    if signable is None:
        raise PasskeyRefusedError
    actor = request_context.actor()
    wanted = PasskeySignature(actor.user_id, tuple(held.values()), signable.challenge(at), at)
    told: dict[str, object] = {"purpose": f"alert.{act}", "source": request.remote_addr or "", "signed": alert.id}
    with new_unit().urgent() as uow:
        confirmed = passkeys.sign(uow, site, answer, wanted, told=told, now=context.now())
        request_context.sign_in_as(confirmed)
        uow.commit()
    return signable, approval


def _is_needed_again(alert: Alert) -> bool:
    return is_needed(alert, alert.submitter_id, alert.approver_id)


add_template_globals(
    alert_signatures=lines,
    alert_signs=signs,
    alert_needs_signature=_is_needed_again,
    signatures_open=open_reason,
    unsigned_because=unsigned_because,
)
