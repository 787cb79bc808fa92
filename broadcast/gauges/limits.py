"""Limits: when gauges that agree have an alert drafted, once for each rise to a level."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.gauges.model import GaugeId, GaugeReading, GaugeRise, GaugeRule, GaugeRuleState, ReachedLimit

ALONE_LEAST = 2
"""Readings at the limit of a gauge that no other confirms."""


@dataclass(frozen=True, slots=True)
class LevelRise:
    """Rise to a level, by these readings."""

    level: AlertLevel
    reached: tuple[ReachedLimit, ...]


@dataclass(frozen=True, slots=True)
class LevelFall:
    """Fall below a level, to ``level``; 0: below all."""

    level: int


def advance(
    rule: GaugeRule, state: GaugeRuleState, gauge_id: GaugeId, reading: GaugeReading, *, is_fresh: bool
) -> tuple[GaugeRuleState, LevelRise | LevelFall | None]:
    """Return the rule's state after a reading that is believed, and whether the level has risen or fallen.

    A reading that is not fresh counts for how long a limit is reached, but rises to nothing: the next fresh one does.
    """
    others = tuple(each for each in state.reached if each.gauge_id != gauge_id)
    after = replace(state, reached=(*others, *_reached(rule, state, gauge_id, reading)))
    for level in sorted(AlertLevel, reverse=True):
        agreed = _agreed(rule, after, level, reading.at)
        if is_fresh and level > state.level and len(agreed) >= rule.agree_least:
            return replace(after, level=int(level)), LevelRise(level, agreed)
    standing = _standing(rule, after)
    if standing < state.level:
        return replace(after, level=standing), LevelFall(standing)
    return after, None


def began_at(rise: GaugeRise, earlier: Iterable[GaugeRise]) -> datetime:
    """Return when the water began to rise to this level: with the first rise from which it went on without a fall.

    ``earlier``: the rises of the rule before it, the newest first.
    """
    first = rise
    for each in earlier:
        if each.level >= first.level or each.fell_at is not None:
            break
        first = each
    return first.at


def _reached(
    rule: GaugeRule, state: GaugeRuleState, gauge_id: GaugeId, reading: GaugeReading
) -> Iterator[ReachedLimit]:
    """Yield the limits at which the gauge stands after the reading."""
    limits = rule.of(gauge_id)
    before = {each.level: each for each in state.reached if each.gauge_id == gauge_id}
    for level in AlertLevel:
        limit = None if limits is None else limits.at(level)
        known = before.get(level)
        if limit is None or reading.value < (limit if known is None else limit - rule.hysteresis):
            continue
        is_at = reading.value >= limit
        yield ReachedLimit(
            gauge_id,
            level,
            reading.at if known is None else known.since_at,
            reading.at,
            (0 if known is None else known.count) + is_at,
            reading.value,
        )


def _agreed(rule: GaugeRule, state: GaugeRuleState, level: AlertLevel, at: datetime) -> tuple[ReachedLimit, ...]:
    """Return the gauges at their limit for long enough, of which the last word is not older than the window."""
    count_least = ALONE_LEAST if rule.agree_least == 1 else 1
    hold, window = timedelta(seconds=rule.hold_s), timedelta(seconds=rule.window_s)
    return tuple(
        each
        for each in state.reached
        if each.level == level
        and each.count >= count_least
        and each.last_at - each.since_at >= hold
        and at - each.last_at <= window
    )


def _standing(rule: GaugeRule, state: GaugeRuleState) -> int:
    """Return the highest level that enough gauges have not left. One that has become silent has left none."""
    counts = {level: sum(each.level == level for each in state.reached) for level in AlertLevel}
    return max((int(level) for level, count in counts.items() if count >= rule.agree_least), default=0)
