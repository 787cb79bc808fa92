"""Delegated slots: stretches of the week that one person may fill with approved bulletins alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NewType
from zoneinfo import ZoneInfo

from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import Transmission
from broadcast.scheduling.recurrence import WEEKDAYS, next_start_at, occurrences
from province.areas import AreaId, AreaTree
from province.people import UserId
from province.wall_clock import DEFAULT_ZONE

SlotId = NewType("SlotId", str)
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """``holder`` may place approved bulletins of these classes, for places in ``area_id``, from ``starts`` to ``ends``.

    Wall times of the province; ``weekdays`` are RFC 5545 names (``MO``); ``last_on`` is the last date it holds on.
    """

    id: SlotId
    holder_id: UserId
    holder_name: str
    area_id: AreaId
    weekdays: tuple[str, ...]
    starts: time
    ends: time
    classes: tuple[PriorityClass, ...]
    last_on: date
    granted_by: UserId
    granted_by_name: str
    granted_at: datetime
    revoked_at: datetime | None = None


def allow(slots: Iterable[Slot], wanted: Transmission, tree: AreaTree, now: datetime) -> bool:
    """Return whether every airing after ``now`` lies within one of the slots, to its end; and there is one."""
    usable = [slot for slot in slots if _is_for(slot, wanted, tree)]
    if not usable:
        return False
    over_on = max(slot.last_on for slot in usable) + _DAY
    over_at = datetime.combine(over_on, time(0), tzinfo=_ZONE).astimezone(UTC)
    low, high = wanted.valid_from_at, wanted.valid_until_at
    if next_start_at(wanted.schedules, over_at - timedelta(microseconds=1), low, high) is not None:
        return False
    airings = occurrences(
        wanted.schedules,
        since_at=now,
        until_at=over_at,
        transmission_id=wanted.id,
        duration_ms=wanted.duration_ms,
        valid_from_at=low,
        valid_until_at=high,
    )
    length = timedelta(milliseconds=wanted.duration_ms)
    return bool(airings) and all(
        any(_holds(slot, airing.start_at, airing.start_at + length) for slot in usable) for airing in airings
    )


def _is_for(slot: Slot, wanted: Transmission, tree: AreaTree) -> bool:
    if slot.revoked_at is not None or wanted.priority not in slot.classes:
        return False
    return all(area_id in tree and slot.area_id in tree.chain(area_id) for area_id in wanted.targets.areas)


def _holds(slot: Slot, start_at: datetime, end_at: datetime) -> bool:
    start, end = start_at.astimezone(_ZONE), end_at.astimezone(_ZONE)
    on = start.date()
    if on > slot.last_on or end.date() != on or WEEKDAYS[on.weekday()] not in slot.weekdays:
        return False
    return slot.starts <= start.time() and end.time() <= slot.ends
