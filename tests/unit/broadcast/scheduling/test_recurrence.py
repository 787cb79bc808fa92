from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.schedules import Move, Schedule
from broadcast.bulletins.transmissions import TransmissionId
from broadcast.scheduling.recurrence import (
    OCCURRENCES_MAX,
    airings,
    is_airing_date,
    moved_airings,
    next_start_at,
    occurrences,
)
from broadcast.scheduling.recurrence.rule import DateRule, dates_of
from tests.fakes.programme import MONDAY, local, schedule, wall

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = timedelta(days=1)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEK = (local("2026-03-02T00:00"), local("2026-03-09T00:00"))


def _dates(each: Schedule, since_at: datetime = WEEK[0], until_at: datetime = WEEK[1]) -> list[str]:
    return [f"{a.start_at.astimezone(ZONE):%m-%dT%H:%M}" for a in airings(each, since_at, until_at)]


def test_once_is_once() -> None:
    assert _dates(schedule()) == ["03-02T17:00"]
    assert _dates(schedule(), WEEK[1], WEEK[1] + 3 * DAY) == []
    assert _dates(schedule(), WEEK[0] - 3 * DAY, WEEK[0]) == []


@pytest.mark.parametrize(
    ("rrule", "expected"),
    [
        ("FREQ=DAILY", "02 03 04 05 06 07 08"),
        ("FREQ=DAILY;INTERVAL=3", "02 05 08"),
        ("FREQ=DAILY;COUNT=2", "02 03"),
        ("FREQ=DAILY;UNTIL=20260304", "02 03 04"),
        ("FREQ=DAILY;UNTIL=20260304T165959", "02 03"),
        ("FREQ=DAILY;UNTIL=20260304T100000Z", "02 03 04"),
        ("FREQ=DAILY;UNTIL=20260304T095959Z", "02 03"),
        ("FREQ=DAILY;BYDAY=TU,SA", "03 07"),
        ("FREQ=WEEKLY", "02"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "02 04 06"),
        ("freq=weekly;byday=we", "04"),
        ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=2;WKST=MO", "02 04"),
    ],
)
def test_rules_name_their_days(rrule: str, expected: str) -> None:
    assert [text[3:5] for text in _dates(schedule(rrule=rrule))] == expected.split()


def test_a_left_out_date_does_not_air_and_still_counts() -> None:
    rule = schedule(rrule="FREQ=DAILY;COUNT=3", except_on=(MONDAY + DAY,))
    assert _dates(rule) == ["03-02T17:00", "03-04T17:00"]


def test_a_moved_airing_appears_once_where_it_was_moved_to() -> None:
    rule = schedule(rrule="FREQ=DAILY;COUNT=3", moves=(Move(MONDAY, wall("2026-03-04T09:15")),))
    assert _dates(rule) == ["03-03T17:00", "03-04T09:15", "03-04T17:00"]
    assert [a.label for a in airings(rule, *WEEK)] == ["202603031700", "202603021700", "202603041700"]


def test_a_move_out_of_or_into_the_window_follows_the_new_time() -> None:
    rule = schedule(rrule="FREQ=DAILY;COUNT=3", moves=(Move(MONDAY, wall("2026-03-20T09:15")),))
    assert _dates(rule) == ["03-03T17:00", "03-04T17:00"]
    assert _dates(rule, WEEK[1], WEEK[1] + 14 * DAY) == ["03-20T09:15"]


def test_leaving_out_wins_over_moving_and_a_move_of_no_airing_is_nothing() -> None:
    moves = (Move(MONDAY, wall("2026-03-05T09:00")), Move(MONDAY + 40 * DAY, wall("2026-03-05T10:00")))
    rule = schedule(rrule="FREQ=DAILY;COUNT=2", except_on=(MONDAY,), moves=moves)
    assert _dates(rule) == ["03-03T17:00"]
    assert moved_airings(rule) == ()


def test_ids_are_the_same_in_every_window_and_after_a_move() -> None:
    rule = schedule(rrule="FREQ=DAILY", moves=(Move(MONDAY + DAY, wall("2026-03-03T06:00")),))

    def ids(since_at: datetime, until_at: datetime) -> list[str]:
        found = occurrences(
            (rule,), since_at=since_at, until_at=until_at, transmission_id=TransmissionId("t1"), duration_ms=1
        )
        return [each.id for each in found]

    whole = ids(*WEEK)
    assert whole[:2] == ["t1-s1-202603021700", "t1-s1-202603031700"]
    assert [i for n in range(7) for i in ids(WEEK[0] + n * DAY, WEEK[0] + (n + 1) * DAY)] == whole


def test_validity_holds_both_ends_inclusive() -> None:
    found = occurrences(
        (schedule(rrule="FREQ=DAILY"), schedule("2026-03-02T06:00", "FREQ=DAILY", "s2")),
        since_at=WEEK[0],
        until_at=WEEK[1],
        transmission_id=TransmissionId("t1"),
        duration_ms=1000,
        valid_from_at=local("2026-03-03T17:00"),
        valid_until_at=local("2026-03-04T17:00"),
    )
    assert [o.start_at for o in found] == [
        local("2026-03-03T17:00"),
        local("2026-03-04T06:00"),
        local("2026-03-04T17:00"),
    ]


def test_a_window_of_years_yields_a_bounded_number() -> None:
    found = airings(schedule(rrule="FREQ=DAILY"), WEEK[0], WEEK[0] + 5000 * DAY)
    assert len(found) == OCCURRENCES_MAX


def test_the_next_start_passes_over_what_is_left_out_and_sees_moves() -> None:
    rule = schedule(
        rrule="FREQ=DAILY;COUNT=4",
        except_on=(MONDAY + DAY,),
        moves=(Move(MONDAY + 3 * DAY, wall("2026-03-03T06:00")),),
    )
    starts = [WEEK[0]]
    while (found := next_start_at((rule,), starts[-1])) is not None:
        starts.append(found)
    assert starts[1:] == [local("2026-03-02T17:00"), local("2026-03-03T06:00"), local("2026-03-04T17:00")]


def test_the_next_start_is_within_validity() -> None:
    rule = schedule(rrule="FREQ=DAILY")
    low, high = local("2026-03-05T00:00"), local("2026-03-05T12:00")
    assert next_start_at((rule,), WEEK[0], low) == local("2026-03-05T17:00")
    assert next_start_at((rule,), WEEK[0], low, high) is None
    assert next_start_at((rule,), WEEK[0], None, low) == local("2026-03-02T17:00")
    assert next_start_at((), WEEK[0]) is None


def test_the_end_of_the_calendar_is_an_end() -> None:
    rule = schedule("9999-12-30T17:00", "FREQ=DAILY")
    since_at = datetime(9999, 12, 29, tzinfo=UTC)
    assert len(airings(rule, since_at, datetime(9999, 12, 31, 23, tzinfo=UTC))) == 2


@st.composite
def rules(draw: st.DrawFn) -> Schedule:
    """Draw a well-formed rule, with some of its dates left out or moved."""
    starts = datetime.combine(draw(st.dates(date(2025, 12, 1), date(2026, 3, 20))), draw(st.times()))
    starts = starts.replace(second=0, microsecond=0, fold=0)
    parts = [f"FREQ={draw(st.sampled_from(('DAILY', 'WEEKLY')))}", f"INTERVAL={draw(st.integers(1, 4))}"]
    days = draw(st.lists(st.sampled_from(DAYS), unique=True, max_size=4))
    if days:
        parts.append("BYDAY=" + ",".join(days))
    match draw(st.sampled_from(("count", "until", ""))):
        case "count":
            parts.append(f"COUNT={draw(st.integers(1, 20))}")
        case "until":
            parts.append(f"UNTIL={starts + timedelta(days=draw(st.integers(0, 60))):%Y%m%dT%H%M%S}")
        case _:
            pass
    plain = schedule(starts.isoformat(), ";".join(parts))
    named = [on for n in range(90) if is_airing_date(plain, on := starts.date() + n * DAY)]
    left_out = draw(st.lists(st.sampled_from(named), unique=True, max_size=3)) if named else []
    moved = draw(st.lists(st.sampled_from(named), unique=True, max_size=3)) if named else []
    shifts = st.integers(-3 * 1440, 3 * 1440).map(lambda n: timedelta(minutes=n))
    moves = tuple(Move(on, starts.combine(on, time(12)) + draw(shifts)) for on in moved)
    return Schedule("s1", starts, plain.rrule, tuple(left_out), moves)


@given(rule=rules(), first=st.integers(-10, 100), length=st.integers(1, 60))
def test_the_arithmetic_names_the_dates_that_rfc_5545_names(rule: Schedule, first: int, length: int) -> None:
    plain = Schedule("s1", rule.starts, rule.rrule)
    since_at = local("2025-12-01T00:00") + first * DAY
    until_at = since_at + length * DAY
    named = rrulestr(rule.rrule, dtstart=rule.starts, ignoretz=True)
    low, high = (at.astimezone(ZONE).replace(tzinfo=None) for at in (since_at, until_at))
    wanted = [at for at in named.between(low, high, inc=True) if at < high]
    found = [a.start_at.astimezone(ZONE).replace(tzinfo=None) for a in airings(plain, since_at, until_at)]
    assert found == wanted


@given(rule=rules())
def test_left_out_dates_never_appear_and_moved_ones_appear_once(rule: Schedule) -> None:
    found = airings(rule, local("2025-11-01T00:00"), local("2026-08-01T00:00"))
    seen = [airing.original_on for airing in found]
    assert len(seen) == len(set(seen))
    assert not set(rule.except_on).intersection(seen)
    for move in rule.moves:
        if move.on not in rule.except_on:
            (airing,) = [a for a in found if a.original_on == move.on]
            assert airing.start_at == move.to.replace(tzinfo=ZONE).astimezone(UTC)


@given(rule=rules(), cuts=st.lists(st.integers(1, 200), max_size=4))
def test_windows_side_by_side_hold_what_the_whole_one_holds(rule: Schedule, cuts: list[int]) -> None:
    begin = local("2025-11-25T00:00")
    edges = sorted({0, *cuts, 200})
    parts = [airing for low, high in pairwise(edges) for airing in airings(rule, begin + low * DAY, begin + high * DAY)]
    assert tuple(parts) == airings(rule, begin, begin + 200 * DAY)


_PARTS = st.fixed_dictionaries(
    {"FREQ": st.sampled_from(("DAILY", "WEEKLY")), "INTERVAL": st.integers(1, 366).map(str)},
    optional={
        "BYDAY": st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True).map(",".join),
        "COUNT": st.integers(1, 5000).map(str),
    },
)
# Every step of a search advances by a cycle of a day or more: a year of a daily rule needs no more of them.
_STEPS_MAX = 2 * 366 * 7


@given(
    parts=_PARTS,
    starts=st.dates(date(1, 1, 1), date(9999, 12, 31)).map(lambda on: datetime.combine(on, time(6))),
    after=st.dates(date(1, 1, 1), date(9998, 1, 1)),
)
def test_a_search_for_dates_of_any_rule_ends(parts: dict[str, str], starts: datetime, after: date) -> None:
    rule = dates_of(";".join(f"{name}={value}" for name, value in parts.items()), starts, str(ZONE))
    assert isinstance(rule, DateRule)
    found = list(islice(replace(rule, offsets=_Counted(rule.offsets)).from_date(after), 366))
    assert all(earlier < later for earlier, later in pairwise(found))
    assert all(rule.holds(on) for on in found)


class _Counted(tuple[int, ...]):  # noqa: SLOT001 - a tuple has none of its own, and this one counts
    """Offsets that count how often a search iterates them, and stop one that does not end."""

    looked_at = 0

    def __iter__(self) -> Iterator[int]:
        self.looked_at += 1
        assert self.looked_at <= _STEPS_MAX, "the search has no end"
        return super().__iter__()


def test_a_stored_rule_without_a_date_airs_never_and_ends_its_search() -> None:
    never = schedule("2026-12-01T06:00", "FREQ=DAILY;INTERVAL=7;BYDAY=MO")
    assert airings(never, local("2026-12-01T00:00"), local("2027-12-01T00:00")) == ()
    assert next_start_at((never,), local("2026-12-01T00:00")) is None
    assert not is_airing_date(never, date(2026, 12, 7))


def test_a_rule_ends_with_the_calendar() -> None:
    last = schedule("9999-12-20T06:00", "FREQ=WEEKLY;BYDAY=MO,FR")
    rule = dates_of(last.rrule, last.starts, last.zone)
    assert [f"{on:%m-%d}" for on in rule.from_date(rule.first_on)] == ["12-20", "12-24", "12-27", "12-31"]
