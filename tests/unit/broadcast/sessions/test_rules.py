from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from broadcast.bulletins.model import BulletinId, Sound, SoundState, Targets
from broadcast.bulletins.schedules import Move, Schedule, SessionId
from broadcast.relays.model import RelayOrder, RelaySourceId
from broadcast.sessions.model import BroadcastSession, ItemKey, ItemRole, Overrun, RunningOrder, SessionItem
from broadcast.sessions.rules import (
    ItemLength,
    anchor_ms,
    end_of,
    entry_problems,
    estimated_ms,
    in_order_of,
    inserted,
    is_held,
    length_of,
    lock_of,
    moved,
    names_date,
    order_id,
    own_time_problems,
    placement_of,
    problems_of,
    session_dates,
    start_of,
    with_places,
    without,
)
from province.areas import AreaId
from tests.fakes.programme import AUTHOR, C1, C3, MONDAY, NORTH, NOW, PROVINCE, SOUND, TREE, bulletin, local, wall

SESSION = BroadcastSession(
    SessionId("chieu"), NORTH, "Buổi chiều", MONDAY, time(17), "FREQ=WEEKLY;BYDAY=MO,TU", 1_800_000, 200,
    Overrun.REFUSE, NOW, AUTHOR.user_id, AUTHOR.name,
)  # fmt: skip
TUESDAY = MONDAY + timedelta(days=1)


def item(name: str, role: ItemRole = ItemRole.ITEM, anchor: time | None = None) -> SessionItem:
    return SessionItem(BulletinId(name), "1", role, anchor)


ONE, TWO, END = item("one"), item("two"), item("end", ItemRole.CLOSING)


def test_a_session_is_held_on_the_days_of_its_rule_until_its_last_date() -> None:
    assert session_dates(SESSION, MONDAY, 9) == (MONDAY, TUESDAY, date(2026, 3, 9), date(2026, 3, 10))
    assert not is_held(replace(SESSION, last_on=MONDAY), TUESDAY)


def test_it_begins_ends_and_is_locked_by_the_wall_clock_of_the_province() -> None:
    assert start_of(SESSION, MONDAY) == local("2026-03-02T17:00")
    assert end_of(SESSION, MONDAY) == local("2026-03-02T17:30")
    assert lock_of(SESSION, MONDAY, 15) == local("2026-03-02T16:45")
    assert lock_of(SESSION, MONDAY, 0) == local("2026-03-02T16:59")
    assert order_id(SESSION.id, MONDAY) == "chieu-20260302"
    assert anchor_ms(SESSION, time(17, 15)) == 900_000


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": " "}, ("name", "MISSING")),
        ({"name": "b" * 81}, ("name", "TOO_LONG")),
        ({"length_ms": 59_000}, ("minutes", "SESSION_LENGTH")),
        ({"gap_ms": 30_001}, ("gap", "SESSION_GAP")),
        ({"rrule": "FREQ=YEARLY"}, ("days", "RULE_FREQ")),
    ],
)
def test_what_is_wrong_with_a_session_is_said(change: dict[str, Any], problem: tuple[str, str]) -> None:
    assert [(each.field, each.code) for each in problems_of(replace(SESSION, **change))] == [problem]
    assert problems_of(SESSION) == []


def test_a_new_item_comes_last_before_the_closing_and_only_once() -> None:
    assert inserted((ONE, END), TWO) == (ONE, TWO, END)
    assert inserted((ONE, TWO), ONE) == (ONE, TWO)
    assert inserted((ONE,), END) == (ONE, END)
    assert without((ONE, TWO), ONE.key) == (TWO,)


@pytest.mark.parametrize(("to", "order"), [(0, (TWO, ONE, END)), (9, (ONE, END, TWO)), (-3, (TWO, ONE, END))])
def test_an_item_moves_to_a_position_or_the_nearest_end(to: int, order: tuple[SessionItem, ...]) -> None:
    assert moved((ONE, TWO, END), TWO.key, to) == order


def test_what_is_not_in_the_order_is_not_moved() -> None:
    assert moved((ONE,), TWO.key, 0) == (ONE,)


def test_standing_items_follow_the_order_of_a_date_with_role_and_anchor() -> None:
    news = item("two", anchor=time(17, 15))
    assert in_order_of((ONE, TWO), (news, END, ONE)) == (news, ONE)
    assert in_order_of((ONE, TWO, END), (news, ONE)) == (ONE, news, END)


def test_the_length_is_that_of_the_relay_the_sound_or_an_estimate() -> None:
    plain = bulletin(text="x" * 130)
    made = replace(plain, sound=Sound(SoundState.READY, renditions=(SOUND,)))
    assert length_of(plain) == ItemLength(14_000, is_estimated=True)
    assert length_of(made) == ItemLength(120_000)
    assert length_of(replace(made, relay=RelayOrder(RelaySourceId("r"), 900_000))) == ItemLength(900_000)
    assert estimated_ms(" ") == 60_000


def test_places_and_dates_have_to_fit_the_session() -> None:
    plain = Schedule("1", wall("2026-03-02T17:00"), session=SESSION.id)
    assert entry_problems(SESSION, Targets((C1,)), plain, TREE) == []
    codes = [
        each.code
        for areas in ((C3,), (PROVINCE,), (AreaId("unknown"),))
        for each in entry_problems(SESSION, Targets(areas), plain, TREE)
    ]
    assert codes == ["SESSION_ELSEWHERE"] * 3
    wednesday = replace(plain, starts=wall("2026-03-04T17:00"))
    assert [each.code for each in entry_problems(SESSION, Targets((C1,)), wednesday, TREE)] == ["SESSION_NOT_HELD"]
    daily = replace(wednesday, rrule="FREQ=DAILY")
    assert entry_problems(SESSION, Targets((C1,)), daily, TREE) == []


def test_items_are_placed_by_lengths_anchors_and_what_has_begun() -> None:
    order = RunningOrder(
        order_id(SESSION.id, MONDAY), SESSION.id, MONDAY, (ONE, TWO, item("news", anchor=time(17, 15)))
    )
    lengths = {each.key: 60_000 for each in order.items}
    begun = {ONE.key: local("2026-03-02T17:00")}
    found = placement_of(SESSION, order, lengths, begun, local("2026-03-02T17:02"))
    assert [each.start_ms for each in found.placed] == [0, 130_000, 900_000]
    del lengths[TWO.key]
    assert len(placement_of(SESSION, order, lengths, {}, NOW).placed) == 2


def test_places_become_moves_and_dates_without_one_are_silent() -> None:
    plain = Schedule("1", wall("2026-03-02T17:00"), "FREQ=DAILY", session=SESSION.id)
    kept = replace(
        plain,
        moves=(Move(date(2026, 1, 1), wall("2026-01-01T17:01")), Move(date(2026, 3, 1), wall("2026-03-01T17:05"))),
        closed_on=(date(2026, 2, 28), date(2026, 3, 9)),
    )
    places: dict[date, datetime | None] = {MONDAY: local("2026-03-02T17:03"), TUESDAY: None}
    found = with_places(kept, places, [date(2026, 3, 20)], MONDAY)
    assert found.moves == (Move(date(2026, 3, 1), wall("2026-03-01T17:05")), Move(MONDAY, wall("2026-03-02T17:03")))
    assert found.closed_on == (date(2026, 2, 28), TUESDAY, date(2026, 3, 20))
    assert found.unplaced == plain
    own = replace(plain, session=SessionId(""), closed_on=(TUESDAY,))
    assert own.unplaced == own


def test_a_schedule_names_the_dates_of_its_rule_but_those_left_out() -> None:
    plain = Schedule("1", wall("2026-03-02T17:00"), "FREQ=DAILY", except_on=(TUESDAY,), session=SESSION.id)
    assert names_date(plain, MONDAY)
    assert not names_date(plain, TUESDAY)
    assert not names_date(plain, MONDAY, [MONDAY])


def test_where_only_a_time_of_ones_own_can_be_chosen_sessions_are_refused() -> None:
    plain = Schedule("1", wall("2026-03-02T17:00"))
    assert own_time_problems([plain]) == []
    [problem] = own_time_problems([plain, replace(plain, id="2", session=SESSION.id)])
    assert (problem.field, problem.code) == ("schedules.2.session", "OWN_TIME_ONLY")


def test_a_key_names_bulletin_and_schedule() -> None:
    assert ONE.key == ItemKey(BulletinId("one"), "1")
