from __future__ import annotations

from datetime import timedelta

import pytest

from bench.demo.run import LEAD, LEAD_MOST, lead_since


@pytest.mark.parametrize(("took_s", "lead"), [(3, LEAD), (40, timedelta(seconds=40)), (400, LEAD_MOST)])
def test_a_bulletin_airs_so_much_later_as_the_machine_is_slow(
    monkeypatch: pytest.MonkeyPatch, took_s: float, lead: timedelta
) -> None:
    monkeypatch.setattr("bench.demo.run.time.monotonic", lambda: 1_000.0 + took_s)
    assert lead_since(1_000.0) == lead
