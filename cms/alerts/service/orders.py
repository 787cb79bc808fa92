"""Orders of approved alerts: the frozen order, its audience, and the end of the order it replaces."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from broadcast.alerts.audiences import PlaceIndex
from broadcast.alerts.findings import DEVICE_RENDITION, fits_one_message
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert, AlertAction, AlertStatus, Audience, OrderId
from broadcast.alerts.orders import Order, OrderEnd, OrderReach, PartEnd, Spoken
from broadcast.alerts.script import board_headline, board_text, encoded, script
from broadcast.bulletins.model import SoundState, Targets
from broadcast.bulletins.targeting import reached, wire_targets
from cms.alerts.repository.alerts import Alerts, Declarations
from cms.alerts.repository.orders import Orders
from cms.alerts.service.audiences import Addressees, addressees
from cms.alerts.service.sound import again_of
from cms.alerts.service.steps import decided, event_of, progressed, revised, undeclared
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId, AreaTree
from province.call import Authority, Call, NewId
from province.errors import InvalidError, NotAllowedError, NotFoundError, Problem
from province.people import Action, Actor, program

_SYSTEM: Final = program("system")
SAME_MOMENT: Final = timedelta(milliseconds=10)
"""Orders and stops within it are told apart by the sequence of their commits, also where the clock does not."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """Area of a replacement. ``areas``: where ``alert`` ends, in the highest names; ``by``: names of those entitled.

    ``remaining``: the audience left to it; None where there is none.
    """

    alert: Alert
    areas: tuple[AreaId, ...]
    remaining: Audience | None
    by: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return self.remaining is None


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """Order with the signatures of its people, as the wire carries them."""

    order: Order
    authorisation: str

    def issued_as(self, order: Order) -> Order:
        """Return it with the instant and the people of this order, which is of the same alert."""
        return replace(
            self.order,
            issued_at=order.issued_at,
            approved_by=order.approved_by,
            replaces=order.replaces,
            authorisation=self.authorisation,
        )


def replacement_of(uow: UnitOfWork, authority: Authority, new: Alert, people: Sequence[Actor]) -> Replacement | None:
    """Return where ``new`` ends the alert it updates, if that is in force; within a unit of work.

    Everywhere, where all of ``people`` may cancel that alert and declare its level in every place it means; else where
    both alerts are meant, and only if all of them may do so there.

    Raises:
        NotAllowedError: AREA, ROLE or LEVEL, with the places where one of them may not end it.
        InvalidError: ELSEWHERE: the two have no place in common; TOO_MUCH_TO_SEND: the rest fits no message.
    """
    old = None if new.updates_id is None else uow[Alerts].get(new.updates_id)
    if old is None or old.status is not AlertStatus.ACTIVE:
        return None
    tree = uow[Places].tree()
    meant = frozenset(places_of(old.audience, tree))
    by = tuple(dict.fromkeys(person.name for person in people))
    forbidden = _forbidden(uow, authority, old, people)
    if not forbidden:
        return Replacement(old, tree.roots_of(sorted(meant)), None, by)
    areas = common_places(old.audience, new.audience, tree)
    common = frozenset(reached(Targets(areas), tree, meant))
    if not areas:
        raise InvalidError([Problem("updates_id", "ELSEWHERE", {"headline": old.headline})])
    beyond = common & forbidden
    if beyond:
        raise NotAllowedError(Action.ALERT_CANCEL, "LEVEL", tree.roots_of(sorted(beyond)))
    return Replacement(old, areas, _left(old, areas), by)


def places_of(audience: Audience, tree: AreaTree) -> tuple[AreaId, ...]:
    """Return every place the audience means, whether it holds devices or not."""
    return PlaceIndex(tree).of(audience)


def common_places(one: Audience, other: Audience, tree: AreaTree) -> tuple[AreaId, ...]:
    """Return the places that both mean with all that lies below them, in the highest names."""
    return PlaceIndex(tree).common(one, other)


def require_readable(uow: UnitOfWork, call: Call, alert: Alert) -> None:
    """Require that the actor may read alerts in a place of it, or has written it; raises NotFoundError."""
    if call.actor.user_id in (alert.author_id, alert.submitter_id):
        return
    tree = uow[Places].tree()
    meant = places_of(alert.audience, tree)
    if not any(_may(call.authority, call.actor, Action.ALERT_READ, area_id, tree) for area_id in meant):
        raise NotFoundError("alert", alert.id)


def people_of(uow: UnitOfWork, alert: Alert, *others: Actor) -> tuple[Actor, ...]:
    """Return its submitter (before: its author) with current grants, and these others."""
    return (uow[Declarations].actor(alert.submitter_id or alert.author_id), *others)


def _forbidden(uow: UnitOfWork, authority: Authority, old: Alert, people: Iterable[Actor]) -> frozenset[AreaId]:
    """Return the places where one of them may not cancel it, or declare its level."""
    tree = uow[Places].tree()
    level = AlertLevel.ONE if old.is_drill else old.level
    places = places_of(old.audience, tree)
    found: set[AreaId] = set()
    for person in people:
        found |= {area_id for area_id in places if not _may(authority, person, Action.ALERT_CANCEL, area_id, tree)}
        found |= set(undeclared(uow[Declarations].of(person.user_id), level, places, tree))
    return frozenset(found)


def _may(authority: Authority, actor: Actor, action: Action, area_id: AreaId, tree: AreaTree) -> bool:
    try:
        authority.require(actor, action, (area_id,), tree)
    except NotAllowedError:
        return False
    return True


def _left(old: Alert, areas: Sequence[AreaId]) -> Audience:
    """Return the audience left to it; raises InvalidError where the exclusions do not fit one message."""
    left = old.audience.without(areas)
    if not fits_one_message(replace(old, audience=left)):
        raise InvalidError([Problem("updates_id", "TOO_MUCH_TO_SEND")])
    return left


def send(
    uow: UnitOfWork,
    active: Alert,
    *,
    replaced: Replacement | None,
    approved_by: tuple[str, ...],
    now: datetime,
    new_id: NewId,
    signed: SignedOrder | None = None,
) -> Alert:
    """Store ``active``, the next version of the stored alert, with its frozen order; within a unit of work.

    One ALERT row in the outbox. An alert replaced as a whole is superseded: its order ends, and one ALERT_END row,
    which follows, has the areas cleared that are not addressed any more. Replaced in part, the older alert ends there
    and stays active elsewhere; on the wire the two then have no reference to each other. A live warning ends the
    all-clears and corrections in force in its places. ``signed``: the order that its people signed, which is sent.
    """
    active = replace(active, order_id=OrderId(new_id()) if signed is None else signed.order.id)
    replaces = (order_of(replaced.alert),) if replaced is not None and replaced.is_whole else ()
    order, meant = frozen(uow, active, approved_by=approved_by, replaces=replaces, now=now)
    if signed is not None:
        order = signed.issued_as(order)
    uow[Alerts].save(active)
    uow[Orders].add(order)
    expect(uow, order, meant)
    uow.outbox.add(OutboxKind.ALERT, order.id)
    if replaced is not None:
        end_part(uow, replaced, active, now)
    if not active.is_drill and not active.is_calm:
        _end_calm_words(uow, active, now)
    return active


def send_agreed(uow: UnitOfWork, draft: Alert, *, now: datetime, new_id: NewId, **people: Any) -> Alert:
    """Store and send a draft to which two people have agreed beforehand; within a unit of work.

    ``people``: its submitter and approver, as the fields of an alert name them.
    """
    uow[Alerts].add(draft)
    active = decided(draft, now, **people)
    by = (str(active.submitter_id), str(active.approver_id))
    return send(uow, active, replaced=None, approved_by=by, now=now, new_id=new_id)


def require_no_warning_there(uow: UnitOfWork, calm: Alert) -> None:
    """Raise InvalidError ALERT_IN_FORCE where another live warning stands: no all-clear is sent there."""
    tree = uow[Places].tree()
    there = frozenset(places_of(calm.audience, tree))
    for other in uow[Alerts].active():
        is_warning = not other.is_drill and not other.is_calm and other.id != calm.updates_id
        if is_warning and not there.isdisjoint(places_of(other.audience, tree)):
            raise InvalidError([Problem("audience", "ALERT_IN_FORCE", {"headline": other.headline})])


def end_part(uow: UnitOfWork, replaced: Replacement, by: Alert, now: datetime) -> None:
    """End the alert where it is replaced; where a part of its audience remains, it stays active there."""
    detail: dict[str, object] = {"replaced_by": by.id, "areas": list(replaced.areas), "people": list(replaced.by)}
    if replaced.remaining is None:
        ended = revised(replaced.alert, AlertAction.SUPERSEDE, now, ended_at=now, ended_by_name=by.approver_name)
        uow[Alerts].save(ended)
        end_order(uow, order_of(ended), now, OrderEnd.REPLACED)
        uow.record(event_of("superseded", ended, _SYSTEM, **detail))
        return
    left = progressed(replaced.alert, now, audience=replaced.remaining)
    uow[Alerts].save(left)
    order_id, tree = order_of(left), uow[Places].tree()
    uow[Orders].end_in(order_id, PartEnd(replaced.areas, now))
    uow[Orders].silence(order_id, now, reached(Targets(replaced.areas), tree, (area.id for area in tree)))
    uow.outbox.add(OutboxKind.ALERT_END, order_id, {"reason": "REPLACED"})
    uow.record(event_of("ended_in_part", left, _SYSTEM, **detail))


def _end_calm_words(uow: UnitOfWork, warning: Alert, now: datetime) -> None:
    tree = uow[Places].tree()
    for calm in uow[Alerts].active():
        if calm.is_drill or not calm.is_calm or calm.id == warning.updates_id:
            continue
        areas = common_places(calm.audience, warning.audience, tree)
        if areas:
            left = calm.audience.without(areas)
            remaining = left if common_places(left, left, tree) else None
            end_part(uow, Replacement(calm, areas, remaining, (warning.approver_name,)), warning, now)


def order_of(alert: Alert) -> OrderId:
    """Return the order of an alert that is, or was, active."""
    assert alert.order_id is not None
    return alert.order_id


def frozen(
    uow: UnitOfWork, alert: Alert, *, approved_by: tuple[str, ...], replaces: tuple[OrderId, ...], now: datetime
) -> tuple[Order, Addressees]:
    """Build the immutable order, and the devices that it addresses."""
    meant = addressees(uow, alert.audience)
    return order_for(uow, alert, meant.areas, approved_by=approved_by, replaces=replaces, now=now), meant


def expect(uow: UnitOfWork, order: Order, meant: Addressees) -> None:
    """Store a WAITING reach for every device that the order addresses; within a unit of work."""
    if meant.chosen is None:
        uow[Orders].expect_in(order.id, meant.areas)
    else:
        uow[Orders].expect(OrderReach(order.id, each.id, each.name, each.area_id) for each in meant.chosen)


def order_for(
    uow: UnitOfWork,
    alert: Alert,
    areas: Collection[AreaId],
    *,
    approved_by: tuple[str, ...] = (),
    replaces: tuple[OrderId, ...] = (),
    now: datetime,
) -> Order:
    """Build the immutable order of an alert whose devices are in these areas."""
    wanted = Targets(tuple(sorted(areas)))
    targets = (
        wire_targets(wanted, uow[Places].tree(), uow[Devices].planning_areas()) if areas else alert.audience.targets
    )
    return Order(
        id=order_of(alert),
        alert_id=alert.id,
        kind=alert.kind,
        purpose=alert.purpose,
        hazard=alert.hazard,
        level=alert.level,
        headline=board_headline(alert),
        text=board_text(alert),
        audience=Audience(targets, alert.audience.rings, alert.audience.discs),
        spoken=tuple(_spoken(alert)),
        rounds=alert.rounds,
        issued_at=_instant_of_issue(uow, now),
        expires_at=alert.expires_at,
        approved_by=approved_by,
        replaces=replaces,
        is_minor=alert.is_minor,
        is_silent=alert.is_silent,
        risk=alert.risk,
        siren=alert.siren,
    )


def _instant_of_issue(uow: UnitOfWork, now: datetime) -> datetime:
    """Return now, or the millisecond after the last stop of this very moment: it silences what was issued before it.

    Devices compare both in whole milliseconds; see also ``stop_orders``.
    """
    known = uow[Orders].stops_since(_whole_ms(now))
    last_at = max((each.at for each in known if each.at < now + SAME_MOMENT), default=None)
    return now if last_at is None else _whole_ms(last_at) + timedelta(milliseconds=1)


def _whole_ms(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def end_order(uow: UnitOfWork, order_id: OrderId, at: datetime, reason: OrderEnd) -> None:
    """End the order: queue the signed end, clear retained messages, and set devices without an answer to SILENT."""
    uow[Orders].end(order_id, at, reason)
    uow[Orders].silence(order_id, at)
    uow.outbox.add(OutboxKind.ALERT_END, order_id, {"reason": reason.value})


def _spoken(alert: Alert) -> list[Spoken]:
    """Return Vietnamese first, then the others in their order; a sound that is not ready, or stale, is left out."""
    found = []
    for wording in sorted(alert.wordings, key=lambda each: each.language != "vi"):
        made_from = encoded(script(alert, wording, is_again=False))
        first = wording.sound.rendition(DEVICE_RENDITION)
        if wording.sound.state is not SoundState.READY or wording.sound.made_from != made_from or first is None:
            continue
        again = again_of(alert, wording)
        found.append(Spoken(wording.language, first, None if again is None else again.rendition(DEVICE_RENDITION)))
    return found
