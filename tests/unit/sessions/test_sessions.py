"""Broadcast sessions set up, changed and ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import Any

import pytest

from broadcast.bulletins.model import Targets
from broadcast.bulletins.schedules import Schedule
from cms.sessions.service import running_orders, sessions
from cms.sessions.service.sessions import SessionDraft
from province.errors import ConflictError, InvalidError, NotAllowedError
from province.people import Action
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C3, MONDAY, NORTH, PROVINCE
from tests.unit.sessions.world import (
    DAYS,
    THIRD,
    TUESDAY,
    codes,
    heard,
    key_of,
    planned,
    put,
    set_up,
    standing,
    written,
)


def test_a_session_ends_with_today() -> None:
    world = World()
    session = set_up(world)
    standing(world, session, "Tiếp âm")
    ended = sessions.end(world.store(), session.id, call=world.call(AUTHOR))
    assert ended.last_on == MONDAY
    assert sessions.end(world.store(), session.id, call=world.call(AUTHOR)) == ended
    world.replan(days=3)
    assert [len(world.plan(on=on).entries) for on in (MONDAY, TUESDAY)] == [1, 0]


def test_a_changed_session_places_its_items_anew() -> None:
    world = World()
    session = set_up(world)
    heard(world, session, "Một")
    heard(world, session, "Hai")
    draft = SessionDraft(PROVINCE, "Buổi chiều", time(5), DAYS, 600_000, gap_ms=3_000)
    sessions.change(world.store(), session.id, draft=draft, expected_version=session.version, call=world.call(AUTHOR))
    assert planned(world) == [("Một", "17:00:00.0"), ("Hai", "17:02:03.0")]
    with pytest.raises(ConflictError):
        sessions.change(
            world.store(), session.id, draft=draft, expected_version=session.version, call=world.call(AUTHOR)
        )


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"days": ()}, ("days", "MISSING")),
        ({"name": ""}, ("name", "MISSING")),
        ({"clock": time(17, 5)}, ("clock", "SESSION_OVERLAPS")),
        ({"area_id": "nowhere"}, ("area", "AREA_UNKNOWN")),
    ],
)
def test_what_is_wrong_with_a_session_is_said(more: dict[str, Any], problem: tuple[str, str]) -> None:
    world = World()
    set_up(world)
    with pytest.raises(InvalidError) as error:
        set_up(world, **{"clock": time(5), **more})
    assert [(each.field, each.code) for each in error.value.problems] == [problem]


def test_an_area_has_only_so_many_sessions() -> None:
    world = World()
    for hour in range(sessions.SESSIONS_MAX):
        set_up(world, clock=time(hour))
    with pytest.raises(InvalidError) as error:
        set_up(world, clock=time(20))
    assert codes(error) == ["TOO_MANY"]


def test_a_bulletin_for_other_places_or_of_an_unknown_session_is_refused() -> None:
    world = World()
    session = set_up(world, area_id=NORTH)
    with pytest.raises(InvalidError) as elsewhere:
        put(world, world.draft(targets=Targets((C3,)), schedules=()), session)
    assert codes(elsewhere) == ["SESSION_ELSEWHERE"]
    unknown = Schedule("s1", datetime(2026, 3, 2, 17), session=replace(session, id="none").id)  # type: ignore[arg-type]  # noqa: DTZ001
    with pytest.raises(InvalidError) as error:
        world.draft(schedules=(unknown,))
    assert codes(error) == ["SESSION_UNKNOWN"]


def test_only_who_writes_for_the_area_changes_its_sessions() -> None:
    world = World()
    session = set_up(world)
    item = written(world, session, "Một")
    world.authority = FixedAuthority(frozenset({Action.BULLETIN_WRITE}))
    with pytest.raises(NotAllowedError):
        running_orders.take_out(world.store(), session.id, MONDAY, key_of(item), call=world.call(THIRD))
    with pytest.raises(NotAllowedError):
        sessions.end(world.store(), session.id, call=world.call(THIRD))
