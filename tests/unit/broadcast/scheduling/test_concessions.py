from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.cues import NoCut
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.concessions import (
    NEAR,
    SEARCH,
    STEP,
    EditRequest,
    OfferKind,
    Span,
    WayOut,
    free_delays,
    next_free,
    offers,
)
from broadcast.scheduling.conflicts import Clash, ClashKind, ClashSurroundings, taken_spans
from broadcast.scheduling.rescheduling import MoveEdit, Shift
from tests.fakes.programme import C1, MONDAY, TREE, local, schedule, transmission, wall

BASE = local("2026-03-02T06:00")
MINUTE = timedelta(minutes=1)

minutes = st.integers(0, 400)
spans = st.tuples(minutes, st.integers(1, 90)).map(lambda t: (BASE + t[0] * MINUTE, BASE + (t[0] + t[1]) * MINUTE))


def _is_free(start: datetime, length: timedelta, busy: list[Span]) -> bool:
    return all(end <= start or start + length <= begin for begin, end in busy)


@given(st.lists(minutes, min_size=1, max_size=4), st.integers(1, 30), st.lists(spans, max_size=12))
def test_the_next_free_slot_is_free_for_all_and_no_earlier_one_is(
    starts_in: list[int], length_in: int, busy: list[Span]
) -> None:
    starts, length = [BASE + each * MINUTE for each in starts_in], length_in * MINUTE
    delay = next_free(starts, length, busy)
    assert delay is not None
    assert delay % STEP == timedelta()
    assert all(_is_free(start + delay, length, busy) for start in starts)
    for step in range(delay // STEP):
        assert not all(_is_free(start + step * STEP, length, busy) for start in starts)


@given(st.lists(minutes, min_size=1, max_size=3), st.integers(1, 30), st.lists(spans, max_size=12), st.integers(1, 6))
def test_the_nearest_free_times_are_free_for_a_whole_series(
    starts_in: list[int], length_in: int, busy: list[Span], at_most: int
) -> None:
    starts, length = [BASE + each * MINUTE for each in starts_in], length_in * MINUTE
    since_at = BASE + 60 * MINUTE
    found = free_delays(starts, length, busy, since_at=since_at, at_most=at_most)

    def may_be(delay: timedelta) -> bool:
        return all(each + delay > since_at and _is_free(each + delay, length, busy) for each in starts)

    assert found == sorted(found)
    assert len(found) <= at_most
    assert all(delay and delay % STEP == timedelta() and may_be(delay) for delay in found)
    farthest = max(map(abs, found), default=timedelta())
    nearer = [step * STEP for step in range(-(NEAR // STEP), NEAR // STEP + 1) if step and may_be(step * STEP)]
    assert len(found) == min(at_most, len(nearer))
    assert {each for each in nearer if abs(each) < farthest} <= set(found)


def test_where_a_day_is_full_there_is_no_next_slot() -> None:
    assert next_free([BASE], MINUTE, [(BASE, BASE + SEARCH + 2 * STEP)]) is None
    edit = MoveEdit(Shift("s1", MONDAY, wall("2026-03-02T06:00")))
    wanted = EditRequest(edit, PriorityClass.PRIORITY, 60_000, [BASE], {}, [C1], NoCut.SPOKEN)
    clash = Clash(ClashKind.QUIET_HOURS, "s1", BASE, C1)
    assert offers(wanted, [clash], lambda _areas: [(BASE, BASE + SEARCH + 2 * STEP)]) == ()


def test_what_begins_within_an_airing_says_how_short_that_has_to_be() -> None:
    wanted = EditRequest(MoveEdit(), PriorityClass.PRIORITY, 60_000, [], {}, [C1], NoCut.SPOKEN)
    later = [BASE + 20 * timedelta(seconds=1), BASE + 30 * timedelta(seconds=1)]
    clashes = [Clash(ClashKind.EQUAL_PRIORITY, "s1", BASE, C1, other_start_at=at) for at in later]
    assert offers(wanted, clashes, lambda _areas: []) == (
        WayOut(OfferKind.SHORTEN, length_ms=20_000, why_not=NoCut.SPOKEN),
    )


def test_what_it_would_displace_takes_no_time_from_it() -> None:
    mine = transmission("t1", priority=PriorityClass.PRIORITY)
    normal = transmission("t2", schedule("2026-03-02T18:00"))
    urgent = transmission("t3", schedule("2026-03-02T19:00"), priority=PriorityClass.PRIORITY)
    window = {"since_at": local("2026-03-02T17:00"), "until_at": local("2026-03-03T17:00")}
    found = list(taken_spans(mine, ClashSurroundings((), [normal, urgent], TREE, {}), **window))
    assert found == []
    there = {C1: AreaRules(quiet=())}
    taken = list(taken_spans(mine, ClashSurroundings((C1,), [mine, normal, urgent], TREE, there), **window))
    assert taken == [(local("2026-03-02T19:00"), local("2026-03-02T19:02"))]
