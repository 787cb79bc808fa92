"""Stop everything: whoever is entitled silences an area, or the province, in one step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from broadcast.errors import InvalidError, NotAllowedError, Problem, TokenRefusedError
from broadcast.events import Event
from broadcast.model.alerts import OrderId
from broadcast.model.bulletins import Targets
from broadcast.model.orders import Reach, Stop, StopId
from broadcast.model.people import Action, Actor
from broadcast.ports import Authority, NewId, OutboxKind, UnitOfWork
from broadcast.priority import Prio
from broadcast.targeting import reached
from broadcast.use_cases import speaking_live
from broadcast.use_cases.alert_steps import cleaned_reason
from devices.areas import AreaId, AreaTree
from devices.protocol.limits import HUSH_MAX_MS

HUSH_MAX = timedelta(milliseconds=HUSH_MAX_MS)
BELOW_ALERTS = Prio.ALERT.value - 1


def stop_everything(
    uow: UnitOfWork,
    *,
    areas: Sequence[AreaId],
    reason: str,
    actor: Actor,
    authority: Authority,
    now: datetime,
    new_id: NewId,
    hush_for: timedelta = timedelta(0),
    spares_alerts: bool = False,
) -> Stop:
    """A stop, on its way: all that sounds there ends, alerts too where the actor may cancel and does not spare them.

    With ``hush_for`` nothing below an alert begins there until then. It ends no alert: that is ``ending.cancel``.
    Every device expected to confirm has a WAITING reach under the stop's id.

    Raises:
        NotAllowedError: no right to stop in every area.
        TokenRefusedError: a program asks to stop alerts too, for a person who may. It has to spare them.
        InvalidError: no area, one that is not there, no reason, or a hush below zero or beyond a day.
    """
    with uow:
        tree = uow.places.tree()
        why = _checked(areas, reason, hush_for, tree)
        authority.require(actor, Action.SOUND_STOP, areas, tree)
        is_all = not spares_alerts and _may_cancel(actor, authority, areas, tree)
        stop = Stop(
            id=StopId(new_id()),
            areas=tree.roots_of(areas),
            prio=Prio.ALERT.value if is_all else BELOW_ALERTS,
            reason=why,
            by=actor.user_id,
            by_name=actor.name,
            at=now,
            hush_until_at=now + hush_for if hush_for else None,
        )
        uow.orders.add_stop(stop)
        there = reached(Targets(stop.areas), tree, uow.devices.planning_areas())
        uow.orders.expect(
            Reach(OrderId(stop.id), device.id, device.name, device.area_id) for device in uow.devices.in_areas(there)
        )
        uow.outbox.add(OutboxKind.STOP, stop.id)
        speaking_live.end_within(uow, there, actor=actor, now=now)
        detail: dict[str, object] = {
            "areas": list(stop.areas),
            "prio": stop.prio,
            "reason": why,
            "hush_until": stop.hush_until_at.isoformat() if stop.hush_until_at else "",
        }
        uow.record(Event("sound.stopped", stop.id, now, actor.user_id, actor.name, detail))
        uow.commit()
    return stop


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
    if problems:
        raise InvalidError(problems)
    return why


def _may_cancel(actor: Actor, authority: Authority, areas: Sequence[AreaId], tree: AreaTree) -> bool:
    try:
        authority.require(actor, Action.ALERT_CANCEL, areas, tree)
    except TokenRefusedError:
        raise
    except NotAllowedError:
        return False
    return True
