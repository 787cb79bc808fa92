"""Plausibility of readings: range, largest step, gaps, a stuck value, silence, and the gauge's clock.

A gauge that moves to a new value by steps that it can take is believed; one that is suddenly elsewhere is not, however
long it stays there. After a gap nobody knows how it got there: it is believed again once it has sent several readings
that follow from each other and are not all the same. A gauge that sends much that is implausible is doubted until it
has been right for a while, or a person trusts it again.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.gauges.model import Gauge, GaugeKind, GaugeReading, GaugeState, GaugeTrouble, ReadingVerdict

AHEAD_MOST: Final = timedelta(minutes=2)
LATE_MOST: Final = timedelta(days=7)
"""A gauge that was cut off sends what it measured meanwhile; what is older is of no use to anybody."""
GAP: Final = 3
"""Intervals without a reading after which its course is not known."""
SILENT_AFTER: Final = 4
"""Intervals without a message after which a gauge is silent."""
SILENT_LEAST: Final = timedelta(minutes=5)
FRESH_LEAST: Final = timedelta(minutes=15)
CHAIN_LEAST: Final = 3
"""Readings that follow from each other, after a gap, before it is believed."""
MISSES_OF: Final = 12
MISSES_MOST: Final = 2
RECENT_MOST: Final = 30
_OFTEN_ZERO: Final = frozenset({GaugeKind.RAIN, GaugeKind.OUTFLOW})
"""Kinds whose value is zero for months."""


def refused(reading: GaugeReading, now: datetime) -> ReadingVerdict | None:
    """Return why a reading cannot be kept at all; None: it can."""
    if reading.at > now + AHEAD_MOST:
        return ReadingVerdict.CLOCK_AHEAD
    return ReadingVerdict.TOO_OLD if reading.at < now - LATE_MOST else None


def judge(gauge: Gauge, state: GaugeState, reading: GaugeReading) -> tuple[GaugeState, ReadingVerdict]:
    """Return the gauge's state after the reading, and what is to be thought of it."""
    if state.newest_at is not None and reading.at <= state.newest_at:
        return state, ReadingVerdict.LATE
    state = replace(state, newest_at=reading.at)
    if not gauge.least <= reading.value <= gauge.most:
        return _missed(state), ReadingVerdict.OUT_OF_RANGE
    last = state.last
    if last is not None and abs(reading.value - last.value) > _step_most(gauge, state, last, reading):
        return _jumped(state, reading), ReadingVerdict.JUMP
    return _followed(gauge, state, last, reading), ReadingVerdict.GOOD


def is_believed(gauge: Gauge, state: GaugeState) -> bool:
    """Return whether limits may be judged by the gauge's last good reading."""
    return not state.is_doubted and state.chain >= CHAIN_LEAST and state.has_moved and not is_stuck(gauge, state)


def is_stuck(gauge: Gauge, state: GaugeState) -> bool:
    last = state.last
    if not gauge.stuck_after_s or last is None or state.same_since_at is None:
        return False
    if gauge.kind in _OFTEN_ZERO and last.value == 0:
        return False
    return last.at - state.same_since_at >= timedelta(seconds=gauge.stuck_after_s)


def is_fresh(gauge: Gauge, reading: GaugeReading, now: datetime) -> bool:
    """Return whether a reading says how the water stands now: what happened last night calls for no alert."""
    return now - reading.at <= max(FRESH_LEAST, GAP * gauge.interval)


def trouble_of(gauge: Gauge, state: GaugeState, now: datetime, *, is_receiving: bool = False) -> GaugeTrouble | None:
    """Return the fault of a gauge as it now stands, the one that explains the others first.

    ``is_receiving``: it is sending at this moment, and may be about to catch up with what it measured meanwhile.
    """
    silent_after = max(SILENT_LEAST, SILENT_AFTER * gauge.interval)
    if now - (state.heard_at or gauge.added_at) > silent_after:
        return GaugeTrouble.SILENT
    is_behind = state.newest_at is not None and not is_fresh(gauge, GaugeReading(state.newest_at, 0.0), now)
    is_behind &= not is_receiving or state.trouble is GaugeTrouble.CLOCK
    if is_behind or (state.ahead_at is not None and now - state.ahead_at <= silent_after):
        return GaugeTrouble.CLOCK
    if state.is_doubted:
        return GaugeTrouble.JUMPING
    return GaugeTrouble.STUCK if is_stuck(gauge, state) else None


def trusted(state: GaugeState) -> GaugeState:
    """Return the state of a gauge that a person trusts again: it begins anew with its next reading."""
    return replace(state, recent=(), chain=0, has_moved=False, same_since_at=None, misses=(), is_doubted=False)


def _step_most(gauge: Gauge, state: GaugeState, last: GaugeReading, reading: GaugeReading) -> float:
    """Return the largest plausible change since the last good reading.

    Once a reading was implausible the change that is believed no longer grows with time: else a gauge that jumped and
    stays there would be believed after an hour.
    """
    elapsed = max(reading.at - last.at, gauge.interval)
    if state.is_doubted or (state.misses and state.misses[-1]):
        elapsed = min(elapsed, GAP * gauge.interval)
    return gauge.step_most * (elapsed / timedelta(minutes=1))


def _missed(state: GaugeState) -> GaugeState:
    misses = (*state.misses, True)[-MISSES_OF:]
    return replace(state, misses=misses, is_doubted=state.is_doubted or sum(misses) > MISSES_MOST)


def _jumped(state: GaugeState, reading: GaugeReading) -> GaugeState:
    """Note a jump. Where nothing has confirmed the value before, that may be the wrong one: the gauge begins anew."""
    missed = _missed(state)
    if state.chain >= CHAIN_LEAST:
        return missed
    begun = replace(missed, recent=(reading,), chain=1, chain_value=reading.value, has_moved=False)
    return replace(begun, same_since_at=reading.at, is_doubted=True)


def _followed(gauge: Gauge, state: GaugeState, last: GaugeReading | None, reading: GaugeReading) -> GaugeState:
    misses = (*state.misses, False)[-MISSES_OF:]
    has_gap = last is None or reading.at - last.at > GAP * gauge.interval
    is_same = last is not None and reading.value == last.value
    chain_value = reading.value if has_gap else state.chain_value
    return replace(
        state,
        recent=(*state.recent, reading)[-RECENT_MOST:],
        chain=1 if has_gap else state.chain + 1,
        chain_value=chain_value,
        has_moved=not has_gap and (state.has_moved or reading.value != chain_value),
        same_since_at=state.same_since_at if is_same else reading.at,
        misses=misses,
        is_doubted=state.is_doubted and (len(misses) < MISSES_OF or any(misses)),
    )
