"""Exemptions: a date on which an area's quota does not hold; one person asks for it, another decides."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from broadcast.scheduling.area_rules import Exemption, ExemptionId, ExemptionState
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.repository.exemptions import Exemptions
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError, NotAllowedError, NotPossibleError, Problem, too_long
from province.events import Event
from province.people import Action, Actor

REASON_MAX = 500
AHEAD_MAX = timedelta(days=366)


def ask(uow: UnitOfWork, *, area_id: AreaId, on: date, reason: str, call: Call) -> Exemption:
    """Ask for an exemption, which waits for a second person.

    Raises:
        NotAllowedError: the actor writes no bulletins for that area.
        InvalidError: with everything wrong with it.
    """
    reason = reason.strip()
    with uow:
        tree = uow[Places].tree()
        is_known = area_id in tree
        call.require(Action.BULLETIN_WRITE, [area_id] if is_known else (), tree)
        problems = _problems(uow, area_id, on, reason, call=call) if is_known else [_unknown(area_id)]
        if problems:
            raise InvalidError(problems)
        made = Exemption(
            id=ExemptionId(call.new_id()),
            area_id=area_id,
            on=on,
            reason=reason,
            state=ExemptionState.PROPOSED,
            asked_by=call.actor.user_id,
            asked_by_name=call.actor.name,
            asked_at=call.now,
        )
        uow[Exemptions].put(made)
        uow.record(_event("asked", made, call))
        uow.commit()
    return made


def decide(uow: UnitOfWork, exemption_id: ExemptionId, *, confirms: bool, call: Call) -> Exemption:
    """Confirm the exemption, which replans the area and everything below it; or decline it.

    Raises:
        NotFoundError: no such exemption.
        NotAllowedError: the actor sets no rules for its area, or asked for it (OWN_EXEMPTION).
        NotPossibleError: it was decided already.
    """
    with uow:
        old, tree = uow[Exemptions].get(exemption_id), uow[Places].tree()
        call.require(Action.RULE_SET, [old.area_id], tree)
        if call.actor.user_id == old.asked_by:
            raise NotAllowedError(Action.RULE_SET, "OWN_EXEMPTION", (old.area_id,))
        if old.state is not ExemptionState.PROPOSED:
            raise NotPossibleError(old.state, "confirm" if confirms else "decline")
        made = replace(
            old,
            state=ExemptionState.CONFIRMED if confirms else ExemptionState.DECLINED,
            decided_by=call.actor.user_id,
            decided_by_name=call.actor.name,
            decided_at=call.now,
        )
        uow[Exemptions].put(made)
        if confirms:
            planned = set(uow[Devices].planning_areas())
            for area in tree.subtree(old.area_id):
                if area.id in planned:
                    uow.outbox.add(OutboxKind.PLAN, area.id)
        uow.record(_event(made.state.value, made, call))
        uow.commit()
    return made


def _problems(uow: UnitOfWork, area_id: AreaId, on: date, reason: str, *, call: Call) -> list[Problem]:
    found: list[Problem] = []
    rules = uow[Places].rules(area_id)
    today = call.now.astimezone(ZoneInfo(rules.zone)).date()
    if not reason:
        found.append(Problem("reason", "MISSING"))
    found += too_long("reason", reason, REASON_MAX)
    if not today <= on <= today + AHEAD_MAX:
        found.append(Problem("on", "SLOT_TOO_LONG", {"max": AHEAD_MAX.days}))
    elif any(each.on == on and _is_settled(each, call.actor) for each in uow[Exemptions].in_areas([area_id])):
        found.append(Problem("on", "EXEMPT_ALREADY"))
    return found


def _is_settled(found: Exemption, actor: Actor) -> bool:
    """Return whether the person need not ask: it is confirmed already, or they asked and it waits."""
    is_waiting = found.state is ExemptionState.PROPOSED
    return found.state is ExemptionState.CONFIRMED or (is_waiting and found.asked_by == actor.user_id)


def _unknown(area_id: AreaId) -> Problem:
    return Problem("area", "AREA_UNKNOWN", {"area": area_id[:40]})


def _event(name: str, found: Exemption, call: Call) -> Event:
    detail: dict[str, object] = {"exemption": found.id, "on": found.on.isoformat(), "reason": found.reason}
    return call.event(f"exemption.{name}", found.area_id, detail)
