"""Audible self-tests: a few devices of each area a day, at the hour that people chose, each once a month."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from devices.model import DeviceId
from province.areas import AreaId

EACH_WITHIN: Final = timedelta(days=28)
"""A device that was tested is not tested again for this long."""
SHARES: Final = 20
"""Of an area's devices a day: those away or busy have their turn in the week that is left of the month."""
LASTS: Final = timedelta(hours=1)
"""From the hour chosen on: a test that did not begin by then waits for tomorrow."""
TONE_FOR: Final = timedelta(minutes=1)
"""The tone with all that is around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestHour:
    """Hour at which devices of an area and of all below it are tested aloud; the nearest one counts.

    ``at`` None: not at all. ``agreed_by`` None: another person has to agree before anything sounds.
    """

    __test__ = False  # pytest takes it for tests otherwise

    area_id: AreaId
    at: time | None
    reason: str
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    version: int = 1
    agreed_by: str | None = None
    agreed_by_name: str = ""
    agreed_at: datetime | None = None

    @property
    def is_in_force(self) -> bool:
        return self.at is not None and self.agreed_by is not None


@dataclass(frozen=True, slots=True)
class SelfTestCandidate:
    """Device to test. ``tested_at``: when it was asked last; None: not within ``EACH_WITHIN``. ``is_fit``: fit now."""

    device_id: DeviceId
    area_id: AreaId
    tested_at: datetime | None
    is_fit: bool


def hour_of(chain: Iterable[AreaId], hours: Mapping[AreaId, TestHour]) -> TestHour | None:
    """Return the hour in force for an area; ``chain``: it and all above, leaf first. None: no tests there."""
    nearest = next((hours[area_id] for area_id in chain if area_id in hours), None)
    return nearest if nearest is not None and nearest.is_in_force else None


def is_time(hour: TestHour, now: datetime, zone: tzinfo) -> bool:
    """Return whether the day's tests may begin now."""
    if hour.at is None:
        return False
    here = now.astimezone(zone)
    since = timedelta(hours=here.hour - hour.at.hour, minutes=here.minute - hour.at.minute, seconds=here.second)
    return since % timedelta(days=1) < LASTS


def chosen(candidates: Iterable[SelfTestCandidate], now: datetime) -> Sequence[DeviceId]:
    """Return each area's share, those tested longest ago first; a device that may not sound now waits."""
    by_area: dict[AreaId, list[SelfTestCandidate]] = defaultdict(list)
    for each in candidates:
        by_area[each.area_id].append(each)
    found: list[DeviceId] = []
    for area_id in sorted(by_area):
        share = -(-len(by_area[area_id]) // SHARES)
        due = [each for each in by_area[area_id] if each.is_fit and _is_due(each, now)]
        due.sort(key=lambda each: (each.tested_at is not None, each.tested_at or now, each.device_id))
        found += [each.device_id for each in due[:share]]
    return found


def _is_due(candidate: SelfTestCandidate, now: datetime) -> bool:
    return candidate.tested_at is None or now - candidate.tested_at >= EACH_WITHIN
