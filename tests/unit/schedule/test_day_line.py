"""Line of a day: states by the clock and the reports, sessions, and how a full day is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.schedules import SessionId
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.scheduling.day_line import (
    URGENCY,
    AiringResult,
    AiringState,
    in_spans,
    sessions_of,
    shown_of,
    state_of,
    worst_of,
)
from cms.schedule.queries.airings import Airing
from cms.schedule.queries.day_line import HeldSession
from cms.schedule.views.day_line import ALL_SHOWN, SHOWN_ELSE, SHOWN_NOW, DayLine, line_of
from province.areas import AreaId

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
END = START + timedelta(minutes=2)


@dataclass(frozen=True)
class Part:
    start_at: datetime
    end_at: datetime | None


def part(minute: float, length: float | None = 1) -> Part:
    start_at = START + timedelta(minutes=minute)
    return Part(start_at, None if length is None else start_at + timedelta(minutes=length))


@pytest.mark.parametrize(
    ("told", "at", "state"),
    [
        (AiringResult(3), START - timedelta(seconds=1), AiringState.PLANNED),
        (AiringResult(3), START, AiringState.ON_AIR),
        (AiringResult(3, done=1, cut=1), START, AiringState.ON_AIR),
        (AiringResult(3, cut=3), START, AiringState.CUT),
        (AiringResult(3, missed=3), START, AiringState.MISSED),
        (AiringResult(3), END, AiringState.UNTOLD),
        (AiringResult(3, done=3), END, AiringState.HEARD),
        (AiringResult(3, done=2), END, AiringState.PARTLY),
        (AiringResult(3, done=1, missed=2), END, AiringState.PARTLY),
        (AiringResult(3, cut=1, missed=1), END, AiringState.CUT),
        (AiringResult(3, missed=1), END, AiringState.MISSED),
        (AiringResult(0), START, AiringState.NOWHERE),
    ],
)
def test_an_airings_state_follows_the_clock_and_the_reports(
    told: AiringResult, at: datetime, state: AiringState
) -> None:
    assert state_of(START, END, told, at) is state


def test_airings_close_together_are_one_session() -> None:
    one, two, three = part(0), part(8), part(30)
    assert sessions_of([three, two, one]) == [[one, two], [three]]


def test_a_session_without_an_end_counts_from_its_start() -> None:
    on_air, near, far = part(0, None), part(9), part(25)
    assert sessions_of([on_air, near, far]) == [[on_air, near], [far]]


def test_a_day_that_never_rests_is_cut_into_hours() -> None:
    parts = [part(minute, 5) for minute in range(0, 180, 5)]
    assert [len(each) for each in sessions_of(parts)] == [12, 12, 12]


def test_a_day_without_anything_has_no_session() -> None:
    assert sessions_of([]) == []


def test_items_stand_in_the_broadcast_session_in_which_they_begin() -> None:
    before, inside, end, after, late = part(-3), part(4, 20), part(9.9), part(10), part(40)
    span, other = (START, START + timedelta(minutes=10)), (START + timedelta(minutes=30), START + timedelta(minutes=35))
    assert in_spans([late, after, end, inside, before], [other, span]) == [
        (None, [before]),
        (span, [inside, end]),
        (None, [after]),
        (other, []),
        (None, [late]),
    ]
    assert in_spans([after], []) == [(None, [after])]


def test_broadcast_sessions_that_overlap_are_one_stretch_of_the_line() -> None:
    spans = [(START + timedelta(minutes=n), START + timedelta(minutes=n + 10)) for n in (5, 0, 30)]
    (both, [inside]), (alone, empty) = in_spans([part(12)], spans)
    assert both == (START, START + timedelta(minutes=15))
    assert inside == part(12)
    assert (alone, empty) == (spans[2], [])


def test_a_session_shows_first_what_a_person_has_to_know_of() -> None:
    parts = [part(minute) for minute in range(4)]
    states = [AiringState.HEARD, AiringState.MISSED, AiringState.HEARD, AiringState.ON_AIR]
    assert shown_of(parts, states, 2) == [parts[1], parts[3]]
    assert shown_of(parts, states, 9) == parts
    assert worst_of(states) is AiringState.ON_AIR


def test_every_state_has_a_place_in_the_order() -> None:
    assert sorted(URGENCY) == sorted(AiringState)


def day(count: int, *, now: datetime, held: Sequence[HeldSession] = ()) -> DayLine:
    """Return the line of a day with an airing a minute from 10:00 on, the sixth of which was missed."""
    airings = [
        Airing(
            OccurrenceId(f"o{number}"),
            BulletinId(f"b{number}"),
            f"Tin {number}",
            START + timedelta(minutes=number),
            START + timedelta(minutes=number, seconds=30),
            placed_areas=1,
            unplaced_areas=0,
            devices=3,
            sent_devices=3,
            reported={DeliveryState.MISSED if number == 5 else DeliveryState.DONE: 3},
        )
        for number in range(count)
    ]
    return line_of(airings, [], [], [], [], midnight=START - timedelta(hours=10), now=now, held=held)


def test_a_full_day_keeps_what_failed_and_opens_at_the_present() -> None:
    line = day(200, now=START + timedelta(minutes=90))
    first, present, later, last = line.sessions
    assert [each.is_open for each in line.sessions] == [False, True, False, False]
    assert [len(each.items) for each in line.sessions] == [SHOWN_ELSE, SHOWN_NOW, SHOWN_ELSE, SHOWN_ELSE]
    assert "Tin 5" in [item.title for item in first.items]
    assert first.worst is AiringState.MISSED
    assert (first.total, first.left) == (60, 60 - SHOWN_ELSE)
    assert line.next_item is not None
    assert line.next_item.title == "Tin 91"
    assert (later.worst, last.total) == (AiringState.PLANNED, 20)
    assert present.total == 60


def test_a_broadcast_session_is_a_block_also_while_nothing_is_in_it() -> None:
    def session(key: str, hours: float) -> HeldSession:
        start_at = START + timedelta(hours=hours)
        return HeldSession(SessionId(key), "Buổi", AreaId("x"), start_at, start_at + timedelta(minutes=30))

    held = [session("s1", 0), session("s2", 0.25), session("s3", 7)]
    line = day(3, now=START - timedelta(hours=1), held=held)
    full, empty = line.sessions
    assert [each.id for each in full.held] == ["s1", "s2"]
    assert (full.start_at, full.end_at, full.total) == (START, START + timedelta(minutes=45), 3)
    assert ([each.id for each in empty.held], empty.total, empty.worst) == (["s3"], 0, None)
    assert empty.end_at == held[2].end_at
    assert empty.x > full.x


def test_a_day_that_fits_is_shown_whole() -> None:
    line = day(ALL_SHOWN, now=START)
    assert sum(each.left for each in line.sessions) == 0
    assert all(each.is_open for each in line.sessions)


def test_the_strip_reaches_from_the_first_to_the_last_session() -> None:
    line = day(1, now=START + timedelta(hours=2))
    (only,) = line.sessions
    hours = dict(line.hours)
    assert hours[10] == only.x < line.now_x == hours[12]
    assert only.width > 1
    assert (line.hours[0], line.hours[-1]) == ((5, 0.0), (22, 100.0))
