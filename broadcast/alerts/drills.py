"""Drills: their calendar, agreed on beforehand by two people, and the report of each, compared with the last one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import NewType

from broadcast.alerts.model import Alert
from broadcast.alerts.orders import OrderReach, ReachState
from broadcast.bulletins.schedules import Schedule
from devices.model import DeviceId
from province.areas import AreaId
from province.people import UserId

DrillPlanId = NewType("DrillPlanId", str)
ANSWERED = frozenset(
    {
        ReachState.RECEIVED,
        ReachState.REFUSED,
        ReachState.SOUNDING,
        ReachState.CUT,
        ReachState.DONE,
        ReachState.CANCELLED,
    }
)
_MS = timedelta(milliseconds=1)


class DrillPlanStatus(StrEnum):
    """PROPOSED → APPROVED → ENDED, by a person or when nothing is left; PROPOSED → ENDED where it was turned down."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """``pattern`` is the drill as it will be sent each time, its sounds made; each lasts ``lasts_ms``.

    ``next_at`` is when it is sent next. ``version`` rises by one with every saved change.
    """

    id: DrillPlanId
    pattern: Alert
    schedules: tuple[Schedule, ...]
    lasts_ms: int
    proposed_by: UserId
    proposed_by_name: str
    proposed_at: datetime
    status: DrillPlanStatus = DrillPlanStatus.PROPOSED
    version: int = 1
    approved_by: UserId | None = None
    approved_by_name: str = ""
    approved_at: datetime | None = None
    next_at: datetime | None = None
    ended_by_name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DrillTally:
    """Devices of one area in one state; ``sounded`` of them began to sound."""

    area_id: AreaId
    state: ReachState
    devices: int
    sounded: int


@dataclass(frozen=True, slots=True)
class DrillShare:
    """Devices of one area, or of all: how many were meant, answered, began to sound and sounded to the end."""

    meant: int
    answered: int
    sounded: int
    finished: int = 0

    @property
    def answered_pct(self) -> float:
        return 100 * self.answered / self.meant if self.meant else 0.0

    @property
    def sounded_pct(self) -> float:
        return 100 * self.sounded / self.meant if self.meant else 0.0

    @property
    def finished_pct(self) -> float:
        return 100 * self.finished / self.meant if self.meant else 0.0


@dataclass(frozen=True, slots=True)
class DrillFigures:
    """Figures of one drill. ``silent`` did not answer, by name; ``refused`` gave a reason. Median: of those sounded."""

    whole: DrillShare
    areas: Mapping[AreaId, DrillShare]
    median_ms_to_sound: int | None
    silent: tuple[OrderReach, ...]
    refused: tuple[OrderReach, ...]


@dataclass(frozen=True, slots=True)
class DrillComparison:
    """``newly_silent`` answered last time; ``recovered`` did not and does now; ``still_silent`` in both."""

    now: DrillFigures
    before: DrillFigures
    answered_pct_change: float
    median_ms_change: int | None
    newly_silent: tuple[OrderReach, ...]
    recovered: tuple[DeviceId, ...]
    still_silent: tuple[OrderReach, ...]


def figures(
    tallies: Iterable[DrillTally],
    starts: Iterable[tuple[datetime, int]],
    unheard: Iterable[OrderReach],
    issued_at: datetime,
) -> DrillFigures:
    """Compute the figures of one order from counts, starts by instant, and devices that did not answer or refused."""
    by_area: dict[AreaId, list[DrillTally]] = {}
    for tally in tallies:
        by_area.setdefault(tally.area_id, []).append(tally)
    delays = [delay for at, devices in starts for delay in [(at - issued_at) // _MS] * devices]
    found = sorted(unheard, key=lambda reach: (reach.device_name, reach.device_id))
    return DrillFigures(
        whole=_share([tally for there in by_area.values() for tally in there]),
        areas={area_id: _share(there) for area_id, there in sorted(by_area.items())},
        median_ms_to_sound=round(median(delays)) if delays else None,
        silent=tuple(reach for reach in found if reach.state not in ANSWERED),
        refused=tuple(reach for reach in found if reach.state is ReachState.REFUSED),
    )


def compared(now: DrillFigures, before: DrillFigures, answered_before: Iterable[DeviceId]) -> DrillComparison:
    """Compare two drills. ``answered_before``: of those silent now; one not meant then is neither new nor back."""
    answered = set(answered_before)
    silent_before = {reach.device_id for reach in before.silent}
    silent_now = {reach.device_id for reach in now.silent}
    medians = (now.median_ms_to_sound, before.median_ms_to_sound)
    return DrillComparison(
        now=now,
        before=before,
        answered_pct_change=now.whole.answered_pct - before.whole.answered_pct,
        median_ms_change=None if medians[0] is None or medians[1] is None else medians[0] - medians[1],
        newly_silent=tuple(reach for reach in now.silent if reach.device_id in answered),
        recovered=tuple(sorted(silent_before - silent_now)),
        still_silent=tuple(reach for reach in now.silent if reach.device_id in silent_before),
    )


def _share(tallies: Sequence[DrillTally]) -> DrillShare:
    return DrillShare(
        meant=sum(tally.devices for tally in tallies),
        answered=sum(tally.devices for tally in tallies if tally.state in ANSWERED),
        sounded=sum(tally.sounded for tally in tallies),
        finished=sum(tally.devices for tally in tallies if tally.state is ReachState.DONE),
    )
