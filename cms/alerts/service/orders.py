"""Orders of approved alerts: the frozen order, its audience, and the end of the order it replaces."""

from dataclasses import replace
from datetime import datetime

from broadcast.alerts.findings import DEVICE_RENDITION
from broadcast.alerts.model import Alert, AlertAction, Audience, OrderId
from broadcast.alerts.orders import Order, OrderEnd, OrderReach, PartEnd, Spoken
from broadcast.alerts.script import board_headline, board_text, encoded, script
from broadcast.bulletins.model import SoundState, Targets
from broadcast.bulletins.targeting import reached, wire_targets
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service.audiences import candidates
from cms.alerts.service.replacement import Replacement, common_places, places_of
from cms.alerts.service.sound import again_of
from cms.alerts.service.steps import machine_event, progressed, revised
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from province.call import NewId
from province.errors import InvalidError, Problem

_SYSTEM = "system"


def send(
    uow: UnitOfWork,
    active: Alert,
    *,
    replaced: Replacement | None,
    approved_by: tuple[str, ...],
    now: datetime,
    new_id: NewId,
) -> Alert:
    """Store ``active``, the next version of the stored alert, with its frozen order; within a unit of work.

    One ALERT row in the outbox. An alert replaced as a whole is superseded: its order ends, and one ALERT_END row,
    which follows, has the areas cleared that are not addressed any more. Replaced in part, the older alert ends there
    and stays active elsewhere; on the wire the two then have no reference to each other. A live warning ends the
    all-clears and corrections in force in its places.
    """
    active = replace(active, order_id=OrderId(new_id()))
    replaces = (order_of(replaced.alert),) if replaced is not None and replaced.is_whole else ()
    order, reaches = frozen(uow, active, approved_by=approved_by, replaces=replaces, now=now)
    uow[Alerts].save(active)
    uow[Orders].add(order)
    uow[Orders].expect(reaches)
    uow.outbox.add(OutboxKind.ALERT, order.id)
    if replaced is not None:
        end_part(uow, replaced, active, now)
    if not active.is_drill and not active.is_calm:
        _end_calm_words(uow, active, now)
    return active


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
        uow.record(machine_event("superseded", ended, _SYSTEM, **detail))
        return
    left = progressed(replaced.alert, now, audience=replaced.remaining)
    uow[Alerts].save(left)
    order_id, tree = order_of(left), uow[Places].tree()
    uow[Orders].end_in(order_id, PartEnd(replaced.areas, now))
    uow[Orders].silence(order_id, now, reached(Targets(replaced.areas), tree, (area.id for area in tree)))
    uow.outbox.add(OutboxKind.ALERT_END, order_id, {"reason": "REPLACED"})
    uow.record(machine_event("ended_in_part", left, _SYSTEM, **detail))


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
) -> tuple[Order, list[OrderReach]]:
    """Build the immutable order, and a WAITING reach for every device meant, as far as positions are known."""
    meant = [each.device for each in candidates(uow, alert.audience) if each.is_meant]
    wanted = Targets(tuple(sorted({device.area_id for device in meant})))
    targets = (
        wire_targets(wanted, uow[Places].tree(), uow[Devices].planning_areas()) if meant else alert.audience.targets
    )
    order = Order(
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
        issued_at=now,
        expires_at=alert.expires_at,
        approved_by=approved_by,
        replaces=replaces,
        is_minor=alert.is_minor,
        is_silent=alert.is_silent,
    )
    return order, [OrderReach(order.id, device.id, device.name, device.area_id) for device in meant]


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
