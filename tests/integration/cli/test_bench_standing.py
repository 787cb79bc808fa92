"""Bench of standing orders in small: it runs. Its figures are not judged."""

from __future__ import annotations

from bench.speed.standing import measured


def test_a_warning_is_compared_with_an_approval_by_hand() -> None:
    rows = list(measured(1, communes=2, devices=4))
    assert [each.metric for each in rows] == ["warning_to_commit_ms_p50", "warning_to_commit_ms_p99"]
    assert all(each.value > 0 and each.baseline for each in rows)
