"""Calendar of drills: proposed by one person, agreed on by another, sent at its time by the gateway."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.drills import DrillPlan, DrillPlanId, DrillPlanStatus
from broadcast.alerts.hazard_rules import Rounds
from broadcast.alerts.model import Alert, AlertId, AlertKind, AlertStatus
from broadcast.bulletins.model import Sound
from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.recurrence import all_problems, next_start_at
from cms.alerts.repository.alerts import Alerts, DrillPlans
from cms.alerts.service.drafts import require_complete
from cms.alerts.service.orders import send_agreed
from cms.alerts.service.signed_orders import needs_signatures
from cms.alerts.service.steps import (
    cleaned_reason,
    event_of,
    require_current,
    require_declaration,
    require_fresh_code,
    require_in_areas,
)
from cms.platform.signer.officers import KnownOfficers
from cms.platform.store.uow import UnitOfWork
from media.ports import Voices
from province.call import Call, NewId
from province.errors import ConflictError, InvalidError, NotAllowedError, NotPossibleError, Problem, problem_if
from province.events import Event
from province.people import Action, program

SCHEDULES_MAX = 20
LASTS_MIN_MS, LASTS_MAX_MS = 60_000, 3_600_000
# A gateway that was down sends what became due meanwhile only this late: a drill at night would be no drill.
LATE_MAX = timedelta(minutes=10)
_STEP = timedelta(microseconds=1)
_CLOCK: Final = program("clock")


def propose(
    uow: UnitOfWork,
    alert_id: AlertId,
    *,
    schedules: tuple[Schedule, ...],
    lasts_ms: int,
    expected_version: int,
    call: Call,
    voices: Voices,
) -> DrillPlan:
    """Propose a plan to send this drill (a complete draft, copied now) at these times; another person has to agree.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: see their remedies.
        NotPossibleError: the alert is not a draft.
        InvalidError: not a drill, something is missing, nothing lies ahead, or it lasts too short or too long.
    """
    with uow:
        old = uow[Alerts].get(alert_id)
        require_in_areas(uow, call, Action.ALERT_RAISE, old)
        require_current(old, expected_version)
        if old.status is not AlertStatus.DRAFT:
            raise NotPossibleError(old.status, "plan")
        next_at = _require_times(old, schedules, lasts_ms, call.now)
        pattern = replace(old, rounds=Rounds(), expires_at=call.now + timedelta(milliseconds=lasts_ms))
        require_complete(uow, pattern, voices, call.now)
        plan = DrillPlan(
            id=DrillPlanId(call.new_id()),
            pattern=_timeless(pattern),
            schedules=schedules,
            lasts_ms=lasts_ms,
            proposed_by=call.actor.user_id,
            proposed_by_name=call.actor.name,
            proposed_at=call.now,
            next_at=next_at,
        )
        uow[DrillPlans].add(plan)
        uow.record(_event("proposed", plan, call))
        uow.commit()
    return plan


def agree(uow: UnitOfWork, plan_id: DrillPlanId, *, expected_version: int, call: Call) -> DrillPlan:
    """Approve the plan: from now on its drills are sent automatically.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: as ``agreeing.approve``.
        InvalidError: nothing of it lies ahead any more.
    """
    with uow:
        old = uow[DrillPlans].get(plan_id)
        require_in_areas(uow, call, Action.ALERT_APPROVE, old.pattern)
        if call.actor.user_id in (old.proposed_by, old.pattern.author_id):
            raise NotAllowedError(Action.ALERT_APPROVE, "OWN_ALERT", old.pattern.audience.targets.areas)
        require_fresh_code(call, Action.ALERT_APPROVE)
        require_declaration(uow, old.pattern, call.actor)
        _require_version(old, expected_version)
        if old.status is not DrillPlanStatus.PROPOSED:
            raise NotPossibleError(old.status, "agree")
        next_at = next_start_at(old.schedules, call.now)
        if next_at is None:
            raise InvalidError([Problem("schedules", "NOTHING_LEFT_TO_AIR")])
        plan = replace(
            old,
            status=DrillPlanStatus.APPROVED,
            version=old.version + 1,
            approved_by=call.actor.user_id,
            approved_by_name=call.actor.name,
            approved_at=call.now,
            next_at=next_at,
        )
        uow[DrillPlans].save(plan)
        uow.record(_event("approved", plan, call))
        uow.commit()
    return plan


def end(uow: UnitOfWork, plan_id: DrillPlanId, *, reason: str, expected_version: int, call: Call) -> DrillPlan:
    """Reject a plan, or take it off the calendar; one person may.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: see their remedies.
        NotPossibleError: it has ended already.
        InvalidError: no reason was given.
    """
    with uow:
        old = uow[DrillPlans].get(plan_id)
        require_in_areas(uow, call, Action.ALERT_RAISE, old.pattern)
        _require_version(old, expected_version)
        if old.status is DrillPlanStatus.ENDED:
            raise NotPossibleError(old.status, "end")
        why = cleaned_reason(reason)
        plan = _ended(old, call.actor.name, why)
        uow[DrillPlans].save(plan)
        uow.record(_event("ended", plan, call, reason=why))
        uow.commit()
    return plan


def send_due(uow: Callable[[], UnitOfWork], *, now: datetime, new_id: NewId, known: KnownOfficers | None = None) -> int:
    """Send every drill whose time has come, each in a transaction of its own; how many. Called by the gateway's loop.

    One that is more than ``LATE_MAX`` late is left out, as is one that needs people's own signatures, which nobody
    gives now; its plan goes on to the next.
    """
    with uow().looking() as unit:
        due = [plan.id for plan in unit[DrillPlans].due(now)]
    return sum(_send_one(uow(), plan_id, now, new_id, known) for plan_id in due)


def _send_one(uow: UnitOfWork, plan_id: DrillPlanId, now: datetime, new_id: NewId, known: KnownOfficers | None) -> bool:
    with uow.urgent():
        old = uow[DrillPlans].get(plan_id)
        if old.status is not DrillPlanStatus.APPROVED or old.next_at is None or old.next_at > now:
            return False
        next_at = next_start_at(old.schedules, now + _STEP)
        plan = replace(old, version=old.version + 1, next_at=next_at)
        if next_at is None:
            plan = replace(plan, status=DrillPlanStatus.ENDED)
        uow[DrillPlans].save(plan)
        people = [each for each in (old.proposed_by, old.approved_by) if each is not None]
        is_unsigned = needs_signatures(known, old.pattern, people, now)
        is_missed = is_unsigned or now - old.next_at > LATE_MAX
        if is_missed:
            why = {"why": "OWN_SIGNATURE"} if is_unsigned else {}
            uow.record(Event.of(_CLOCK, "drill_plan.missed", plan.id, now, due=old.next_at.isoformat(), **why))
        else:
            alert = _sent(uow, old, now, new_id)
            uow.record(event_of("drill_sent", alert, _CLOCK, plan=plan.id, order=alert.order_id))
        uow.commit()
    return not is_missed


def _sent(uow: UnitOfWork, plan: DrillPlan, now: datetime, new_id: NewId) -> Alert:
    draft = replace(
        plan.pattern,
        id=AlertId(new_id()),
        status=AlertStatus.DRAFT,
        version=1,
        created_at=now,
        worded_at=now,
        expires_at=now + timedelta(milliseconds=plan.lasts_ms),
        drill_plan_id=plan.id,
        # The calendar ends no alert: the one it updated when it was drafted has ended long ago.
        updates_id=None,
    )
    return send_agreed(
        uow,
        draft,
        now=now,
        new_id=new_id,
        submitter_id=plan.proposed_by,
        submitter_name=plan.proposed_by_name,
        submitted_at=plan.proposed_at,
        approver_id=plan.approved_by,
        approver_name=plan.approved_by_name,
    )


def _require_times(alert: Alert, schedules: tuple[Schedule, ...], lasts_ms: int, now: datetime) -> datetime:
    problems = list(all_problems(schedules))
    problems += problem_if(alert.kind is not AlertKind.DRILL, "kind", "NOT_A_DRILL")
    if not LASTS_MIN_MS <= lasts_ms <= LASTS_MAX_MS:
        problems.append(Problem("lasts_ms", "OUT_OF_BOUNDS", {"min": LASTS_MIN_MS, "max": LASTS_MAX_MS}))
    problems += problem_if(len(schedules) > SCHEDULES_MAX, "schedules", "TOO_MANY", max=SCHEDULES_MAX)
    next_at = None if problems else next_start_at(schedules, now)
    problems += problem_if(not problems and next_at is None, "schedules", "NOTHING_LEFT_TO_AIR")
    if problems or next_at is None:
        raise InvalidError(problems)
    return next_at


def _timeless(pattern: Alert) -> Alert:
    """Return the drill without the sounds of later rounds: a planned drill has one round."""
    return replace(pattern, wordings=tuple(replace(each, again=Sound()) for each in pattern.wordings))


def _ended(old: DrillPlan, by_name: str, reason: str) -> DrillPlan:
    return replace(
        old,
        status=DrillPlanStatus.ENDED,
        version=old.version + 1,
        next_at=None,
        ended_by_name=by_name,
        reason=reason,
    )


def _require_version(plan: DrillPlan, expected_version: int) -> None:
    if plan.version != expected_version:
        raise ConflictError("drill_plan", plan.id, expected_version, plan.version)


def _event(name: str, plan: DrillPlan, call: Call, **detail: object) -> Event:
    frozen = {"version": plan.version, "headline": plan.pattern.headline, "lasts_ms": plan.lasts_ms, **detail}
    return call.event(f"drill_plan.{name}", plan.id, **frozen)
