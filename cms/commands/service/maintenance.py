"""Maintenance windows: opened before people work on devices, ended when the work is done."""

from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from broadcast.scheduling.area_rules import is_quiet
from cms.areas.repository import Places
from cms.commands.repository import AreaTestHours, MaintenanceRecords
from cms.commands.service.batch_preview import reason_problems
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from devices.commands.maintenance import LONGEST
from devices.commands.model import Window, WindowId
from devices.commands.self_tests import LASTS, TONE_FOR, TestHour
from devices.model import DeviceId
from province.areas import AreaId
from province.call import Call
from province.errors import ConflictError, InvalidError, NotAllowedError, Problem, refuse
from province.events import Event
from province.people import Action


@dataclass(frozen=True, slots=True)
class WindowDraft:
    """Input of a window: one device, or an area with all below."""

    from_at: datetime
    until_at: datetime
    reason: str
    area_id: AreaId | None = None
    device_id: DeviceId | None = None


def open_window(unit: UnitOfWork, window_id: WindowId, draft: WindowDraft, *, call: Call) -> Window:
    """Open a window. The same id again by the same person changes nothing.

    Raises:
        NotAllowedError: the actor manages no devices there.
        InvalidError: with all problems.
        ConflictError: another person's window has that id.
    """
    with unit:
        windows = unit[MaintenanceRecords]
        known = windows.find(window_id)
        if known is not None:
            if known.by != call.actor.user_id:
                raise ConflictError("maintenance_window", window_id, 0, 1)
            return known
        area_id, problems = _place(unit, draft)
        tree = unit[Places].tree()
        call.require(Action.DEVICE_MANAGE, () if area_id is None else (area_id,), tree)
        reason = draft.reason.strip()
        problems += [*_span_problems(draft, call.now), *reason_problems(reason)]
        if problems or area_id is None:
            raise InvalidError(problems)
        window = Window(
            id=window_id,
            device_id=draft.device_id,
            area_id=area_id,
            from_at=draft.from_at,
            until_at=draft.until_at,
            reason=reason,
            by=call.actor.user_id,
            by_name=call.actor.name,
            at=call.now,
        )
        windows.add(window)
        unit.record(_event("opened", window, call))
        unit.commit()
    return window


def end_window(unit: UnitOfWork, window_id: WindowId, *, call: Call) -> Window:
    """End the window now; one that has ended stays as it is.

    Raises:
        NotFoundError: no such window.
        NotAllowedError: the actor manages no devices there.
    """
    with unit:
        windows = unit[MaintenanceRecords]
        found = windows.get(window_id)
        call.require(Action.DEVICE_MANAGE, (found.area_id,), unit[Places].tree())
        ended = replace(found, ended_at=call.now, ended_by_name=call.actor.name)
        if call.now >= found.until_at or not windows.end(ended):
            return windows.get(window_id)
        unit.record(_event("ended", ended, call))
        unit.commit()
    return ended


def _place(unit: UnitOfWork, draft: WindowDraft) -> tuple[AreaId | None, list[Problem]]:
    """Return the area of the window: for a device, the area it is in."""
    if draft.device_id is not None:
        device = unit[Devices].find(draft.device_id)
        if device is None or device.retired_at is not None:
            return None, [Problem("device", "DEVICE_UNKNOWN")]
        return device.area_id, []
    if draft.area_id is None:
        return None, [Problem("area", "MISSING")]
    if draft.area_id not in unit[Places].tree():
        return None, [Problem("area", "AREA_UNKNOWN", {"area": draft.area_id})]
    return draft.area_id, []


def _span_problems(draft: WindowDraft, now: datetime) -> list[Problem]:
    if draft.until_at <= draft.from_at:
        return [Problem("until", "ENDS_BEFORE_START")]
    if draft.until_at <= now:
        return [Problem("until", "IN_THE_PAST")]
    if draft.until_at - draft.from_at > LONGEST:
        return [Problem("until", "WINDOW_TOO_LONG", {"days": LONGEST.days})]
    return []


def _event(name: str, window: Window, call: Call) -> Event:
    told = {"device": window.device_id or "", "area": window.area_id, "from": window.from_at.isoformat()}
    told |= {"until": window.until_at.isoformat(), "reason": window.reason}
    return call.event(f"maintenance.{name}", window.id, **told)


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
        refuse(problems)
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
        unit.record(_hour_event("ended" if at is None else "requested", hour, call))
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
        unit.record(_hour_event("approved", hour, call))
        unit.commit()
    return hour


def _is_quiet(unit: UnitOfWork, area_id: AreaId, at: time, now: datetime) -> bool:
    """Return whether the hour overlaps the area's quiet hours; areas below are checked before each test."""
    rules = unit[Places].rules(area_id)
    begins = datetime.combine(now.astimezone(ZoneInfo(rules.zone)).date(), at, ZoneInfo(rules.zone))
    return is_quiet(rules, begins, begins + LASTS + TONE_FOR)


def _hour_event(name: str, hour: TestHour, call: Call) -> Event:
    at = "" if hour.at is None else f"{hour.at:%H:%M}"
    return call.event(f"self_test_hour.{name}", hour.area_id, at=at, reason=hour.reason)
