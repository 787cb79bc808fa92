"""Stops: a person with the right silences an area, or the province, in one step."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from broadcast.alerts.model import Alert, OrderId, Purpose
from broadcast.alerts.orders import Order, Stop, StopId
from broadcast.bulletins.model import Targets
from broadcast.bulletins.priority import Prio
from broadcast.bulletins.targeting import reached
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.repository.unknown_orders import UnknownOrder, UnknownOrders
from cms.alerts.service.orders import SAME_MOMENT
from cms.alerts.service.steps import cleaned_reason
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.live.service import addresses
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.protocol.limits import HUSH_MAX_MS
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import (
    InvalidError,
    NotAllowedError,
    NotFoundError,
    NotPossibleError,
    Problem,
    TokenRefusedError,
    refuse,
)
from province.people import Action
from province.policy import may

HUSH_MAX = timedelta(milliseconds=HUSH_MAX_MS)
BELOW_ALERTS = Prio.ALERT.value - 1


def stop_everything(
    uow: UnitOfWork,
    *,
    areas: Sequence[AreaId],
    reason: str,
    call: Call,
    hush_for: timedelta = timedelta(0),
    spares_alerts: bool = False,
    mutes_alerts: bool = False,
) -> Stop:
    """Send a stop: all sound there ends, alerts too where the actor may cancel and does not spare them.

    With ``hush_for`` nothing below an alert begins there until then. It ends no alert: that is ``ending.cancel``.
    Every device expected to confirm has a WAITING reach under the stop's id. Live alerts in force there fall silent
    only where ``mutes_alerts`` says that this is meant.

    Raises:
        NotAllowedError: no right to stop in every area.
        TokenRefusedError: a program asks to stop alerts too, for a person who may. It has to spare them.
        InvalidError: no area, one that is not there, no reason, a hush below zero or beyond a day, or WOULD_MUTE with
            the headline of a live alert that would fall silent.
    """
    with uow.urgent():
        tree = uow[Places].tree()
        why = _checked(areas, reason, hush_for, tree)
        call.require(Action.SOUND_STOP, areas, tree)
        is_all = not spares_alerts and _may_cancel(call, areas, tree)
        if is_all and not mutes_alerts:
            _require_none_muted(uow, areas, call.now)
        stop = Stop(
            id=StopId(call.new_id()),
            areas=tree.roots_of(areas),
            prio=Prio.ALERT.value if is_all else BELOW_ALERTS,
            reason=why,
            by=call.actor.user_id,
            by_name=call.actor.name,
            at=_instant_of_stop(uow, call.now),
            hush_until_at=call.now + hush_for if hush_for else None,
        )
        uow[Orders].add_stop(stop)
        there = _expect(uow, stop, tree)
        uow.outbox.add(OutboxKind.STOP, stop.id)
        addresses.end_within(uow, there, call=call)
        hushed = stop.hush_until_at.isoformat() if stop.hush_until_at else ""
        detail = {"areas": list(stop.areas), "prio": stop.prio, "reason": why, "hush_until": hushed}
        uow.record(call.event("sound.stopped", stop.id, **detail))
        uow.commit()
    return stop


def _instant_of_stop(uow: UnitOfWork, now: datetime) -> datetime:
    """Return now, or the instant of the last alert of this very moment: a stop silences what was issued before it."""
    return max([now, *(each.issued_at for each in uow[Orders].open() if each.issued_at < now + SAME_MOMENT)])


def lift(uow: UnitOfWork, stop_id: StopId, *, call: Call) -> Stop:
    """Lift a stop: its silence ends and nothing falls silent by it; alerts and other sounds go on.

    Returns what was sent, in the form of a stop (``lifts`` names the one lifted).

    Raises:
        NotFoundError: no such stop.
        NotAllowedError: no right to stop there, or to cancel alerts where the stop was one of an alert's level.
        NotPossibleError: its silence has ended already.
    """
    with uow.urgent():
        old, tree = uow[Orders].stop(stop_id), uow[Places].tree()
        areas = [area_id for area_id in old.areas if area_id in tree]
        call.require(Action.SOUND_STOP, areas, tree)
        if old.mutes_alerts:
            call.require(Action.ALERT_CANCEL, areas, tree)
        if old.hush_until_at is None or old.hush_until_at <= call.now:
            raise NotPossibleError("over", "lift")
        # Devices let a hush be changed by a stop of its level at least, and hear none while something higher sounds.
        made = Stop(
            StopId(call.new_id()),
            old.areas,
            Prio.ALERT.value,
            old.reason,
            call.actor.user_id,
            call.actor.name,
            call.now,
            lifts=old.id,
        )
        uow[Orders].add_stop(made)
        _expect(uow, made, tree)
        uow.outbox.add(OutboxKind.STOP, made.id)
        uow.record(call.event("sound.stop_lifted", made.id, areas=list(made.areas), lifts=old.id))
        uow.commit()
    return made


def muted_alerts(uow: UnitOfWork, areas: Iterable[AreaId], now: datetime) -> Sequence[Order]:
    """Return the live warnings in force that a stop of an alert's level would silence there, the highest first."""
    tree = uow[Places].tree()
    there = {below.id for area_id in areas if area_id in tree for below in tree.subtree(area_id)}
    found = [
        order
        for order in uow[Orders].open()
        if not order.is_drill
        and order.purpose is not Purpose.ALL_CLEAR
        and order.is_in_force(now)
        and reached(order.current_audience.targets, tree, there)
    ]
    return sorted(found, key=lambda order: (-order.level, order.issued_at, order.id))


def silenced_alerts(uow: UnitOfWork, stop: Stop, now: datetime) -> Sequence[Alert]:
    """Return the alerts, live or drill, still in force that this stop silenced somewhere."""
    tree = uow[Places].tree()
    there = {below.id for area_id in stop.areas if area_id in tree for below in tree.subtree(area_id)}
    return [
        uow[Alerts].get(order.alert_id)
        for order in uow[Orders].open()
        if order.issued_at <= stop.at
        and order.is_in_force(now)
        and reached(order.current_audience.targets, tree, there)
    ]


def _require_none_muted(uow: UnitOfWork, areas: Iterable[AreaId], now: datetime) -> None:
    muted = muted_alerts(uow, areas, now)
    if muted:
        raise InvalidError([Problem("mutes_alerts", "WOULD_MUTE", {"headline": each.headline}) for each in muted])


def _expect(uow: UnitOfWork, stop: Stop, tree: AreaTree) -> Sequence[AreaId]:
    there = reached(Targets(stop.areas), tree, uow[Devices].planning_areas())
    uow[Orders].expect_in(OrderId(stop.id), there)
    return there


def _checked(areas: Sequence[AreaId], reason: str, hush_for: timedelta, tree: AreaTree) -> str:
    problems = [Problem("areas", "AREA_UNKNOWN", {"area": area_id[:40]}) for area_id in areas if area_id not in tree]
    if not areas:
        problems.append(Problem("areas", "MISSING"))
    if not timedelta(0) <= hush_for <= HUSH_MAX:
        problems.append(Problem("hush_for", "HUSH_TOO_LONG", {"hours": HUSH_MAX // timedelta(hours=1)}))
    why = ""
    try:
        why = cleaned_reason(reason)
    except InvalidError as error:
        problems += error.problems
    refuse(problems)
    return why


def _may_cancel(call: Call, areas: Sequence[AreaId], tree: AreaTree) -> bool:
    try:
        call.require(Action.ALERT_CANCEL, areas, tree)
    except TokenRefusedError:
        raise
    except NotAllowedError:
        return False
    return True


def open_to(unit: UnitOfWork, call: Call) -> Sequence[UnknownOrder]:
    """List the unknown orders held where the actor may read alerts; within a unit of work."""
    tree = unit[Places].tree()
    return [
        each
        for each in unit[UnknownOrders].open(call.now)
        if any(may(call.actor, Action.ALERT_READ, area_id, tree) for area_id in each.places.values())
    ]


def end(uow: UnitOfWork, order_id: str, *, reason: str, call: Call) -> UnknownOrder:
    """End the order on every device that holds it, now or when it is back.

    Raises:
        NotFoundError: no device holds such an order any more.
        NotAllowedError: no right to cancel alerts at every place where it is held.
        InvalidError: no reason.
    """
    with uow.urgent():
        orders = uow[UnknownOrders]
        found = next((each for each in orders.open(call.now) if each.id == order_id), None)
        if found is None:
            raise NotFoundError("order", order_id)
        why = cleaned_reason(reason)
        call.require(Action.ALERT_CANCEL, sorted(set(found.places.values())), uow[Places].tree())
        orders.end(order_id, list(found.places), call.now)
        uow.outbox.add(OutboxKind.UNKNOWN_END, order_id)
        uow.record(call.event("alert.unknown_ended", order_id, reason=why, devices=sorted(found.places)))
        uow.commit()
    return found
