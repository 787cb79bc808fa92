from __future__ import annotations

from datetime import time

import pytest

from broadcast.scheduling.area_rules import AreaRules, QuietWindow, first_quiet, is_quiet, quiet_spans
from tests.fakes.programme import MONDAY, local

DEFAULT = AreaRules()
NOON = AreaRules(quiet=(QuietWindow(time(11, 30), time(13)), QuietWindow(time(22), time(5))))


@pytest.mark.parametrize(
    ("start", "end", "quiet"),
    [
        ("2026-03-02T21:28", "2026-03-02T21:30", False),
        ("2026-03-02T21:28", "2026-03-02T21:31", True),
        ("2026-03-02T23:59", "2026-03-03T00:01", True),
        ("2026-03-02T00:10", "2026-03-02T00:12", True),
        ("2026-03-02T05:29", "2026-03-02T05:31", True),
        ("2026-03-02T05:30", "2026-03-02T05:32", False),
        ("2026-03-02T12:00", "2026-03-02T12:02", False),
    ],
)
def test_the_default_night_is_quiet_from_half_past_nine_to_half_past_five(start: str, end: str, quiet: bool) -> None:
    assert is_quiet(DEFAULT, local(start), local(end)) is quiet


def test_a_window_within_the_day_does_not_run_past_midnight() -> None:
    assert quiet_spans(NOON, MONDAY) == (
        (local("2026-03-02T11:30"), local("2026-03-02T13:00")),
        (local("2026-03-02T22:00"), local("2026-03-03T05:00")),
    )


def test_the_span_that_holds_it_back_is_named() -> None:
    span = first_quiet(NOON, local("2026-03-02T11:00"), local("2026-03-02T12:00"))
    assert span == (local("2026-03-02T11:30"), local("2026-03-02T13:00"))
    assert first_quiet(NOON, local("2026-03-02T09:00"), local("2026-03-02T10:00")) is None


def test_an_item_longer_than_a_day_meets_the_night() -> None:
    assert is_quiet(DEFAULT, local("2026-03-02T06:00"), local("2026-03-04T07:00"))


def test_a_window_from_a_time_to_itself_is_a_whole_day() -> None:
    silent = AreaRules(quiet=(QuietWindow(time(8), time(8)),))
    assert is_quiet(silent, local("2026-03-02T14:00"), local("2026-03-02T14:01"))


def test_without_windows_nothing_is_quiet() -> None:
    assert not is_quiet(AreaRules(quiet=()), local("2026-03-02T02:00"), local("2026-03-02T03:00"))
