"""Missed airings and their make-good: the rule that applies, and the id and earliest start of the new airing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.bulletins.make_good_rules import MakeGoodMode, MakeGoodRule
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import OccurrenceId, Transmission, TransmissionId
from broadcast.scheduling.area_rules import instant
from broadcast.scheduling.recurrence import next_start_at
from devices.model import DeviceId
from province.areas import AreaId, AreaTree

LEAD: Final = timedelta(minutes=10)
"""Lead time: a device needs this long to fetch a plan and a sound that it has deleted."""
GRID: Final = timedelta(minutes=5)
"""Devices that come back together are made good together."""
SESSION_AHEAD: Final = timedelta(hours=48)
"""Longest wait for the next session, or for a person's decision."""
DEFAULT_MODE: Final = MakeGoodMode.ASK
_STRICTNESS: Final = {mode: place for place, mode in enumerate(MakeGoodMode)}
# A miss that a person brought about on purpose is never made good without asking.
_ON_PURPOSE: Final = frozenset({"HUSHED", "LOCAL_STOP", "QUARANTINED"})
_MARK: Final = "_m"


class Remedy(StrEnum):
    """ASKED: a person decides · PLANNED: it airs again, once · LEFT: it does not, see ``left_because``."""

    ASKED = "asked"
    PLANNED = "planned"
    LEFT = "left"


class Left(StrEnum):
    """Reason for not making a missed airing good."""

    POLICY = "policy"
    PERSON = "person"
    TOO_LATE = "too_late"
    AIRS_AGAIN = "airs_again"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    HEARD = "heard"


@dataclass(frozen=True, slots=True)
class Missed:
    """``(occurrence_id, device_id)`` is unique: an airing is made good once on a device, or not at all.

    Names are frozen. ``result`` is missed or cut, ``reason`` the device's code. ``item_id`` is what the plan calls the
    airing that makes it good; it begins at or after ``not_before_at`` and ends by ``not_after_at``.
    """

    occurrence_id: OccurrenceId
    device_id: DeviceId
    device_name: str
    area_id: AreaId
    transmission_id: TransmissionId
    bulletin_id: BulletinId
    title: str
    missed_at: datetime
    result: str
    reason: str
    mode: MakeGoodMode
    remedy: Remedy
    item_id: OccurrenceId
    not_before_at: datetime
    not_after_at: datetime
    reported_at: datetime
    left_because: Left | None = None
    decided_by_name: str = ""
    decided_at: datetime | None = None


def may_be_decided(missed: Missed, *, airs_again: bool) -> bool:
    """Return whether a person may decide: nobody has yet, or a stop silenced it, which may have been a mistake."""
    is_stopped = missed.remedy is Remedy.LEFT and missed.left_because is Left.STOPPED
    return missed.remedy is Remedy.ASKED or (airs_again and is_stopped)


def rule_of(rules: Iterable[MakeGoodRule], tree: AreaTree, area_id: AreaId, priority: PriorityClass) -> MakeGoodRule:
    """Return the rule of the nearest area that sets one for the class, else: ask."""
    known = {rule.area_id: rule for rule in rules if rule.priority is priority}
    default = MakeGoodRule(area_id, priority, DEFAULT_MODE)
    return next((known[above] for above in tree.chain(area_id) if above in known), default)


def rules_reaching(
    rules: Iterable[MakeGoodRule], tree: AreaTree, areas: Iterable[AreaId], priority: PriorityClass
) -> tuple[MakeGoodRule, ...]:
    """Return the rules that an approval for these areas freezes."""
    above = {each for area_id in areas for each in tree.chain(area_id)}
    return tuple(rule for rule in rules if rule.priority is priority and rule.area_id in above)


def mode_of(approved: MakeGoodRule, present: MakeGoodRule, *, result: str, reason: str) -> MakeGoodMode:
    """Return the stricter of the rule approved and the rule in force, and at most ASK after a stop."""
    modes = [rule.mode if rule.cuts or result != "cut" else MakeGoodMode.NONE for rule in (approved, present)]
    if reason in _ON_PURPOSE:
        modes.append(MakeGoodMode.ASK)
    if all(mode.is_automatic for mode in modes):
        return modes[0]
    return min(modes, key=_STRICTNESS.__getitem__)


def item_of(occurrence_id: OccurrenceId, not_before_at: datetime) -> OccurrenceId:
    """Return the id of its make-good: in the form of its transmission's other ids, and never one of them."""
    head, schedule_id, minute = occurrence_id.rsplit("-", 2)
    return OccurrenceId(f"{head}-{schedule_id}{_MARK}{int(not_before_at.timestamp()) // 60:x}-{minute}")


def makes_good(item: str) -> bool:
    """Return whether that is an id from :func:`item_of`."""
    return _MARK in item.rsplit("-", 2)[-2] if item.count("-") > 1 else False


def on_grid(at: datetime) -> datetime:
    """Round up to whole five minutes."""
    seconds = int(GRID.total_seconds())
    return datetime.fromtimestamp(-(-at.timestamp() // seconds) * seconds, UTC)


def last_end_at(
    transmission: Transmission, missed_at: datetime, mode: MakeGoodMode, until: time, zone: str
) -> tuple[datetime, bool]:
    """Return the time by which it has to end, and whether the bulletin's own next airing is the reason."""
    length = timedelta(milliseconds=transmission.duration_ms)
    bounds = [missed_at + SESSION_AHEAD]
    if mode is MakeGoodMode.SAME_DAY:
        bounds.append(instant(missed_at.astimezone(ZoneInfo(zone)).date(), until, zone))
    if transmission.valid_until_at is not None:
        bounds.append(transmission.valid_until_at + length)
    last_at = min(bounds)
    again_at = next_airing_at(transmission, missed_at)
    return (again_at, True) if again_at is not None and again_at < last_at else (last_at, False)


def next_airing_at(transmission: Transmission, after_at: datetime) -> datetime | None:
    """Return the time at which the bulletin airs by itself next."""
    low, high = transmission.valid_from_at, transmission.valid_until_at
    return next_start_at(transmission.schedules, after_at + timedelta(milliseconds=1), low, high)
