"""Orders that people sign themselves: the order as it is to be sent, what is signed of it, and whether that is needed.

What was signed is what is sent: who raises an alert signs its order as it then is, a second person the same, and the
approval freezes that one.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.model import Alert, AlertId, OrderId
from broadcast.alerts.orders import Order, RaisedOrder
from cms.alerts.repository.alerts import AlertPolicies
from cms.alerts.repository.orders import RaisedOrders
from cms.alerts.service.audiences import areas_meant, with_areas
from cms.alerts.service.order_commands import check, command_of
from cms.alerts.service.orders import SignedOrder, order_for
from cms.platform.gateway.messages import to_ms
from cms.platform.signer.officers import KnownOfficers
from cms.platform.store.uow import UnitOfWork
from devices.protocol import codec
from devices.protocol.approvals import (
    challenge,
    order_id,
    person_of,
    require_authorisation,
    statement_of,
)
from devices.protocol.authorisation import Authorisation, AuthorisationKind, OfficerSignature, Statement
from province.errors import NotAllowedError
from province.people import Action, UserId

_UNSENT: Final = OrderId("unsent")
_SIGNATURE: Final = OfficerSignature(key="k" * 20, client="c" * 480, data="d" * 80, sig="s" * 96)
_ROOM: Final = codec.encode(
    Authorisation(kind=AuthorisationKind.TWO_PEOPLE, approvals=[_SIGNATURE, _SIGNATURE])
).decode()
"""Two signatures, as long as those of a site with a long name: an order has to fit one message with them."""


@dataclass(frozen=True)
class SignableOrder:
    """Order that may be signed: with the id that its statement gives it."""

    order: Order
    kind: AuthorisationKind
    before: tuple[OfficerSignature, ...] = ()

    @property
    def statement(self) -> Statement:
        return statement_of(command_of(self.order), self.kind)

    def challenge(self, at: datetime) -> bytes:
        """Return what a passkey signs at this instant."""
        return challenge(self.statement, to_ms(at))

    def signed_by(self, approval: OfficerSignature, known: KnownOfficers, now: datetime) -> SignedOrder:
        """Return the order with this last signature, as the signer will judge it. Raises ApprovalRefusedError."""
        given = Authorisation(kind=self.kind, approvals=[*self.before, approval])
        signed = SignedOrder(self.order, codec.encode(given).decode())
        command = command_of(replace(self.order, issued_at=now, authorisation=signed.authorisation))
        require_authorisation(command, given, known.officers, known.covers)
        return signed


def order_raised(uow: UnitOfWork, alert: Alert, kind: AuthorisationKind, now: datetime) -> SignableOrder:
    """Return the order of this alert as it would be sent now; within a unit of work.

    Raises:
        OversizeError: with two signatures it fits no message.
    """
    placed = replace(alert, audience=with_areas(uow, alert.audience), order_id=_UNSENT)
    return _signable(order_for(uow, placed, areas_meant(uow, placed.audience), now=now), kind)


def order_waiting(uow: UnitOfWork, alert: Alert, now: datetime) -> SignableOrder | None:
    """Return the order of a submitted alert that its submitter has signed; None: not signed, or not as it is now."""
    raised = uow[RaisedOrders].find(alert.id)
    if raised is None or raised.signer_id != alert.submitter_id:
        return None
    present = order_raised(uow, alert, two_people_kind(alert), now).order
    if _seen(raised.frozen) != _seen(present):
        return None
    approval = codec.decode(OfficerSignature, raised.approval.encode())
    return SignableOrder(raised.frozen, two_people_kind(alert), (approval,))


def order_of_all_clear(uow: UnitOfWork, prepared: Alert, at: datetime) -> SignableOrder:
    """Return the order of a prepared all-clear that is signed at this instant; within a unit of work."""
    minutes = uow[AlertPolicies].get().all_clear_minutes
    ends = replace(prepared, expires_at=at + timedelta(minutes=minutes))
    return order_raised(uow, ends, AuthorisationKind.ALL_CLEAR, at)


def two_people_kind(alert: Alert) -> AuthorisationKind:
    """Return the kind of authorisation of two people for this alert."""
    return AuthorisationKind.DRILL if alert.is_drill else AuthorisationKind.TWO_PEOPLE


def alone_kind(alert: Alert) -> AuthorisationKind:
    """Return the kind of authorisation of one person for this alert."""
    return AuthorisationKind.ALL_CLEAR if alert.is_calm else AuthorisationKind.ALONE


def raised(
    signable: SignableOrder,
    approval: OfficerSignature,
    known: KnownOfficers,
    *,
    signer_id: UserId,
    name: str,
    now: datetime,
) -> RaisedOrder:
    """Return the order as its first person signed it. Raises ApprovalRefusedError: the signature does not hold."""
    person_of(approval, signable.statement, known.officers, known.covers, to_ms(now), is_last=False)
    return RaisedOrder(
        AlertId(signable.order.alert_id), signable.order, codec.encode(approval).decode(), signer_id, name, now
    )


def needs_signatures(known: KnownOfficers | None, alert: Alert, people: Collection[UserId], now: datetime) -> bool:
    """Return whether this alert needs the signatures of these people."""
    if known is None or (alert.is_drill and not known.officers.needs_drill(is_silent=alert.is_silent)):
        return False
    return known.officers.needs_of([*map(str, people)], to_ms(now))


def require_unsigned(known: KnownOfficers | None, alert: Alert, people: Collection[UserId], now: datetime) -> None:
    """Require that this alert may be sent without its people's own signatures; raises NotAllowedError."""
    if needs_signatures(known, alert, people, now):
        raise NotAllowedError(Action.ALERT_APPROVE, "OWN_SIGNATURE")


def _signable(order: Order, kind: AuthorisationKind) -> SignableOrder:
    check(replace(order, authorisation=_ROOM))
    named = OrderId(order_id(statement_of(command_of(order), kind)))
    return SignableOrder(replace(order, id=named), kind)


def _seen(order: Order) -> Order:
    """Return the order without what may change while it waits: instants, devices, and sounds of later rounds."""
    bare = replace(order.audience.targets, areas=(), exclude=())
    return replace(
        order,
        id=_UNSENT,
        issued_at=order.expires_at,
        audience=replace(order.audience, targets=bare),
        spoken=tuple(replace(each, again=None) for each in order.spoken),
    )
