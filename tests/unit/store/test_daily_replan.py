from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadcast.bulletins.model import After, BulletinId, Rendition, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Move, Schedule
from broadcast.bulletins.transmissions import Transmission, TransmissionId
from cms.schedule.repository.last_airing import SLACK, ends_at
from province.people import UserId

AT = datetime(2025, 3, 1, 0, 0, tzinfo=UTC)
STARTS = datetime(2025, 3, 2, 5, 30)  # noqa: DTZ001 wall time
MINUTE = timedelta(minutes=1)


def transmission(*schedules: Schedule, until: datetime | None = None) -> Transmission:
    return Transmission(
        id=TransmissionId("t1"),
        bulletin_id=BulletinId("b1"),
        bulletin_version=1,
        title="Tin",
        priority=PriorityClass.NORMAL,
        prio=4,
        targets=Targets(),
        schedules=schedules,
        rendition=Rendition("device-opus", "0" * 64, 1, 60_000, "audio/ogg"),
        after=After.DROP,
        submitted_by=UserId("u1"),
        submitted_by_name="A",
        approved_by=UserId("u2"),
        approved_by_name="B",
        approved_at=AT,
        valid_until_at=until,
    )


@pytest.mark.parametrize(
    ("schedules", "last"),
    [
        ([Schedule("s", STARTS)], datetime(2025, 3, 1, 22, 30, tzinfo=UTC)),
        ([Schedule("s", STARTS, "FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=3")], datetime(2025, 3, 1, 22, 30, tzinfo=UTC)),
        ([Schedule("s", STARTS, "FREQ=DAILY;COUNT=3")], datetime(2025, 3, 3, 22, 30, tzinfo=UTC)),
        ([Schedule("s", STARTS, "FREQ=DAILY;UNTIL=20250310T000000")], datetime(2025, 3, 8, 22, 30, tzinfo=UTC)),
        ([Schedule("s", STARTS, "FREQ=WEEKLY;BYDAY=TU,SU;COUNT=4")], datetime(2025, 3, 10, 22, 30, tzinfo=UTC)),
        (
            [Schedule("s", STARTS, moves=(Move(STARTS.date(), STARTS + timedelta(days=9)),))],
            datetime(2025, 3, 10, 22, 30, tzinfo=UTC),
        ),
        (
            [Schedule("s", STARTS), Schedule("r", STARTS + timedelta(days=4))],
            datetime(2025, 3, 5, 22, 30, tzinfo=UTC),
        ),
    ],
)
def test_nothing_airs_later_than_a_day_after_the_last_start(schedules: list[Schedule], last: datetime) -> None:
    assert ends_at(transmission(*schedules)) == last + MINUTE + SLACK


def test_a_rule_without_end_has_no_bound() -> None:
    assert ends_at(transmission(Schedule("s", STARTS, "FREQ=DAILY"))) is None
    assert ends_at(transmission(Schedule("s", STARTS, "FREQ=DAILY"), Schedule("r", STARTS))) is None


def test_validity_bounds_what_else_would_go_on() -> None:
    until = AT + timedelta(days=3)
    assert ends_at(transmission(Schedule("s", STARTS, "FREQ=DAILY"), until=until)) == until + MINUTE + SLACK
    assert ends_at(transmission(Schedule("s", STARTS, "FREQ=DAILY;COUNT=90"), until=until)) == until + MINUTE + SLACK


def test_a_transmission_without_a_rule_has_no_bound() -> None:
    assert ends_at(transmission()) is None


def test_a_rule_that_reaches_past_the_calendar_has_no_bound() -> None:
    assert ends_at(transmission(Schedule("s", STARTS, "FREQ=WEEKLY;INTERVAL=366;COUNT=5000"))) is None
