"""Hour of audible self-tests in an area: asked for, agreed to by another person, ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from broadcast.scheduling.area_rules import is_quiet
from cms.areas.repository import Places
from cms.commands.repository.self_test_hours import AreaTestHours
from cms.commands.service.batch_preview import reason_problems
from cms.platform.store.uow import UnitOfWork
from devices.commands.self_tests import LASTS, TONE_FOR, TestHour
from province.areas import AreaId
from province.call import Call
from province.errors import ConflictError, InvalidError, NotAllowedError, Problem
from province.events import Event
from province.people import Action, Actor


def set_hour(unit: UnitOfWork, area_id: AreaId, at: time | None, reason: str, *, call: Call) -> TestHour:
    """Ask for an hour; nothing sounds until another person agrees. ``at`` None ends it at once, here and below.

    Raises:
        NotAllowedError: the actor manages no devices there.
        InvalidError: with all problems.
    """
    with unit:
        tree = unit[Places].tree()
        known = area_id in tree
        call.require(Action.DEVICE_MANAGE, (area_id,) if known else (), tree)
        said = reason.strip()
        problems = reason_problems(said)
        if not known:
            problems.append(Problem("area", "AREA_UNKNOWN" if area_id else "MISSING", {"area": area_id}))
        elif at is not None and _is_quiet(unit, area_id, at, call.now):
            problems.append(Problem("at", "QUIET_THEN"))
        if problems:
            raise InvalidError(problems)
        hours = unit[AreaTestHours]
        old = hours.find(area_id)
        hour = TestHour(
            area_id=area_id,
            at=at,
            reason=said,
            asked_by=call.actor.user_id,
            asked_by_name=call.actor.name,
            asked_at=call.now,
            version=1 if old is None else old.version + 1,
        )
        hours.put(hour)
        unit.record(_event("ended" if at is None else "asked", hour, call.actor, call.now))
        unit.commit()
    return hour


def agree(unit: UnitOfWork, area_id: AreaId, *, expected_version: int, call: Call) -> TestHour:
    """Agree to the hour: devices sound from the next day's hour on.

    Raises:
        NotFoundError: there is no request.
        ConflictError: it has changed since it was shown, or needs no agreement.
        NotAllowedError: the actor manages no devices there, or asked for it (OWN_COMMAND).
    """
    with unit:
        hours = unit[AreaTestHours]
        old = hours.get(area_id)
        call.require(Action.DEVICE_MANAGE, (area_id,), unit[Places].tree())
        if old.version != expected_version or old.at is None or old.agreed_by is not None:
            raise ConflictError("self_test_hour", area_id, expected_version, old.version)
        if call.actor.user_id == old.asked_by:
            raise NotAllowedError(Action.DEVICE_MANAGE, "OWN_COMMAND", (area_id,))
        hour = replace(
            old,
            version=old.version + 1,
            agreed_by=call.actor.user_id,
            agreed_by_name=call.actor.name,
            agreed_at=call.now,
        )
        hours.put(hour)
        unit.record(_event("agreed", hour, call.actor, call.now))
        unit.commit()
    return hour


def _is_quiet(unit: UnitOfWork, area_id: AreaId, at: time, now: datetime) -> bool:
    """Return whether the hour overlaps the area's quiet hours; areas below are checked before each test."""
    rules = unit[Places].rules(area_id)
    begins = datetime.combine(now.astimezone(ZoneInfo(rules.zone)).date(), at, ZoneInfo(rules.zone))
    return is_quiet(rules, begins, begins + LASTS + TONE_FOR)


def _event(name: str, hour: TestHour, actor: Actor, at: datetime) -> Event:
    told: dict[str, object] = {"at": "" if hour.at is None else f"{hour.at:%H:%M}", "reason": hour.reason}
    return Event(f"self_test_hour.{name}", hour.area_id, at, actor.user_id, actor.name, told)
