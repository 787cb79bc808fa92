"""Gauges, their readings, and the limits at which an alert is drafted. Instants are aware UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertId
from province.areas import AreaId, Point
from province.people import UserId

GaugeId = NewType("GaugeId", str)
GaugeRuleId = NewType("GaugeRuleId", str)


class GaugeKind(StrEnum):
    """Quantity that a gauge measures. RIVER and RESERVOIR are water levels, OUTFLOW what a reservoir lets out."""

    RAIN = "rain"
    RIVER = "river"
    RESERVOIR = "reservoir"
    OUTFLOW = "outflow"


class GaugeUnit(StrEnum):
    """Unit of a gauge's values, as makers write it."""

    MM_H = "mm/h"
    MM_DAY = "mm/24h"
    M = "m"
    CM = "cm"
    M3_S = "m3/s"


UNITS: Final[Mapping[GaugeKind, tuple[GaugeUnit, ...]]] = {
    GaugeKind.RAIN: (GaugeUnit.MM_H, GaugeUnit.MM_DAY),
    GaugeKind.RIVER: (GaugeUnit.M, GaugeUnit.CM),
    GaugeKind.RESERVOIR: (GaugeUnit.M, GaugeUnit.CM),
    GaugeKind.OUTFLOW: (GaugeUnit.M3_S,),
}


class ReadingVerdict(StrEnum):
    """Judgement of one reading.

    GOOD: used · LATE: older than the newest one, kept for the chart alone · OUT_OF_RANGE, JUMP: not plausible, used for
    nothing · those after them are not stored. DUPLICATE: known already · CONFLICT: another value of that instant is
    known · CLOCK_AHEAD: from the future · TOO_OLD: longer ago than is kept for late ones.
    """

    GOOD = "good"
    LATE = "late"
    OUT_OF_RANGE = "out_of_range"
    JUMP = "jump"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    CLOCK_AHEAD = "clock_ahead"
    TOO_OLD = "too_old"


class GaugeTrouble(StrEnum):
    """Fault of a gauge: a technician's matter, and never a reason to warn anybody.

    SILENT: sends nothing · JUMPING: several implausible readings · STUCK: always the same value · CLOCK: its clock is
    wrong.
    """

    SILENT = "silent"
    JUMPING = "jumping"
    STUCK = "stuck"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Gauge:
    """Registered gauge. ``least`` to ``most`` are possible values, ``step_most`` the largest change in one minute.

    ``interval_s``: the time between two readings. ``stuck_after_s``: a value that stays the same for so long is that of
    a broken gauge; 0: never. ``area_ids``: the places that it stands for. ``secret_hash``: of the secret it sends with.
    """

    id: GaugeId
    name: str
    kind: GaugeKind
    unit: GaugeUnit
    area_ids: tuple[AreaId, ...]
    point: Point | None
    least: float
    most: float
    step_most: float
    interval_s: int
    stuck_after_s: int
    secret_hash: str
    added_at: datetime
    added_by: UserId
    added_by_name: str
    version: int = 1
    retired_at: datetime | None = None

    @property
    def interval(self) -> timedelta:
        return timedelta(seconds=self.interval_s)


@dataclass(frozen=True, slots=True)
class GaugeReading:
    """Value at an instant, in the gauge's unit."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class StoredReading:
    """Reading as it is kept."""

    gauge_id: GaugeId
    at: datetime
    value: float
    verdict: ReadingVerdict
    received_at: datetime


@dataclass(frozen=True, slots=True)
class GaugeState:
    """State of a gauge, as its readings have made it.

    ``newest_at``: of the newest reading, plausible or not; ``heard_at``: when it last sent anything. ``recent``: the
    last good readings, oldest first. ``chain``: how many good ones came without a gap, of which the first was
    ``chain_value``, and whether they moved since. ``same_since_at``: when its value was first what it is. ``misses``:
    of the last readings, which were implausible, newest last. ``is_doubted``: too many of them were. ``ahead_at``: when
    it last sent a reading from the future. ``credit``: the readings that it may still send, at ``heard_at``.
    """

    gauge_id: GaugeId
    newest_at: datetime | None = None
    heard_at: datetime | None = None
    recent: tuple[GaugeReading, ...] = ()
    chain: int = 0
    chain_value: float = 0.0
    has_moved: bool = False
    same_since_at: datetime | None = None
    misses: tuple[bool, ...] = ()
    is_doubted: bool = False
    ahead_at: datetime | None = None
    credit: float = 0.0
    trouble: GaugeTrouble | None = None
    trouble_at: datetime | None = None
    ticket_id: str = ""

    @property
    def last(self) -> GaugeReading | None:
        """The last good reading."""
        return self.recent[-1] if self.recent else None


@dataclass(frozen=True, slots=True)
class GaugeLimits:
    """Limits of one gauge in a rule, by the alert's level from 1 to 3; None: none for that level."""

    gauge_id: GaugeId
    values: tuple[float | None, float | None, float | None]

    def at(self, level: AlertLevel) -> float | None:
        return self.values[level - 1]


@dataclass(frozen=True, slots=True)
class GaugeRule:
    """Rule by which gauges have an alert drafted: ``agree_least`` of them at their limit, within ``window_s``.

    A limit counts when it is reached for ``hold_s``. It is left again ``hysteresis`` below it.
    """

    id: GaugeRuleId
    name: str
    hazard: Hazard
    limits: tuple[GaugeLimits, ...]
    agree_least: int
    window_s: int
    hold_s: int
    hysteresis: float
    is_on: bool
    changed_at: datetime
    changed_by: UserId
    changed_by_name: str
    version: int = 1

    def of(self, gauge_id: GaugeId) -> GaugeLimits | None:
        return next((each for each in self.limits if each.gauge_id == gauge_id), None)


@dataclass(frozen=True, slots=True)
class ReachedLimit:
    """Limit that a gauge stands at or above: since when, by how many readings, and the last of them."""

    gauge_id: GaugeId
    level: AlertLevel
    since_at: datetime
    last_at: datetime
    count: int
    value: float


@dataclass(frozen=True, slots=True)
class GaugeRuleState:
    """State of a rule. ``level``: that of the last draft, 0 before the first and after the fall; ``rise_id``: of it."""

    rule_id: GaugeRuleId
    reached: tuple[ReachedLimit, ...] = ()
    level: int = 0
    rise_id: str = ""


@dataclass(frozen=True, slots=True)
class GaugeRise:
    """Rise to a limit, and the alert drafted for it; ``fell_at``: when the level was left again.

    ``reached``: the readings that led to it. ``failure``: a code, where no draft could be made.
    """

    id: str
    rule_id: GaugeRuleId
    level: AlertLevel
    at: datetime
    reached: tuple[ReachedLimit, ...]
    alert_id: AlertId | None = None
    failure: str = ""
    fell_at: datetime | None = None
