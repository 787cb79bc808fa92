from __future__ import annotations

from datetime import timedelta

from cms.schedule.repository.last_airing import SLACK, ends_at
from tests.fakes.programme import local, schedule, transmission


def test_a_monthly_rule_ends_with_its_last_date_and_is_open_where_only_its_months_are_counted() -> None:
    until = transmission("t1", schedule(rrule="FREQ=MONTHLY;UNTIL=20260702"))
    assert ends_at(until) == local("2026-07-02T17:00") + timedelta(minutes=2) + SLACK
    assert ends_at(transmission("t1", schedule(rrule="FREQ=MONTHLY;COUNT=2"))) is None
    assert ends_at(transmission("t1", schedule(rrule="RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=15"))) is None
