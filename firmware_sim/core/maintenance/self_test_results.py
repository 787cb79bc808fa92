"""Self-test results: one word, kept on flash until the next test; ``self_test`` of Telemetry."""

from __future__ import annotations

from typing import Final

from devices.protocol.messages import TestResult
from firmware_sim.core.step import Step

OK: Final = "ok"
LINE: Final = "line"
AMP: Final = "amp"
MIC: Final = "mic"
DRAWS_MA: Final = 100
"""A tone at full volume draws at least this much more than silence, where a loudspeaker is driven."""
RISE_DB: Final = 3.0
QUIET_DB: Final = -45.0
MIC_FROM_PCT: Final = 30
"""The microphone proves something only in a quiet street, and of a tone at this volume or more."""
_LINE_IS_WELL: Final = ("", "ok")


def verdict(result: TestResult, idle_ma: int | None, idle_db: float | None, volume_pct: int) -> str:
    """Judge a test. ``idle_*``: measured in silence just before. A value that is not measured is no failure."""
    if result.spk not in _LINE_IS_WELL:
        return LINE
    if not result.audible or not volume_pct:
        return OK
    if result.amp_ma is not None and idle_ma is not None and result.amp_ma - idle_ma < DRAWS_MA * volume_pct / 100:
        return AMP
    if result.mic_db is None or idle_db is None or idle_db > QUIET_DB or volume_pct < MIC_FROM_PCT:
        return OK
    return OK if result.mic_db - idle_db >= RISE_DB else MIC


class SelfTestResults:
    """Result of the last test that counts."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self.noted_at: int | None = None
        """Instant of the newest result of this boot."""

    @property
    def outcome(self) -> str:
        """Result in one word; empty: none yet."""
        return self._step.text("selftest", "word")

    @property
    def at(self) -> int | None:
        return self._step.number("selftest", "at") or None

    def note(self, outcome: str, at: int, *, is_audible: bool) -> None:
        """Keep a result; a silent test that passed does not clear a fault that a tone has shown."""
        if outcome == OK and not is_audible and self.outcome in (AMP, MIC):
            return
        self._step.remember("selftest", "word", outcome)
        self._step.remember("selftest", "at", at)
        self.noted_at = at
