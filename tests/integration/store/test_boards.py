"""Repositories of board plans and screens, and the queries people read of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.model import BoardText, BulletinId, Targets
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from cms.areas.repository import Places
from cms.boards.queries import boards_of, screens_standing
from cms.boards.repository import BoardPlans, StoredBoardPlan
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UowFactory
from cms.schedule.queries.airings import airings_of
from cms.schedule.repository.deliveries import Deliveries
from cms.schedule.repository.last_airing import SLACK, ends_at
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol.boards import USUAL, Screen
from tests.fakes.programme import AREAS, BULLETINS, C1, C2, C3, NORTH, NOW, PROVINCE, device, transmission

TEXT = BoardText("Mất điện.")
LATER = NOW + timedelta(hours=1)


def board(area_id: str, **more: object) -> Device:
    values: dict[str, object] = {"kind": DeviceKind.BOARD, "name": f"Bảng {area_id}", **more}
    return replace(device(f"{area_id}-b1", C1), area_id=area_id, **values)  # type: ignore[arg-type] # each test names fields


@pytest.fixture
def boards(units: UowFactory) -> UowFactory:
    """A board in each commune; the bulletin is for the north."""
    with units() as unit:
        unit[Places].add(AREAS)
        unit[Devices].add_many([board(C1), board(C2), board(C3), device("l1", C1), device("l2", C1)])
        for bulletin in BULLETINS:
            unit[Bulletins].add(bulletin)
        unit[Transmissions].add(transmission("t1", targets=Targets((NORTH,)), board=TEXT))
        unit[Transmissions].add(transmission("t2"))
        unit[BoardPlans].put(StoredBoardPlan(C1, "1" * 64, 9, is_empty=False, built_at=NOW))
        unit.commit()
    return units


def test_a_text_is_kept_with_bulletin_and_transmission(boards: UowFactory) -> None:
    with boards() as unit:
        found = unit[Bulletins].get(BulletinId("b-t1"))
        unit[Bulletins].save(replace(found, version=2, board=replace(TEXT, minutes=5)))
        unit.commit()
        assert unit[Bulletins].get(found.id).board == BoardText("Mất điện.", minutes=5)
        assert unit[Transmissions].get(TransmissionId("t1")).board == TEXT
        assert unit[Transmissions].get(TransmissionId("t2")).board is None


def test_an_areas_plan_is_replaced_and_marked_as_sent_and_dropped(boards: UowFactory) -> None:
    newer = StoredBoardPlan(C1, "2" * 64, 8, is_empty=True, built_at=LATER)
    with boards() as unit:
        unit[BoardPlans].put(newer)
        unit[BoardPlans].mark_sent(C1, "1" * 64, LATER)
        assert unit[BoardPlans].get(C1) == newer
        assert [line.state for line in boards_of(unit, BulletinId("b-t1"), [C1])] == [DeliveryState.PLANNED]
        unit[BoardPlans].mark_sent(C1, "2" * 64, LATER)
        assert [line.state for line in boards_of(unit, BulletinId("b-t1"), [C1])] == [DeliveryState.SENT]
        unit[BoardPlans].drop([C1])
        assert unit[BoardPlans].get(C1) is None


def test_areas_with_boards_are_known(boards: UowFactory) -> None:
    with boards() as unit:
        unit[Devices].save(board(C2, retired_at=NOW))
        assert sorted(unit[Devices].with_boards([PROVINCE, C1, C2])) == [C1]


def test_the_screens_that_stand_in_each_area_are_told_with_how_many(boards: UowFactory) -> None:
    led = Screen(w=96, h=32, colours="three")
    with boards() as unit:
        unit[Devices].save(board(C1, screen=led))
        unit[Devices].save(board(C3, screen=led))
        unit[Devices].add(
            replace(board(C3, screen=Screen(w=192, h=64)), id=DeviceId("b9"), serial="s9", retired_at=NOW)
        )
        unit.commit()
        assert unit[Devices].get(DeviceId(f"{C1}-b1")).screen == led
        standing = screens_standing(unit.session)
        assert {area: dict(sorts) for area, sorts in standing.items()} == {C1: {led: 1}, C2: {USUAL: 1}, C3: {led: 1}}


def test_boards_are_told_apart_from_loudspeakers_with_their_own_words(boards: UowFactory) -> None:
    first, second = OccurrenceId("t1-board-1"), OccurrenceId("t1-board-2")
    one, two = DeviceId(f"{C1}-b1"), DeviceId(f"{C2}-b1")
    with boards() as unit:
        unit[Deliveries].advance(
            [
                Delivery(one, "Bảng", first, TransmissionId("t1"), DeliveryState.DONE, LATER),
                Delivery(one, "Bảng", second, TransmissionId("t1"), DeliveryState.READY, LATER),
                Delivery(two, "Bảng", second, TransmissionId("t1"), DeliveryState.STARTED, LATER),
            ]
        )
        of = TransmissionId("t1")
        run = AsRun(one, "Bảng", "r1", first, of, "Tin", "0" * 64, NOW, NOW, LATER, "done", "", 0, LATER)
        unit[Deliveries].record([run])
        unit.commit()
        lines = boards_of(unit, BulletinId("b-t1"), [C1, C2, C3])
        assert [(line.device_id, line.state, line.started_at, line.ended_at) for line in lines] == [
            (one, DeliveryState.DONE, NOW, LATER),
            (two, DeliveryState.STARTED, LATER, None),
        ]
        assert boards_of(unit, BulletinId("b-t1"), [C3]) == ()
        assert boards_of(unit, BulletinId("b-t2"), [C1]) == ()
        assert airings_of(unit.session, BulletinId("b-t1")) == []


def test_what_is_shown_longer_than_it_airs_is_known_to_the_planner_so_long() -> None:
    until_at = datetime(2026, 6, 1, tzinfo=UTC)
    sound = timedelta(minutes=2)
    assert ends_at(transmission(board=TEXT, valid_until_at=until_at)) == until_at + sound + SLACK
    plain, shown = ends_at(transmission()), ends_at(transmission(board=replace(TEXT, minutes=600)))
    assert plain is not None
    assert shown is not None
    assert shown - plain == timedelta(minutes=598)
