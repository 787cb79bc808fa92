from __future__ import annotations

from datetime import date, datetime

import pytest

from broadcast.bulletins.model import Bulletin, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.concessions import OfferKind, WayOut
from broadcast.scheduling.conflicts import ClashKind
from broadcast.scheduling.rescheduling import MoveEdit, MoveScope, Shift
from cms.schedule.service import rescheduling
from cms.schedule.service.rescheduling import Outlook
from province.areas import AreaId
from province.errors import InvalidError
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import (
    AUTHOR,
    C1,
    C2,
    MONDAY,
    NORTH,
    NOW,
    local,
    schedule,
    wall,
)

DAILY = schedule(rrule="FREQ=DAILY")


def _codes(error: InvalidError) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in error.problems]


def _to(text: str, on: date = MONDAY, scope: MoveScope = MoveScope.THIS) -> MoveEdit:
    return MoveEdit(Shift("s1", on, wall(text), scope))


def _look(world: World, found: Bulletin, edit: MoveEdit, now: datetime = NOW) -> Outlook:
    return rescheduling.look(world.store(), found.id, edit=edit, call=world.call(AUTHOR, now))


def test_the_outlook_tells_what_goes_what_comes_and_that_it_has_to_be_approved_again() -> None:
    world = World()
    outlook = _look(world, world.approved(schedules=(DAILY,)), _to("2026-03-02T18:00"))
    assert (outlook.gone, outlook.come) == ((local("2026-03-02T17:00"),), (local("2026-03-02T18:00"),))
    assert outlook.needs_approval
    assert outlook.is_clear
    assert not outlook.offers
    assert not _look(world, world.draft(), _to("2026-03-02T18:00")).needs_approval


def test_a_clash_more_than_a_month_away_is_found_as_well() -> None:
    world = World()
    world.approved(schedules=(schedule("2026-05-20T18:00"),), title="Khác")
    far = date(2026, 5, 20)
    daily = world.approved(schedules=(schedule("2026-03-02T08:30", "FREQ=DAILY"),))
    outlook = _look(world, daily, _to("2026-05-20T18:01", far))
    assert {clash.kind for clash in outlook.clashes} == {ClashKind.EQUAL_PRIORITY}
    assert outlook.come == (local("2026-05-20T18:01"),)


def _offers(world: World, found: Bulletin, edit: MoveEdit) -> dict[OfferKind, WayOut]:
    return {offer.kind: offer for offer in _look(world, found, edit).offers}


def test_every_way_out_resolves_the_clash_in_one_step() -> None:
    world = World()
    world.approved(schedules=(schedule("2026-03-04T18:00"),), targets=Targets((NORTH,)), title="Khác")
    found = world.approved(schedules=(DAILY,))
    asked = _to("2026-03-02T17:59", scope=MoveScope.ALL)
    found_offers = _offers(world, found, asked)
    assert set(found_offers) == set(OfferKind)
    assert found_offers[OfferKind.MOVE].to == wall("2026-03-02T18:04")
    assert found_offers[OfferKind.SHORTEN].length_ms == 60_000
    assert found_offers[OfferKind.LEAVE_OUT].dates == (date(2026, 3, 4),)
    assert found_offers[OfferKind.SPLIT_TARGETS].areas == (C1, C2)
    for offer in found_offers.values():
        if offer.edit is not None:
            assert _look(world, found, offer.edit).is_clear


def test_quiet_hours_are_left_by_moving_on_to_the_morning_or_by_leaving_out() -> None:
    world = World()
    found = world.approved(schedules=(DAILY,))
    found_offers = _offers(world, found, _to("2026-03-02T22:00"))
    assert set(found_offers) == {OfferKind.MOVE, OfferKind.LEAVE_OUT}
    assert found_offers[OfferKind.MOVE].to == wall("2026-03-03T05:30")


def test_its_own_other_airings_are_in_its_way_as_well() -> None:
    world = World()
    found = world.approved(schedules=(DAILY, schedule("2026-03-02T18:00", "FREQ=DAILY", "s2")))
    found_offers = _offers(world, found, _to("2026-03-02T18:01"))
    assert found_offers[OfferKind.MOVE].to == wall("2026-03-02T18:06")
    assert OfferKind.SPLIT_TARGETS not in found_offers


def test_places_that_are_not_there_are_not_left_out() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        _look(world, world.draft(), MoveEdit(exclude=(AreaId("nowhere"), C1)))
    assert _codes(refused.value) == [("exclude", "AREA_UNKNOWN")]


def test_what_is_urgent_already_is_not_raised_and_what_is_nowhere_free_is_not_split() -> None:
    world = World()
    world.approved(priority=PriorityClass.PRIORITY, schedules=(schedule("2026-03-02T18:00"),))
    found = world.approved(priority=PriorityClass.PRIORITY, schedules=(schedule("2026-03-02T19:00"),))
    assert set(_offers(world, found, _to("2026-03-02T18:01"))) == {OfferKind.MOVE}


def test_a_clash_that_no_move_made_is_not_resolved_by_moving() -> None:
    world = World()
    draft = world.draft(schedules=(schedule("2026-03-02T22:00", "FREQ=DAILY;COUNT=2"),))
    outlook = _look(world, draft, MoveEdit(leave_out=(("s1", MONDAY),)))
    assert not outlook.is_clear
    assert outlook.offers == ()
