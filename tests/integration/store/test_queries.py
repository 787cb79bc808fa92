from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.model import After, BulletinId, Rendition, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import DayPlan, OccurrenceId, PlanEntry, Transmission, TransmissionId, Unplaced
from cms.alerts.queries.ladder import as_runs_of, ladder
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Plans, Transmissions
from cms.fleet.queries.devices import DeviceFilter, found_devices
from cms.fleet.queries.overview import area_lines, statuses
from cms.fleet.repository.devices import Devices
from cms.health.queries.counts import work_counts
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from cms.schedule.queries.airings import Airing, AiringStart, Phase, airing, airings_of, board, starting_at, starts_of
from cms.schedule.repository.deliveries import Deliveries
from devices.model import Device, DeviceId, DeviceKind, DeviceStatus
from province.areas import Area, AreaId
from province.errors import NotFoundError
from province.people import UserId
from tests.fakes import programme as programme_fakes

NOW = datetime(2025, 3, 1, 0, 0, tzinfo=UTC)
TODAY = date(2025, 3, 1)
HOUR = timedelta(hours=1)
PROVINCE, ONE, TWO = AreaId("p"), AreaId("c-1"), AreaId("c-2")
SOUND = Rendition("device-opus", "0" * 64, 1, 60_000, "audio/ogg")


def entry(occurrence: str, hour: int) -> PlanEntry:
    start = NOW + hour * HOUR
    return PlanEntry(
        OccurrenceId(occurrence),
        TransmissionId("t1"),
        BulletinId("b1"),
        "Tin",
        start,
        start + timedelta(minutes=1),
        4,
        SOUND,
        After.DROP,
        (),
    )


def unplaced(occurrence: str, hour: int) -> Unplaced:
    start = NOW + hour * HOUR
    end = start + timedelta(minutes=1)
    return Unplaced(OccurrenceId(occurrence), TransmissionId("t1"), BulletinId("b1"), "Tin", start, end, ())


def delivery(device: str, occurrence: str, state: DeliveryState) -> Delivery:
    return Delivery(DeviceId(device), f"Loa {device}", OccurrenceId(occurrence), TransmissionId("t1"), state, NOW)


@pytest.fixture
def programme(units: UowFactory) -> UowFactory:
    """Two communes with two devices and one; one occurrence in both, one that is placed in the first only."""
    with units() as unit:
        unit[Places].add([Area(PROVINCE, "Bình Thuận", "province", None, TODAY)])
        unit[Places].add(Area(each, f"Xã {each}", "commune", PROVINCE, TODAY) for each in (ONE, TWO))
        unit[Devices].add_many(
            Device(DeviceId(name), f"s-{name}", f"Loa {name}", DeviceKind.CLUSTER, area_id, NOW)
            for name, area_id in (("d1", ONE), ("d2", ONE), ("d3", TWO), ("d4", TWO))
        )
        unit[Devices].save(replace(unit[Devices].get(DeviceId("d4")), retired_at=NOW))
        unit[Plans].put(DayPlan(ONE, TODAY, (entry("o1", 1), entry("o2", 2)), ()), "1" * 64, 9, NOW)
        unit[Plans].put(DayPlan(TWO, TODAY, (entry("o1", 1),), (unplaced("o2", 2),)), "2" * 64, 9, NOW)
        unit[Plans].mark_sent(ONE, [(TODAY, "1" * 64)], NOW + HOUR)
        unit[Plans].mark_sent(TWO, [(TODAY, "a plan that was replaced meanwhile")], NOW)
        unit[Deliveries].advance(
            [delivery("d1", "o1", DeliveryState.DONE), delivery("d3", "o1", DeliveryState.RECEIVED)]
        )
        unit.commit()
    return units


def test_the_board_counts_areas_devices_and_rungs(programme: UowFactory) -> None:
    with reading(programme.engine) as session:
        first, second = board(session, None, NOW, NOW + 24 * HOUR)
    assert (first.occurrence_id, first.placed_areas, first.unplaced_areas) == ("o1", 2, 0)
    assert (first.devices, first.sent_devices) == (3, 2)
    assert first.reported == {DeliveryState.DONE: 1, DeliveryState.RECEIVED: 1}
    assert first.not_ready == 2
    assert (second.placed_areas, second.unplaced_areas, second.devices, second.sent_devices) == (1, 1, 2, 2)


def test_the_board_of_an_area_knows_nothing_of_others(programme: UowFactory) -> None:
    with reading(programme.engine) as session:
        first, second = board(session, [TWO], NOW, NOW + 24 * HOUR)
        assert (first.devices, first.sent_devices, first.reported) == (1, 0, {DeliveryState.RECEIVED: 1})
        assert (second.devices, second.placed_areas, second.unplaced_areas) == (0, 0, 1)
        assert [each.occurrence_id for each in board(session, None, NOW + 2 * HOUR, NOW + 24 * HOUR)] == ["o2"]
        assert board(session, [], NOW, NOW + 24 * HOUR) == []


def test_the_reports_of_an_area_are_of_its_devices_alone(programme: UowFactory) -> None:
    with reading(programme.engine) as session:
        first, second = board(session, [TWO], NOW, NOW + 24 * HOUR)
    assert first.reported == {DeliveryState.RECEIVED: 1}
    assert second.reported == {}


def test_an_airing_is_next_then_on_air_then_over() -> None:
    one = Airing(OccurrenceId("o"), BulletinId("b"), "Tin", NOW, NOW + HOUR, 1, 0, 1, 0)
    assert [one.phase(NOW + n * HOUR / 2) for n in (-1, 0, 1, 2)] == [
        Phase.NEXT,
        Phase.ON_AIR,
        Phase.ON_AIR,
        Phase.OVER,
    ]


def test_the_airings_of_a_bulletin_come_in_time_order(programme: UowFactory) -> None:
    with reading(programme.engine) as session:
        assert [each.occurrence_id for each in airings_of(session, BulletinId("b1"))] == ["o1", "o2"]
        assert [each.devices for each in airings_of(session, BulletinId("b1"), [TWO])] == [1, 0]
        assert airings_of(session, BulletinId("unknown")) == []


@pytest.mark.parametrize("areas", [None, [ONE], [TWO], [ONE, TWO], []])
def test_the_starts_of_a_bulletin_are_those_of_its_airings(programme: UowFactory, areas: list[AreaId] | None) -> None:
    with reading(programme.engine) as session:
        for bulletin_id in map(BulletinId, ("b1", "b2", "unknown")):
            whole = airings_of(session, bulletin_id, areas)
            starts = starts_of(session, bulletin_id, areas)
            found = starting_at(session, bulletin_id, starts, areas)
            assert starts == sorted({each.start_at for each in whole})
            assert found == [AiringStart(each.start_at, each.occurrence_id) for each in whole]
            assert [airing(session, each.occurrence_id, areas) for each in found] == whole
            assert starting_at(session, bulletin_id, starts[:1], areas) == found[:1]


def test_the_ladder_names_every_device_and_derives_what_none_has_said(programme: UowFactory) -> None:
    with reading(programme.engine) as session:
        rungs = ladder(session, OccurrenceId("o1")).rows
    assert [(rung.device_id, rung.state) for rung in rungs] == [
        ("d1", DeliveryState.DONE),
        ("d2", DeliveryState.SENT),
        ("d3", DeliveryState.RECEIVED),
    ]
    assert rungs[1].changed_at == NOW + HOUR
    with reading(programme.engine) as session:
        [second] = [rung for rung in ladder(session, OccurrenceId("o2")).rows if rung.device_id == "d1"]
        assert second.state is DeliveryState.SENT
        assert [rung.device_id for rung in ladder(session, OccurrenceId("o1"), areas=[TWO]).rows] == ["d3"]


def test_a_device_whose_plan_did_not_go_out_is_planned(programme: UowFactory) -> None:
    with programme() as unit:
        unit[Plans].put(DayPlan(ONE, TODAY, (entry("o1", 1),), ()), "3" * 64, 9, NOW)
        unit.commit()
    with reading(programme.engine) as session:
        rungs = ladder(session, OccurrenceId("o1")).rows
    assert (rungs[1].device_id, rungs[1].state, rungs[1].changed_at) == ("d2", DeliveryState.PLANNED, None)


def test_a_device_that_moved_or_left_keeps_its_rung(programme: UowFactory) -> None:
    with programme() as unit:
        unit[Devices].save(replace(unit[Devices].get(DeviceId("d1")), retired_at=NOW))
        unit[Devices].save(replace(unit[Devices].get(DeviceId("d3")), area_id=PROVINCE))
        unit[Deliveries].advance([delivery("gone", "o1", DeliveryState.MISSED)])
        unit.commit()
    with reading(programme.engine) as session:
        rungs = {rung.device_id: (rung.state, rung.device_name) for rung in ladder(session, OccurrenceId("o1")).rows}
    assert rungs == {
        "d1": (DeliveryState.DONE, "Loa d1"),
        "d2": (DeliveryState.SENT, "Loa d2"),
        "d3": (DeliveryState.RECEIVED, "Loa d3"),
        "gone": (DeliveryState.MISSED, "Loa gone"),
    }


def test_the_ladder_comes_in_pages(programme: UowFactory) -> None:
    seen: list[str] = []
    after = ""
    with reading(programme.engine) as session:
        while True:
            page = ladder(session, OccurrenceId("o1"), after=after, limit=1)
            seen += [rung.device_id for rung in page.rows]
            after = page.next_cursor
            if not after:
                break
    assert seen == ["d1", "d2", "d3"]


def _run(device: str, record: str, minute: int, **more: Any) -> AsRun:
    started = NOW + timedelta(minutes=minute)
    told = (OccurrenceId("o1"), TransmissionId("t1"), "Tin", "0" * 64, NOW, started, started, "cut", "", 80, NOW)
    return replace(AsRun(DeviceId(device), "L", record, *told), **more)


def test_as_runs_of_an_airing_come_by_device_and_start(programme: UowFactory) -> None:
    runs = [_run("d2", "r1", 1), _run("d1", "r2", 5), _run("d1", "r1", 1)]
    with programme() as unit:
        unit[Deliveries].record(runs)
        unit[Deliveries].record([])
        unit[Deliveries].advance([])
        unit.commit()
    with reading(programme.engine) as session:
        assert [(each.device_id, each.record_id) for each in as_runs_of(session, OccurrenceId("o1"))] == [
            ("d1", "r1"),
            ("d1", "r2"),
            ("d2", "r1"),
        ]
        assert len(as_runs_of(session, OccurrenceId("o1"), [DeviceId("d2")])) == 1


def word(device: str, conn: int, *, online: bool = True) -> DeviceStatus:
    return DeviceStatus(DeviceId(device), online, conn, NOW, firmware="1.0", plan_versions=((ONE, 3),))


def test_an_older_connections_word_never_wins(programme: UowFactory) -> None:
    with programme() as unit:
        assert unit[Devices].status(DeviceId("d1")) is None
        assert unit[Devices].report(word("d1", 7))
        assert unit[Devices].report(word("d1", 7, online=False))
        assert not unit[Devices].report(word("d1", 6))
        unit.commit()
    with programme() as unit:
        assert unit[Devices].status(DeviceId("d1")) == word("d1", 7, online=False)
    with reading(programme.engine) as session:
        assert statuses(session, [DeviceId("d1"), DeviceId("d2")]) == {"d1": word("d1", 7, online=False)}


def test_devices_are_listed_with_their_last_word(programme: UowFactory) -> None:
    with programme() as unit:
        unit[Devices].report(word("d1", 1))
        unit[Devices].report(word("d3", 1, online=False))
        unit.commit()
    with reading(programme.engine) as session:
        everything = found_devices(session).rows
        assert [(line.device.id, line.is_online) for line in everything] == [
            ("d1", True),
            ("d2", False),
            ("d3", False),
        ]
        assert everything[0].status == word("d1", 1)
        assert [line.device.id for line in found_devices(session, DeviceFilter(is_online=True)).rows] == ["d1"]
        assert [line.device.id for line in found_devices(session, DeviceFilter(is_online=False)).rows] == ["d2", "d3"]
        assert [line.device.id for line in found_devices(session, DeviceFilter([TWO])).rows] == ["d3"]
        first = found_devices(session, limit=2)
        assert [line.device.id for line in found_devices(session, after=first.next_cursor, limit=2).rows] == ["d3"]


def test_areas_are_listed_with_the_devices_that_stand_in_them(programme: UowFactory) -> None:
    with programme() as unit:
        unit[Devices].report(word("d1", 1))
        unit[Places].close([TWO], TODAY)
        unit.commit()
    with reading(programme.engine) as session:
        in_force = {line.id: (line.devices, line.online) for line in area_lines(session)}
        with_closed = {line.id: line.valid_to for line in area_lines(session, with_closed=True)}
    assert in_force == {PROVINCE: (0, 0), ONE: (2, 1)}
    assert with_closed == {PROVINCE: None, ONE: None, TWO: TODAY}


def test_a_closed_area_is_no_planning_area(programme: UowFactory) -> None:
    with programme() as unit:
        unit[Places].close([TWO], TODAY)
        assert unit[Devices].planning_areas() == [ONE]
        assert set(unit[Devices].get_many([DeviceId("d1"), DeviceId("nothing")])) == {"d1"}
        with pytest.raises(NotFoundError):
            unit[Devices].save(replace(unit[Devices].get(DeviceId("d1")), id=DeviceId("nothing"), serial="x"))


def test_plans_of_days_to_come_can_be_dropped(programme: UowFactory) -> None:
    with programme() as unit:
        unit[Plans].put(DayPlan(ONE, TODAY + timedelta(days=1), (entry("o3", 25),), ()), "4" * 64, 9, NOW)
        unit[Plans].drop_after([ONE], TODAY)
        unit.commit()
    with programme() as unit:
        assert unit[Plans].get(ONE, TODAY + timedelta(days=1)) is None
        assert unit[Plans].get(ONE, TODAY) is not None


def test_what_was_addressed_to_an_old_place_reaches_its_successors(units: UowFactory) -> None:
    old, new, other = AreaId("old"), AreaId("new"), AreaId("other")
    with units() as unit:
        unit[Places].add([Area(old, "Cũ", "commune", None, TODAY, TODAY)])
        unit[Places].add([Area(new, "Mới", "commune", None, TODAY, predecessors=(old,))])
        unit[Places].add([Area(other, "Khác", "commune", None, TODAY)])
        unit[Bulletins].add(programme_fakes.bulletin("b1"))
        unit[Transmissions].add(_to(old))
        unit.commit()
    with units() as unit:
        assert [each.id for each in unit[Transmissions].reaching([new], NOW)] == ["t1"]
        assert unit[Transmissions].reaching([other], NOW) == []


def _to(area_id: AreaId) -> Transmission:
    return Transmission(
        TransmissionId("t1"), BulletinId("b1"), 1, "Tin", PriorityClass.NORMAL, 4, Targets((area_id,)), (), SOUND,
        After.DROP, UserId("u1"), "A", UserId("u2"), "B", NOW,
    )  # fmt: skip


def test_the_records_of_a_day_are_counted_by_result_whenever_they_were_planned(programme: UowFactory) -> None:
    day = timedelta(days=1)
    planned = [NOW - day - HOUR, NOW - day, NOW - HOUR, NOW - HOUR, NOW - HOUR, NOW]
    results = ["done", "done", "done", "done", "missed", "cut"]
    runs = [
        _run("d1", f"r{number}", 0, planned_at=at, result=result)
        for number, (at, result) in enumerate(zip(planned, results, strict=True))
    ]
    with programme() as unit:
        unit[Deliveries].record(runs)
        unit.commit()
    with reading(programme.engine) as session:
        assert work_counts(session, NOW).airings == {"done": 3, "missed": 1, "cut": 1}
