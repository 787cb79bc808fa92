"""Rounds of an alert: their schedule, and the parts of one round."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devices.protocol.messages import AlertContent, Speech
from firmware_sim.core.clock.clock import NEVER_MS
from firmware_sim.core.effects import Clip, Part, Silence, Tone

LATE_MS: Final = 300_000
"""A first round this long after the issue uses the repeat's wording, as later rounds do."""
DRILL_TONE: Final = "drill"


def next_round(alert: AlertContent, after: int) -> int:
    """Return the first instant of the schedule later than ``after``; ``NEVER_MS`` where there is none."""
    fixed = sorted(alert.issued_at + ms for ms in alert.rounds_ms)
    for at in fixed:
        if at > after:
            return at
    if not alert.every_ms:
        return NEVER_MS
    last = fixed[-1] if fixed else alert.issued_at
    return last + max(1, (after - last) // alert.every_ms + 1) * alert.every_ms


def round_number(alert: AlertContent, at: int) -> int:
    """Return the number of the schedule's round that begins then: the first is 1."""
    after_ms, rounds_ms = at - alert.issued_at, alert.rounds_ms
    begun = sum(1 for due_ms in rounds_ms if due_ms <= after_ms) if rounds_ms else 0
    if not alert.every_ms:
        return 1 + begun
    return 1 + begun + max(0, after_ms - max((0, *rounds_ms))) // alert.every_ms


def tone(alert: AlertContent, *, is_drill: bool) -> Tone:
    """Return the tone of a round: a drill never sounds a siren, whatever its command names."""
    return Tone(DRILL_TONE if is_drill else alert.tone, alert.tone_ms)


def speech_parts(speech: Iterable[Speech], times: int, gap_ms: int) -> tuple[Part, ...]:
    """Return every speech in order, ``times`` over."""
    once = [Clip(clip.sha256, clip.dur_ms) for clip in speech]
    parts: list[Part] = []
    for _ in range(times if once else 0):
        parts += [Silence(gap_ms), *once] if parts and gap_ms else once
    return tuple(parts)
