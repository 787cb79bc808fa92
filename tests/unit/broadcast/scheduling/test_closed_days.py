from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.schedules import Move
from broadcast.scheduling.closed_days import HOLIDAYS, TET, DateSet, DateSetId, closed, dates_of
from broadcast.scheduling.recurrence import airings
from broadcast.scheduling.rescheduling import MoveEdit, MoveScope, Shift
from cms.bulletins.service import drafts
from cms.schedule.service import calendar, rescheduling
from province.areas import AreaId
from province.errors import InvalidError, NotAllowedError, NotFoundError
from province.people import Action
from tests.builders.in_memory.bulletin_world import World, draft
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, MONDAY, NOW, PROVINCE, local, schedule, wall

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
DAILY = schedule(rrule="FREQ=DAILY")
WEEK = (local("2026-03-02T00:00"), local("2026-03-09T00:00"))


def _put(world: World, *dates: date, name: str = "Lễ hội", area_id: AreaId = PROVINCE) -> DateSet:
    return calendar.put_date_set(world.store(), area_id=area_id, name=name, dates=dates, call=world.call(AUTHOR, NOW))


def _codes(error: InvalidError) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in error.problems]


# ---- which days


def test_tet_is_the_last_day_of_the_old_year_and_four_of_the_new() -> None:
    assert sorted(dates_of(TET, {}, [2026])) == [date(2026, 2, day) for day in range(16, 21)]


def test_holidays_are_those_of_the_labour_code() -> None:
    more = sorted(dates_of(HOLIDAYS, {}, [2026]) - dates_of(TET, {}, [2026]))
    assert more == [date(2026, 1, 1), date(2026, 4, 26), date(2026, 4, 30), date(2026, 5, 1), date(2026, 9, 2)]


def test_a_set_of_ones_own_has_its_dates_and_an_unknown_one_none() -> None:
    assert dates_of("x", {"x": [MONDAY]}, []) == {MONDAY}
    assert dates_of("y", {}, [2026]) == frozenset()


# ---- what they do to a rule


def test_a_rule_is_silent_on_the_dates_of_its_sets_that_are_its_own() -> None:
    weekly = schedule(rrule="FREQ=WEEKLY;BYDAY=MO,WE", not_on=("x", HOLIDAYS))
    found = closed(weekly, {"x": [MONDAY, TUESDAY]}, MONDAY)
    assert found.closed_on[0] == MONDAY
    assert TUESDAY not in found.closed_on
    assert [a.original_on for a in airings(found, *WEEK)] == [WEDNESDAY]


def test_what_happens_once_happens_when_it_was_put() -> None:
    assert closed(schedule(not_on=("x",)), {"x": [MONDAY]}, MONDAY).closed_on == ()


def test_an_airing_moved_by_hand_from_a_closed_day_is_heard() -> None:
    moved = replace(DAILY, closed_on=(MONDAY,), moves=(Move(MONDAY, wall("2026-03-02T20:00")),))
    assert airings(moved, *WEEK)[0].start_at == local("2026-03-02T20:00")


def test_a_closed_day_counts() -> None:
    counted = replace(DAILY, rrule="FREQ=DAILY;COUNT=3", closed_on=(TUESDAY,))
    assert [a.original_on for a in airings(counted, *WEEK)] == [MONDAY, WEDNESDAY]


# ---- saving


def test_what_is_saved_holds_the_dates_of_that_moment() -> None:
    world = World()
    mourning = _put(world, MONDAY)
    saved = world.draft(schedules=(replace(DAILY, not_on=(mourning.id,)),))
    assert saved.schedules[0].closed_on == (MONDAY,)
    _put(world, TUESDAY)
    assert world.bulletin(saved.id).schedules[0].closed_on == (MONDAY,)
    again = _edit(world, saved, schedules=saved.schedules)
    assert again.schedules[0].closed_on == (TUESDAY,)


def _edit(world: World, found: Bulletin, **more: Any) -> Bulletin:
    return drafts.edit(
        world.store(), found.id, draft=draft(**more), expected_version=found.version, call=world.call(AUTHOR, NOW)
    )


def test_a_set_that_is_not_there_and_too_many_of_them_are_refused() -> None:
    many = tuple(f"x{n}" for n in range(10))
    for names, codes in ((("x",), ["DATE_SET_UNKNOWN"]), ((*many, TET), ["TOO_MANY", *["DATE_SET_UNKNOWN"] * 10])):
        with pytest.raises(InvalidError) as refused:
            World().draft(schedules=(replace(DAILY, not_on=names),))
        assert _codes(refused.value) == [("schedules.s1.not_on", code) for code in codes]


def test_a_rule_that_moves_to_other_days_is_silent_on_the_closed_ones_among_those() -> None:
    world = World()
    mourning = _put(world, WEDNESDAY)
    weekly = schedule(rrule="FREQ=WEEKLY", not_on=(mourning.id,))
    saved = world.draft(schedules=(weekly,))
    assert saved.schedules[0].closed_on == ()
    moved = rescheduling.reschedule(
        world.store(),
        saved.id,
        edit=MoveEdit(Shift("s1", MONDAY, wall("2026-03-04T18:00"), MoveScope.ALL)),
        expected_version=saved.version,
        call=world.call(AUTHOR, NOW),
    )
    assert moved.schedules[0].closed_on == (WEDNESDAY,)


def test_of_a_rule_that_is_split_each_part_keeps_silent_on_its_own_days() -> None:
    world = World()
    mourning = _put(world, MONDAY, WEDNESDAY)
    saved = world.draft(schedules=(replace(DAILY, not_on=(mourning.id,)),))
    moved = rescheduling.reschedule(
        world.store(),
        saved.id,
        edit=MoveEdit(Shift("s1", TUESDAY, wall("2026-03-03T18:00"), MoveScope.FOLLOWING)),
        expected_version=saved.version,
        call=world.call(AUTHOR, NOW),
    )
    assert [part.closed_on for part in moved.schedules] == [(MONDAY,), (WEDNESDAY,)]


# ---- sets of one's own


def test_a_set_takes_the_place_of_the_one_of_its_name_and_keeps_its_id() -> None:
    world = World()
    first = _put(world, WEDNESDAY, MONDAY, MONDAY, name=" Lễ  hội ")
    assert (first.name, first.dates, first.changed_by_name) == ("Lễ hội", (MONDAY, WEDNESDAY), AUTHOR.name)
    second = _put(world, TUESDAY)
    assert second.id == first.id
    assert _put(world, TUESDAY, area_id=C1).id != first.id
    assert world.store.one(DateSet, id=first.id).dates == (TUESDAY,)
    assert world.events() == ["date_set.put"] * 3


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": " "}, ("name", "MISSING")),
        ({"name": "x" * 81}, ("name", "TOO_LONG")),
        ({"area_id": AreaId("nowhere")}, ("area", "AREA_UNKNOWN")),
    ],
)
def test_what_is_wrong_with_a_set_is_said(more: dict[str, Any], code: tuple[str, str]) -> None:
    with pytest.raises(InvalidError) as refused:
        _put(World(), MONDAY, **more)
    assert _codes(refused.value) == [code]


@pytest.mark.parametrize(("count", "code"), [(0, "MISSING"), (401, "TOO_MANY")])
def test_a_set_has_some_dates_and_not_too_many(count: int, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        _put(World(), *(MONDAY + timedelta(days=n) for n in range(count)))
    assert _codes(refused.value) == [("dates", code)]


def test_only_who_writes_for_an_area_names_or_removes_its_sets() -> None:
    world = World()
    made = _put(world, MONDAY)
    world.authority = FixedAuthority(refused=frozenset({(Action.BULLETIN_WRITE, PROVINCE)}))
    with pytest.raises(NotAllowedError):
        _put(world, MONDAY)
    with pytest.raises(NotAllowedError):
        _remove(world, made.id)


def test_a_removed_set_leaves_saved_rules_as_they_are() -> None:
    world = World()
    made = _put(world, MONDAY)
    saved = world.draft(schedules=(replace(DAILY, not_on=(made.id,)),))
    assert _remove(world, made.id) == made
    assert world.bulletin(saved.id) == saved
    with pytest.raises(NotFoundError):
        _remove(world, made.id)


def _remove(world: World, set_id: DateSetId) -> DateSet:
    return calendar.remove_date_set(world.store(), set_id, call=world.call(AUTHOR, NOW))
