"""Percentiles of measurements."""

from __future__ import annotations

import math

from bench.percentiles import percentile


def test_a_percentile_is_one_of_the_values_by_nearest_rank() -> None:
    assert [percentile([3.0, 1.0, 2.0], share) for share in (0.0, 0.33, 0.5, 0.67, 1.0)] == [1.0, 1.0, 2.0, 3.0, 3.0]
    assert percentile(range(1, 101), 0.95) == 95


def test_the_percentile_of_nothing_is_no_number() -> None:
    assert math.isnan(percentile([], 0.5))
