"""Audiences of past airings: claiming, moving, shutting off or renaming a device later changes no past figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import TypeVar, cast
from unittest.mock import patch

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import OrderReach, Stop, StopId
from broadcast.alerts.rounds import RoundState
from broadcast.bulletins.deliveries import Delivery, DeliveryState
from broadcast.bulletins.model import After, BulletinId, Rendition
from broadcast.bulletins.transmissions import DayPlan, OccurrenceId, PlanEntry, TransmissionId
from cms.alerts.queries.ladder import DeliveryRung, by_area, ladder
from cms.alerts.queries.order_moment import NO_ORDER
from cms.alerts.queries.reaches import reach_map
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Plans
from cms.bulletins.tables.bulletins import PlanItemRow
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from cms.schedule.jobs import AudienceJob
from cms.schedule.queries import airings
from cms.schedule.queries.airings import Airing, airing
from cms.schedule.queries.readiness import failures_of
from cms.schedule.repository.airing_counts import COUNTED_AFTER, LATE_FOR, airings_to_count, count_reports
from cms.schedule.repository.deliveries import Deliveries, begun_airings, freeze_audience
from cms.schedule.tables import AiredAudienceRow
from devices.model import Device, DeviceId, DeviceKind
from province.areas import Area, AreaId, Point
from province.people import UserId
from tests.integration.process import until

NOW = datetime(2025, 3, 1, 0, 0, tzinfo=UTC)
TODAY = date(2025, 3, 1)
BEGINS = NOW + timedelta(hours=1)
OVER = BEGINS + timedelta(minutes=1) + COUNTED_AFTER
PROVINCE, ONE, TWO = AreaId("p"), AreaId("c-1"), AreaId("c-2")
AIRING = OccurrenceId("t1-s-1")
DONE = DeliveryState.DONE
Found = TypeVar("Found")
_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'deliveries'::regclass")
SOUND = Rendition("device-opus", "0" * 64, 1, 60_000, "audio/ogg")
HERE, THERE = Point(10.9, 108.2), Point(11.1, 108.4)


def entry(occurrence_id: OccurrenceId = AIRING) -> PlanEntry:
    end_at = BEGINS + timedelta(minutes=1)
    about = (TransmissionId("t1"), BulletinId("b1"), "Tin")
    return PlanEntry(occurrence_id, *about, BEGINS, end_at, 4, SOUND, After.DROP, ())


def device(name: str, area_id: AreaId, kind: DeviceKind = DeviceKind.CLUSTER) -> Device:
    return Device(DeviceId(name), f"s-{name}", f"Loa {name}", kind, area_id, NOW, point=HERE)


def say(units: UowFactory, name: str, state: DeliveryState) -> None:
    with units() as unit:
        found = Delivery(DeviceId(name), f"Loa {name}", AIRING, TransmissionId("t1"), state, NOW)
        unit[Deliveries].advance([replace(found, area_id=unit[Devices].get(found.device_id).area_id)])
        unit.commit()


@pytest.fixture
def street(units: UowFactory) -> UowFactory:
    """Three loudspeakers and a board in one commune, one loudspeaker in another, and an airing meant for both."""
    with units() as unit:
        unit[Places].add([Area(PROVINCE, "Bình Thuận", "province", None, TODAY)])
        unit[Places].add(Area(each, f"Xã {each}", "commune", PROVINCE, TODAY) for each in (ONE, TWO))
        unit[Devices].add_many(
            [
                *(device(name, ONE) for name in ("d1", "d2", "d3")),
                device("b1", ONE, DeviceKind.BOARD),
                device("e1", TWO),
            ]
        )
        for area_id, digest in ((ONE, "1"), (TWO, "2")):
            unit[Plans].put(DayPlan(area_id, TODAY, (entry(),), ()), digest * 64, 9, NOW)
            unit[Plans].mark_sent(area_id, [(TODAY, digest * 64)], NOW)
        unit.commit()
    return units


def write_each(
    units: UowFactory, found: Sequence[Found], write: Callable[[Session, Found, datetime], object], now: datetime
) -> int:
    """Write each in a transaction of its own, as the job does; return their number."""
    for each in found:
        with units() as unit:
            write(unit.session, each, now)
            unit.commit()
    return len(found)


def air(units: UowFactory, now: datetime = BEGINS) -> int:
    with reading(units.engine) as session:
        found = begun_airings(session, now, 9)
    return write_each(units, found, freeze_audience, now)


def count(units: UowFactory, now: datetime = OVER) -> int:
    with reading(units.engine) as session:
        found = airings_to_count(session, now, 9)
    return write_each(units, found, count_reports, now)


def shown(units: UowFactory, areas: list[AreaId] | None = None) -> Airing:
    with reading(units.engine) as session:
        found = airing(session, AIRING, areas)
    assert found is not None
    return found


def rungs(units: UowFactory, areas: list[AreaId] | None = None) -> list[DeliveryRung]:
    with reading(units.engine) as session:
        return list(ladder(session, AIRING, areas=areas).rows)


def everything(units: UowFactory) -> object:
    """Return all figures of the airing for screens and programs, whole and by commune."""
    with reading(units.engine) as session:
        return (
            [(shown(units, areas), rungs(units, areas)) for areas in (None, [ONE], [TWO])],
            by_area(session, AIRING),
            failures_of(session, [AIRING], [ONE]),
        )


def change(units: UowFactory, device_id: str, **fields: object) -> None:
    with units() as unit:
        unit[Devices].save(replace(unit[Devices].get(DeviceId(device_id)), **fields))  # type: ignore[arg-type] # of a device
        unit.commit()


def test_no_later_change_of_a_device_changes_what_aired(street: UowFactory) -> None:
    """Before, a box claimed at 16:24 turned 13 of 13 of an airing at 16:11 into 13 of 14, and moving it undid that."""
    say(street, "d1", DeliveryState.DONE)
    say(street, "d2", DeliveryState.CUT)
    assert air(street) == 1
    assert air(street) == 0
    before = everything(street)
    assert (shown(street).devices, shown(street, [ONE]).devices) == (4, 3)
    with street() as unit:
        unit[Devices].add_many([device("d9", ONE)])
        unit.commit()
    assert everything(street) == before
    change(street, "d1", area_id=TWO, name="Loa khác")
    change(street, "d2", area_id=TWO, quarantined=True)
    change(street, "d3", retired_at=BEGINS + timedelta(hours=1))
    change(street, "e1", area_id=ONE)
    assert everything(street) == before


def test_who_has_said_nothing_is_listed_where_it_stood_and_is_no_report(street: UowFactory) -> None:
    say(street, "d1", DeliveryState.DONE)
    air(street)
    change(street, "d2", area_id=TWO)
    assert [(each.device_id, each.state) for each in rungs(street, [ONE])] == [
        ("d1", DeliveryState.DONE),
        ("d2", DeliveryState.SENT),
        ("d3", DeliveryState.SENT),
    ]
    assert shown(street).reported == {DeliveryState.DONE: 1}
    assert shown(street).devices == 4
    # A later report replaces it.
    say(street, "d2", DeliveryState.DONE)
    assert shown(street, [ONE]).reported == {DeliveryState.DONE: 2}


def test_until_it_airs_it_is_meant_for_whoever_stands_there(street: UowFactory) -> None:
    say(street, "d1", DeliveryState.READY)
    assert air(street, BEGINS - timedelta(seconds=1)) == 0
    change(street, "d1", area_id=TWO)
    assert (shown(street, [ONE]).devices, shown(street, [TWO]).devices) == (2, 2)
    air(street)
    assert [each.device_id for each in rungs(street, [TWO])] == ["d1", "e1"]
    assert shown(street, [TWO]).reported == {DeliveryState.READY: 1}


def test_boards_are_in_neither_part_of_the_fraction(street: UowFactory) -> None:
    """Before, "seven of five loudspeakers were not ready": boards were counted among the devices that had answered."""
    for name in ("d1", "d2", "d3", "e1", "b1"):
        say(street, name, DeliveryState.DONE)
    assert (shown(street).devices, shown(street).reported) == (4, {DeliveryState.DONE: 4})
    air(street)
    assert (shown(street).devices, shown(street).reported) == (4, {DeliveryState.DONE: 4})
    assert "b1" not in {each.device_id for each in rungs(street)}


def test_every_rung_that_devices_report_is_counted_by_place_without_boards(street: UowFactory) -> None:
    told = {"d1": DeliveryState.STARTED, "d2": DeliveryState.STARTED, "d3": DeliveryState.MISSED}
    for name, state in {**told, "b1": DeliveryState.STARTED, "e1": DeliveryState.SENT}.items():
        say(street, name, state)
    assert shown(street, [ONE]).reported == Counter(told.values())
    assert shown(street).reported == Counter(told.values())
    assert shown(street, [TWO]).reported == {}
    for name, state in {"e1": DeliveryState.RECEIVED, "d1": DeliveryState.CUT, "b1": DeliveryState.DONE}.items():
        say(street, name, state)
    assert shown(street, [TWO]).reported == {DeliveryState.RECEIVED: 1}
    assert shown(street, [ONE]).reported == Counter([DeliveryState.CUT, told["d2"], told["d3"]])


def test_the_counts_of_an_airing_that_is_over_are_those_of_its_reports(street: UowFactory) -> None:
    told = {"d1": DeliveryState.DONE, "d2": DeliveryState.CUT, "b1": DeliveryState.DONE, "e1": DeliveryState.MISSED}
    for name, state in told.items():
        say(street, name, state)
    air(street)
    before = everything(street)
    assert count(street, OVER - timedelta(seconds=1)) == 0
    assert count(street) == 1
    assert count(street) == 0
    with patch.object(airings, "boards", side_effect=AssertionError("counted again")):
        counted = [(shown(street, areas).devices, shown(street, areas).reported) for areas in (None, [ONE], [TWO])]
    assert everything(street) == before
    assert counted == [
        (4, Counter([DeliveryState.DONE, DeliveryState.CUT, DeliveryState.MISSED])),
        (3, Counter([DeliveryState.DONE, DeliveryState.CUT])),
        (1, Counter([DeliveryState.MISSED])),
    ]


def test_a_report_after_the_count_counts_at_once_and_is_counted_then(street: UowFactory) -> None:
    air(street)
    count(street)
    say(street, "d3", DeliveryState.DONE)
    assert shown(street).reported == shown(street, [ONE]).reported == {DeliveryState.DONE: 1}
    assert count(street) == 1
    assert shown(street).reported == shown(street, [ONE]).reported == {DeliveryState.DONE: 1}


def test_a_report_that_is_being_stored_meanwhile_is_in_the_count_or_takes_it_away(street: UowFactory) -> None:
    air(street)
    with ThreadPoolExecutor(1) as another, street() as unit:
        unit[Deliveries].advance([Delivery(DeviceId("d3"), "Loa d3", AIRING, TransmissionId("t1"), DONE, NOW, "", ONE)])
        counting = another.submit(count, street)
        if street.engine.dialect.name == "postgresql":
            with street.engine.connect() as looking:
                until(lambda: looking.execute(_WAITING).scalar_one() == 1)
        unit.commit()
        assert counting.result() == 1
    assert shown(street).reported == shown(street, [ONE]).reported == {DONE: 1}


def test_an_area_whose_audience_is_frozen_late_is_counted_with_the_others(street: UowFactory) -> None:
    with street() as unit:
        (begun,) = begun_airings(unit.session, BEGINS, 9)
        freeze_audience(unit.session, begun._replace(areas={ONE: NOW}), BEGINS)
        unit.commit()
    say(street, "e1", DeliveryState.DONE)
    assert count(street) == 1
    assert count(street) == 0
    assert (shown(street).reported, shown(street, [ONE]).reported) == ({DeliveryState.DONE: 1}, {})
    air(street, OVER)
    assert count(street, OVER + COUNTED_AFTER) == 1
    assert (shown(street).reported, shown(street, [ONE]).reported) == ({DeliveryState.DONE: 1}, {})


def test_an_airing_with_a_report_from_elsewhere_keeps_it_and_is_looked_at_once(street: UowFactory) -> None:
    air(street)
    with street() as unit:
        unit[Places].add([Area(AreaId("c-3"), "Xã khác", "commune", PROVINCE, TODAY)])
        unit[Devices].add_many([device("x1", AreaId("c-3"))])
        unit.commit()
    say(street, "x1", DeliveryState.DONE)
    assert count(street) == 1
    assert shown(street).reported == {DeliveryState.DONE: 1}
    assert shown(street, [ONE]).reported == {}
    assert count(street) == 0


def test_an_airing_that_no_area_has_placed_is_never_counted_and_shows_what_was_reported(street: UowFactory) -> None:
    with street() as unit:
        unit.session.execute(update(PlanItemRow).values(placed=False))
        unit.commit()
    say(street, "d1", DeliveryState.READY)
    assert (air(street), count(street)) == (0, 0)
    assert shown(street).reported == {DeliveryState.READY: 1}


def test_the_job_freezes_what_has_begun_and_counts_what_is_over(street: UowFactory) -> None:
    clock = iter([BEGINS, BEGINS, OVER, OVER])
    context = SimpleNamespace(now=lambda: next(clock), engine=street.engine, uow=street)
    job = AudienceJob(cast("Context", context))
    assert [job.step() for _ in range(4)] == [1, 0, 1, 0]
    with reading(street.engine) as session:
        assert set(session.scalars(select(AiredAudienceRow.counted_at))) == {OVER}


def test_what_began_long_ago_is_left_as_it_is(street: UowFactory) -> None:
    assert air(street, BEGINS + LATE_FOR) == 0


def test_the_map_of_an_alert_shows_devices_where_they_stood(street: UowFactory) -> None:
    with street() as unit:
        unit[Orders].add_stop(Stop(StopId("s1"), (ONE,), 9, "", UserId("u1"), "Lan", NOW))
        unit[Orders].expect([OrderReach(OrderId("s1"), DeviceId(name), f"Loa {name}", ONE) for name in ("d1", "d2")])
        unit.commit()
    with street() as unit:
        unit[Orders].keep_place(DeviceId("d1"), HERE)
        unit[Devices].save(replace(unit[Devices].get(DeviceId("d1")), point=THERE))
        unit.commit()
    with street() as unit:
        unit[Orders].keep_place(DeviceId("d1"), THERE)
        unit[Devices].save(replace(unit[Devices].get(DeviceId("d1")), point=None))
        unit.commit()
    with reading(street.engine) as session:
        areas, posts = reach_map(session, "s1", NO_ORDER, lambda _: True)
    assert areas == {ONE: {RoundState.WAITING: 2}}
    assert [each.point for each in posts] == [HERE, HERE]
