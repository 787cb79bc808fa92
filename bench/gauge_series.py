"""Series of gauges: a river that rises or not, and what a working or a broken gauge says of it."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, Final

from broadcast.alerts.hazards import Hazard
from broadcast.gauges.model import (
    Gauge,
    GaugeId,
    GaugeKind,
    GaugeLimits,
    GaugeReading,
    GaugeRule,
    GaugeRuleId,
    GaugeUnit,
)
from province.areas import AreaId, Point
from province.people import UserId

BEGIN: Final = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
EVERY: Final = timedelta(minutes=10)


def gauge(**changes: Any) -> Gauge:
    """A river gauge of 0 to 12 m that sends every 10 minutes."""
    return replace(
        Gauge(
            id=GaugeId("gauge-1"),
            name="Sông Lũy",
            kind=GaugeKind.RIVER,
            unit=GaugeUnit.M,
            area_ids=(AreaId("bt-mui-ne"),),
            point=Point(10.94, 108.28),
            least=0.0,
            most=12.0,
            step_most=0.05,
            interval_s=600,
            stuck_after_s=24 * 3600,
            secret_hash="",
            added_at=BEGIN - timedelta(days=30),
            added_by=UserId("t"),
            added_by_name="T",
        ),
        **changes,
    )


def rule(*gauges: Gauge, values: tuple[float | None, ...] = (4.0, 5.0, 6.0), **changes: Any) -> GaugeRule:
    """A rule of floods with limits at 4, 5 and 6 m."""
    mine = gauges or (gauge(),)
    return replace(
        GaugeRule(
            id=GaugeRuleId("rule-1"),
            name="Lũ sông Lũy",
            hazard=Hazard.FLOOD,
            limits=tuple(GaugeLimits(each.id, values) for each in mine),  # type: ignore[arg-type]
            agree_least=1,
            window_s=3600,
            hold_s=0,
            hysteresis=0.3,
            is_on=True,
            changed_at=BEGIN,
            changed_by=UserId("o"),
            changed_by_name="O",
        ),
        **changes,
    )


def pair() -> tuple[Gauge, Gauge]:
    """Two gauges of the same river."""
    return gauge(), gauge(id=GaugeId("gauge-2"), name="Cầu Sông Lũy")


def calm(random: Random, count: int, begin: datetime = BEGIN, level: float = 2.0) -> list[GaugeReading]:
    """Readings of a river that does not rise: a tide of some decimetres, with noise."""
    return [
        GaugeReading(begin + n * EVERY, round(level + 0.3 * math.sin(n / 37) + random.uniform(-0.03, 0.03), 2))
        for n in range(count)
    ]


def flood(random: Random, begin: datetime = BEGIN) -> list[GaugeReading]:
    """Readings of a flood of a day: a calm, a rise to above every limit, a crest, and the fall; with noise."""
    crest, rise_h = random.uniform(6.6, 9.0), random.uniform(6.0, 14.0)
    readings = calm(random, 30, begin)
    start = readings[-1].at + EVERY
    for n in range(36 * 6):
        hours = n / 6
        share = math.sin(min(hours / rise_h, 1.0) * math.pi / 2) ** 2
        if hours > rise_h + 3:
            share = math.exp(-(hours - rise_h - 3) / 8)
        value = readings[29].value + (crest - readings[29].value) * share + random.uniform(-0.05, 0.05)
        readings.append(GaugeReading(start + n * EVERY, round(value, 2)))
    return readings


class GaugeFaultKind(StrEnum):
    """Faults that a broken gauge may have."""

    STUCK_HIGH = "stuck_high"
    FROZEN = "frozen"
    OFFSET = "offset"
    SPIKES = "spikes"
    GARBAGE = "garbage"
    SILENT = "silent"
    SILENT_THEN_STUCK = "silent_then_stuck"
    SILENT_THEN_GARBAGE = "silent_then_garbage"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"
    SHUFFLED = "shuffled"


@dataclass(frozen=True)
class GaugeFault:
    """Fault that has begun: the value since then, a wrong one, and the source of chance."""

    frozen: float
    high: float
    random: Random

    def anywhere(self) -> float:
        return round(self.random.uniform(-2, 14), 2)

    def shifted(self, at: datetime, hours: float) -> datetime:
        return at + timedelta(hours=hours)


_K: Final = GaugeFaultKind
_VALUES: Final[Mapping[GaugeFaultKind, Callable[[GaugeFault, float], float]]] = {
    _K.STUCK_HIGH: lambda fault, _value: fault.high,
    _K.SILENT_THEN_STUCK: lambda fault, _value: fault.high,
    _K.FROZEN: lambda fault, _value: fault.frozen,
    _K.OFFSET: lambda fault, value: round(value + fault.high, 2),
    _K.SPIKES: lambda fault, value: fault.high if fault.random.random() < 0.3 else value,  # noqa: PLR2004 - a third
    _K.GARBAGE: lambda fault, _value: fault.anywhere(),
    _K.SILENT_THEN_GARBAGE: lambda fault, _value: fault.anywhere(),
    _K.CLOCK_AHEAD: lambda fault, _value: fault.high,
    _K.CLOCK_BEHIND: lambda fault, _value: fault.high + fault.random.uniform(-0.1, 0.1),
}
_INSTANTS: Final[Mapping[GaugeFaultKind, Callable[[GaugeFault, datetime], datetime]]] = {
    _K.CLOCK_AHEAD: lambda fault, at: fault.shifted(at, fault.random.uniform(0.1, 30)),
    _K.CLOCK_BEHIND: lambda fault, at: fault.shifted(at, -fault.random.uniform(1, 200)),
    _K.SHUFFLED: lambda fault, at: at - EVERY * fault.random.randrange(6),
}


def broken(
    random: Random, kind: GaugeFaultKind, readings: Sequence[GaugeReading]
) -> Iterator[tuple[datetime, GaugeReading]]:
    """Yield arrival and reading of a gauge that breaks in the first half of a series."""
    begins = random.randrange(20, len(readings) // 2)
    fault = GaugeFault(readings[begins].value, round(random.uniform(4.5, 11.5), 2), random)
    silent_until = begins + random.randrange(5, 200)
    for number, each in enumerate(readings):
        if number < begins:
            yield each.at, each
            continue
        is_silent = kind is _K.SILENT or (number < silent_until and kind.startswith("silent_then"))
        if not is_silent:
            value = _VALUES[kind](fault, each.value) if kind in _VALUES else each.value
            at = _INSTANTS[kind](fault, each.at) if kind in _INSTANTS else each.at
            yield each.at, GaugeReading(at, value)
