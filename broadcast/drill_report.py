"""What a drill showed, and whether it went better than the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from broadcast.model.orders import Reach, ReachState
from devices.areas import AreaId
from devices.model import DeviceId

_ANSWERED = frozenset(
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


@dataclass(frozen=True, slots=True)
class Share:
    """Of one area, or of all: how many were meant, answered and began to sound."""

    meant: int
    answered: int
    sounded: int

    @property
    def answered_pct(self) -> float:
        return 100 * self.answered / self.meant if self.meant else 0.0

    @property
    def sounded_pct(self) -> float:
        return 100 * self.sounded / self.meant if self.meant else 0.0


@dataclass(frozen=True, slots=True)
class DrillFigures:
    """``silent`` said no word, by name; ``refused`` said why not. The median is of those that sounded, if any."""

    whole: Share
    areas: Mapping[AreaId, Share]
    median_ms_to_sound: int | None
    silent: tuple[Reach, ...]
    refused: tuple[Reach, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``newly_silent`` answered last time; ``recovered`` did not and does now; ``still_silent`` in both."""

    now: DrillFigures
    before: DrillFigures
    answered_pct_change: float
    median_ms_change: int | None
    newly_silent: tuple[Reach, ...]
    recovered: tuple[DeviceId, ...]
    still_silent: tuple[Reach, ...]


def figures(reaches: Iterable[Reach], issued_at: datetime) -> DrillFigures:
    """Over all reaches of one order."""
    found = sorted(reaches, key=lambda reach: (reach.device_name, reach.device_id))
    by_area: dict[AreaId, list[Reach]] = {}
    for reach in found:
        by_area.setdefault(reach.area_id, []).append(reach)
    delays = [(reach.started_at - issued_at) // _MS for reach in found if reach.started_at is not None]
    return DrillFigures(
        whole=_share(found),
        areas={area_id: _share(there) for area_id, there in sorted(by_area.items())},
        median_ms_to_sound=round(median(delays)) if delays else None,
        silent=tuple(reach for reach in found if reach.state not in _ANSWERED),
        refused=tuple(reach for reach in found if reach.state is ReachState.REFUSED),
    )


def compared(now: DrillFigures, before: DrillFigures, answered_before: Iterable[DeviceId]) -> Comparison:
    """``answered_before``: the devices that answered last time; one that was not meant then is neither new nor back."""
    answered = set(answered_before)
    silent_before = {reach.device_id for reach in before.silent}
    silent_now = {reach.device_id for reach in now.silent}
    medians = (now.median_ms_to_sound, before.median_ms_to_sound)
    return Comparison(
        now=now,
        before=before,
        answered_pct_change=now.whole.answered_pct - before.whole.answered_pct,
        median_ms_change=None if medians[0] is None or medians[1] is None else medians[0] - medians[1],
        newly_silent=tuple(reach for reach in now.silent if reach.device_id in answered),
        recovered=tuple(sorted(silent_before - silent_now)),
        still_silent=tuple(reach for reach in now.silent if reach.device_id in silent_before),
    )


def answered(reaches: Iterable[Reach]) -> frozenset[DeviceId]:
    """Who said any word."""
    return frozenset(reach.device_id for reach in reaches if reach.state in _ANSWERED)


def _share(reaches: Sequence[Reach]) -> Share:
    return Share(
        meant=len(reaches),
        answered=sum(1 for reach in reaches if reach.state in _ANSWERED),
        sounded=sum(1 for reach in reaches if reach.started_at is not None),
    )
