from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from broadcast.stations.model import Programme, ProgrammeProgress
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.stations.repository import Programmes
from cms.stations.service import programme_reports
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol.messages import ProgrammeStageReport
from tests.builders.in_memory.station_world import FILES, Airwaves
from tests.fakes.programme import NORTH, NOW

RECEIVER = Device(DeviceId("p-n-s01"), "S-1", "Máy thu đài Bắc", DeviceKind.STATION, NORTH, NOW)
NOW_MS = int(NOW.timestamp() * 1000)


@pytest.fixture
def world() -> Airwaves:
    world = Airwaves()
    with world.store() as uow:
        uow[Devices].add(RECEIVER)
        uow.commit()
    world.register(device_id=RECEIVER.id)
    return world


def made(world: Airwaves) -> Programme:
    bulletin = world.aired()
    world.finish(world.programme(bulletin))
    return world.programme(bulletin)


def word(
    programme: Programme, rung: str = "aired", at: int = NOW_MS, rid: str = "r-1", **more: Any
) -> ProgrammeStageReport:
    return ProgrammeStageReport(rid=rid, programme=programme.id, rung=rung, at=at, **more)


def hear(world: Airwaves, *words: ProgrammeStageReport, by: Device = RECEIVER) -> int:
    with world.store() as uow:
        new = programme_reports.hear(uow, by, words, NOW)
        uow.commit()
    return new


def receipted(world: Airwaves) -> list[object]:
    return [message.payload["refs"] for message in world.outbox(OutboxKind.RECEIPT)]


def test_a_receivers_word_is_its_stations_kept_once_and_receipted_each_time(world: Airwaves) -> None:
    programme = made(world)
    found = [
        word(programme, "verified", rid="r-1", sha256=FILES[1].sha256),
        word(programme, "aired", rid="r-2", dur_ms=61_000),
    ]
    assert hear(world, *found) == 2
    assert hear(world, *found) == 0
    with world.store() as uow:
        kept = uow[Programmes].receipts(programme.id)
    assert {(each.rung, each.at, each.duration_ms, each.reported_by_name) for each in kept} == {
        (ProgrammeProgress.VERIFIED, NOW, None, "Máy thu đài Bắc"),
        (ProgrammeProgress.AIRED, NOW, 61_000, "Máy thu đài Bắc"),
    }
    assert receipted(world) == [["r-1", "r-2"]] * 2
    assert world.events().count("station.told") == 1
    assert hear(world) == 0
    assert len(receipted(world)) == 2


def test_what_was_told_by_api_is_the_same_word(world: Airwaves) -> None:
    programme = made(world)
    hear(world, word(programme, rid="r-1"))
    assert hear(world, word(programme, rid="r-9")) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"rung": "archived"},
        {"at": 2**53 - 1},
        {"at": NOW_MS + 3_600_000},
        {"rung": "verified", "sha256": "0" * 64},
        {"rung": "verified"},
        {"dur_ms": 86_400_001},
    ],
)
def test_what_makes_no_sense_is_logged_and_receipted_and_the_rest_is_kept(
    world: Airwaves, wrong: dict[str, Any]
) -> None:
    programme = made(world)
    assert hear(world, word(programme, **{"rid": "r-bad", **wrong}), word(programme, rid="r-good")) == 1
    assert receipted(world) == [["r-bad", "r-good"]]
    assert world.events().count("device.odd_word") == 1


def test_of_a_device_that_is_no_stations_and_of_programmes_of_others_nothing_is_kept(world: Airwaves) -> None:
    programme = made(world)
    stranger = Device(DeviceId("p-n-s02"), "S-2", "Máy lạ", DeviceKind.STATION, NORTH, NOW)
    assert hear(world, word(programme), by=stranger) == 0
    unknown = ProgrammeStageReport(rid="r-2", programme="none", rung="aired", at=NOW_MS)
    assert hear(world, unknown) == 0
    assert receipted(world) == [["r-1"], ["r-2"]]
    assert world.events().count("device.odd_word") == 2


def test_a_message_of_odd_words_is_one_line_of_the_log_with_their_number(world: Airwaves) -> None:
    words = [ProgrammeStageReport(rid=f"r-{number}", programme="none", rung="aired", at=NOW_MS) for number in range(50)]
    assert hear(world, *words) == 0
    (event,) = [each for each in world.store.events() if each.name == "device.odd_word"]
    assert event.detail == {"count": 50, "word": "r-0", "programme": "none", "rung": "aired"}


def test_what_is_scheduled_may_lie_ahead(world: Airwaves) -> None:
    programme = made(world)
    ahead = NOW + timedelta(days=3)
    assert hear(world, word(programme, "scheduled", int(ahead.timestamp() * 1000))) == 1
