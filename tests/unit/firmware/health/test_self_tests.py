"""Result of a self-test, as one value."""

from __future__ import annotations

import pytest

from devices.protocol.messages import TestResult
from firmware_sim.core.maintenance.device_self_test import AMP, LINE, MIC, OK, SelfTestResults, verdict
from firmware_sim.core.step import Step

SOUND = TestResult(audible=True, amp_ma=348, mic_db=-30.0, spk="ok")


@pytest.mark.parametrize(
    ("result", "silence", "volume_pct", "word"),
    [
        (SOUND, (60, -55.0), 100, OK),
        (TestResult(audible=False, amp_ma=60, spk="open"), (60, -55.0), 0, LINE),
        (TestResult(audible=True, amp_ma=900, spk="short"), (60, -55.0), 100, LINE),
        (TestResult(audible=False, amp_ma=60, spk="ok"), (60, -55.0), 0, OK),
        (TestResult(audible=True, amp_ma=61), (60, -55.0), 100, AMP),
        (TestResult(audible=True, amp_ma=89), (60, -55.0), 10, OK),
        (TestResult(audible=True, amp_ma=60), (60, -55.0), 0, OK),
        (TestResult(audible=True, amp_ma=348, mic_db=-54.0), (60, -55.0), 100, MIC),
        (TestResult(audible=True, amp_ma=348, mic_db=-40.0), (60, -40.0), 100, OK),
        (TestResult(audible=True, amp_ma=348, mic_db=-54.0), (60, -55.0), 29, OK),
        (TestResult(audible=True, mic_db=-20.0), (None, -55.0), 100, OK),
        (TestResult(audible=True, amp_ma=348), (60, None), 100, OK),
    ],
)
def test_what_was_measured_shows_what_is_broken(
    result: TestResult, silence: tuple[int | None, float | None], volume_pct: int, word: str
) -> None:
    assert verdict(result, *silence, volume_pct) == word


def test_what_a_tone_has_shown_to_be_broken_is_put_right_by_a_tone_only() -> None:
    tests = SelfTestResults(Step({}))
    tests.note(AMP, 1_000, is_audible=True)
    tests.note(OK, 2_000, is_audible=False)
    assert (tests.outcome, tests.at) == (AMP, 1_000)
    tests.note(LINE, 3_000, is_audible=False)
    tests.note(OK, 4_000, is_audible=False)
    assert (tests.outcome, tests.at) == (OK, 4_000)
