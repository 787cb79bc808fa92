"""Validation of a device's telemetry: implausible values."""

from __future__ import annotations

import pytest

from devices.protocol.limits import IAT_AHEAD_MAX_MS
from devices.telemetry import APART_MS, OLD_MS, ValidationOutcome, judge

NOW = 1_764_000_000_000


@pytest.mark.parametrize(
    ("at_ms", "last_ms", "outcome"),
    [
        (NOW, 0, ValidationOutcome.STORED),
        (NOW, NOW, ValidationOutcome.STORED),
        (NOW // 1000, 0, ValidationOutcome.SECONDS),
        (0, 0, ValidationOutcome.SECONDS),
        (NOW + IAT_AHEAD_MAX_MS, 0, ValidationOutcome.STORED),
        (NOW + IAT_AHEAD_MAX_MS + 1, 0, ValidationOutcome.FUTURE),
        (NOW * 1000, 0, ValidationOutcome.FUTURE),
        (NOW - OLD_MS, 0, ValidationOutcome.STORED),
        (NOW - OLD_MS - 1, 0, ValidationOutcome.OLD),
        (NOW, NOW - APART_MS, ValidationOutcome.STORED),
        (NOW, NOW - APART_MS + 1, ValidationOutcome.OFTEN),
        (NOW, NOW + APART_MS - 1, ValidationOutcome.OFTEN),
    ],
)
def test_a_wrong_unit_a_wrong_clock_and_a_flood_are_told_apart(
    at_ms: int, last_ms: int, outcome: ValidationOutcome
) -> None:
    assert judge(at_ms, NOW, last_ms) is outcome
