"""Finding about the canary: its last answer is too old, although the processes on its path work; or it is off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cms.platform.readiness import CANARY_FIRST_S, CANARY_LATE_S, SILENT_AFTER_S, ServerState, of_canary
from cms.platform.store.heartbeats import CANARY, GATEWAY, SCHEDULER, ProcessHeartbeat

NOW = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)


def codes(*, answered_s: float | None, up_s: float = 3600, is_on: bool = True, silent: str = "") -> list[str]:
    """Return the findings: the last answer was stored so long ago, the scheduler was started so long ago."""
    beats = {
        name: ProcessHeartbeat(
            name,
            NOW - timedelta(seconds=up_s),
            NOW - timedelta(seconds=SILENT_AFTER_S[name] + 1 if name == silent else 1),
        )
        for name in (GATEWAY, SCHEDULER)
    }
    if answered_s is not None:
        at = NOW - timedelta(seconds=answered_s)
        beats[CANARY] = ProcessHeartbeat(CANARY, at, at)
    return [each.code for each in of_canary(ServerState(beats), NOW, is_on=is_on)]


@pytest.mark.parametrize("answered_s", [0, CANARY_LATE_S])
def test_an_answer_of_the_last_minutes_is_well(answered_s: float) -> None:
    assert codes(answered_s=answered_s) == []


@pytest.mark.parametrize("answered_s", [CANARY_LATE_S + 1, 86_400, None])
def test_an_older_answer_or_none_is_a_fault(answered_s: float | None) -> None:
    assert codes(answered_s=answered_s) == ["CANARY_LOST"]
    assert codes(answered_s=answered_s, up_s=CANARY_FIRST_S + 1) == ["CANARY_LOST"]


@pytest.mark.parametrize("answered_s", [86_400, None])
def test_a_scheduler_that_has_just_started_gets_time_for_its_first_alert(answered_s: float | None) -> None:
    assert codes(answered_s=answered_s, up_s=CANARY_FIRST_S) == []


@pytest.mark.parametrize("silent", [GATEWAY, SCHEDULER])
def test_a_process_that_is_silent_is_told_instead(silent: str) -> None:
    assert codes(answered_s=86_400, silent=silent) == []


def test_a_canary_that_is_off_says_so() -> None:
    assert codes(answered_s=None, is_on=False) == ["CANARY_OFF"]
    assert of_canary(ServerState(), NOW, is_on=True) == []
