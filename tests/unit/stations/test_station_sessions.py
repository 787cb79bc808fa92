from __future__ import annotations

import importlib
from datetime import date, time, timedelta
from typing import Any

import pytest

from broadcast.bulletins.model import Targets
from broadcast.sessions.model import BroadcastSession, ItemKey, ItemRole
from broadcast.stations.model import Programme, Station
from broadcast.stations.rules import WAV
from cms.areas.repository import Places
from cms.sessions.repository import BroadcastSessions
from cms.sessions.service import running_orders
from cms.stations.queries import programmes_for
from cms.stations.service import mos
from cms.stations.service.day import StationBlock, session_block, station_day
from tests.builders.in_memory.station_world import FILES, MASTER, Airwaves
from tests.fakes.programme import AUTHOR, C3, MONDAY, NOW, SOUND, schedule
from tests.unit.sessions.world import put, set_up

pytestmark = pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")
"""The reader of MOS asks an element for its truth."""


@pytest.fixture
def world() -> Airwaves:
    return Airwaves()


@pytest.fixture
def station(world: Airwaves) -> Station:
    return world.register()


def item(world: Airwaves, session: BroadcastSession, title: str) -> Programme:
    """Return the programme of a bulletin approved for the session, with its files."""
    draft = world.sound(world.draft(title=title, schedules=()), SOUND, MASTER)
    bulletin = world.approve(world.submit(put(world, draft, session)))
    world.finish(world.programme(bulletin))
    return world.programme(bulletin)


def days(world: Airwaves, station: Station, on: date = MONDAY) -> list[StationBlock]:
    with world.store.change() as uow:
        programmes = programmes_for(uow.session, station, uow[Places].tree(), NOW)
        return station_day(uow, station, on, programmes, NOW)


def block_of(world: Airwaves, station: Station, session: BroadcastSession) -> StationBlock:
    with world.store.change() as uow:
        programmes = programmes_for(uow.session, station, uow[Places].tree(), NOW)
        day = running_orders.day_of(uow, uow[BroadcastSessions].get(session.id), MONDAY, NOW)
        return session_block(uow, station, day, programmes)


def message(block: StationBlock, station: Station, kind: str, number: int) -> Any:
    """Return the message as an independent reader of MOS has it."""
    reader = importlib.import_module("mosromgr.mostypes")
    text = mos.running_order(block, station, message=kind, number=number, address=lambda each: f"https://loa/{each.id}")
    return reader.MosFile.from_string(text.decode())


def test_a_day_holds_sessions_and_what_airs_beside_them_in_the_stations_area(world: Airwaves, station: Station) -> None:
    session = set_up(world)
    first, second = item(world, session, "Một"), item(world, session, "Hai")
    alone = world.aired(
        title="Sáng", schedules=(schedule("2026-03-02T10:00"), schedule("2026-03-02T11:00", schedule_id="s2"))
    )
    world.aired(title="Nơi khác", targets=Targets((C3,)), schedules=(schedule("2026-03-02T12:00"),))
    morning, evening = days(world, station)
    assert morning.day is None
    assert [each.bulletin_id for each in morning.items] == [alone.id, alone.id]
    assert evening.day is not None
    assert [each.programme for each in evening.items] == [first, second]
    assert [each.length_ms for each in evening.items] == [FILES[0].duration_ms] * 2
    assert [each.start_at for each in days(world, station, MONDAY + timedelta(days=1))] == [
        evening.day.start_at + timedelta(days=1)
    ]


def test_the_stations_running_order_is_read_by_an_independent_reader_of_mos(world: Airwaves, station: Station) -> None:
    session = set_up(world)
    programmes = [item(world, session, title) for title in ("Mở đầu", "Tin & <bão>", "Kết")]
    order = message(block_of(world, station, session), station, mos.CREATE, 1)
    assert (order.ro_id, order.ro_slug) == (f"{session.id}-20260302", "Buổi chiều 02/03/2026")
    assert [each.slug for each in order.stories] == ["Mở đầu", "Tin & <bão>", "Kết"]
    assert [each.items[0].object_id for each in order.stories] == [each.id for each in programmes]
    assert f"{order.start_time:%H:%M %z}" == "17:00 +0700"
    assert order.stories[0].start_time == order.start_time
    assert order.duration == pytest.approx(3 * FILES[0].duration_ms / 1000)
    assert order.xml.findtext("roCreate/story/item/objPaths/objPath") == f"https://loa/{programmes[0].id}"
    assert programmes[0].sound.rendition(WAV) is not None


def test_a_changed_order_replaces_the_one_that_a_station_has_and_an_empty_one_ends_it(
    world: Airwaves, station: Station
) -> None:
    session = set_up(world)
    first, second = item(world, session, "Một"), item(world, session, "Hai")
    order = message(block_of(world, station, session), station, mos.CREATE, 1)
    keys = [ItemKey(each.bulletin_id, world.bulletin(each.bulletin_id).schedules[0].id) for each in (first, second)]
    world_call = world.call(AUTHOR, NOW)
    running_orders.move_item(world.store(), session.id, MONDAY, keys[1], to=0, call=world_call)
    running_orders.set_item(
        world.store(), session.id, MONDAY, keys[0], role=ItemRole.CLOSING, anchor=time(17, 5), call=world_call
    )
    order += message(block_of(world, station, session), station, mos.REPLACE, 2)
    assert [each.slug for each in order.stories] == ["Hai", "Một"]
    assert [each.findtext("item/itemTrigger") for each in order.base_tag.iterfind("story")] == ["CHAINED", "TIMED"]
    for key in keys:
        running_orders.take_out(world.store(), session.id, MONDAY, key, call=world_call)
    empty = block_of(world, station, session)
    assert empty.items == ()
    order += message(empty, station, mos.DELETE, 3)
    assert order.completed
