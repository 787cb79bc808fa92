from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from broadcast.bulletins.model import Targets
from broadcast.stations import as_run_log
from broadcast.stations.model import (
    LicenceState,
    Programme,
    ProgrammeId,
    ProgrammeProgress,
    Station,
    StationReport,
)
from broadcast.stations.rules import CRAWL_MAX, crawl_of, dates_of, is_over, ladder, licence_state
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.stations.service import register
from cms.stations.service.register import StationDraft
from devices.model import Device, DeviceId, DeviceKind
from province.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from province.people import Action
from tests.builders.in_memory.station_world import FILES, PROGRAMME, STATION, Airwaves, receipt
from tests.fakes.programme import AUTHOR, C3, NORTH, NOW, PROVINCE, SOUTH, device, local, schedule, transmission

NEW_YEARS_EVE = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("more", "on", "expected"),
    [
        ({}, date(2026, 3, 2), LicenceState.VALID),
        ({}, date(2026, 10, 1), LicenceState.VALID),
        ({}, date(2026, 10, 2), LicenceState.EXPIRING),
        ({}, NEW_YEARS_EVE, LicenceState.EXPIRING),
        ({}, date(2027, 1, 1), LicenceState.EXPIRED),
        ({"licence_no": ""}, NEW_YEARS_EVE, LicenceState.MISSING),
        ({"licence_until_on": None}, NEW_YEARS_EVE, LicenceState.MISSING),
        ({"transmits": False}, date(2030, 1, 1), LicenceState.NOT_NEEDED),
    ],
)
def test_a_licence_is_told_of_ninety_days_ahead(more: dict[str, object], on: date, expected: LicenceState) -> None:
    assert licence_state(replace(STATION, **more), on) is expected  # type: ignore[arg-type]


def test_a_crawl_is_one_line_cut_at_a_word() -> None:
    assert crawl_of("Lịch  tiêm", "Sáng\nthứ hai.") == "Lịch tiêm. Sáng thứ hai."
    assert crawl_of("Lịch tiêm", "  ") == "Lịch tiêm"
    long = crawl_of("Tin", "chữ " * 200)
    assert len(long) <= CRAWL_MAX
    assert long.endswith("chữ…")
    assert crawl_of("a" * 500, "") == "a" * (CRAWL_MAX - 1) + "…"


def test_a_programme_may_be_aired_from_the_first_airing_to_the_end_of_the_last_ones_date() -> None:
    once = transmission("t1", schedule("2026-03-02T17:00"), schedule("2026-03-04T23:59:30"))
    start_at, end_at, kill_at = dates_of(once)
    assert start_at == local("2026-03-02T17:00")
    # It begins on the fourth and ends on the fifth.
    assert end_at == local("2026-03-05T23:59:59")
    assert kill_at == local("2026-03-12T23:59:59")


def test_validity_goes_before_airings_and_what_goes_on_for_ever_has_no_end() -> None:
    daily = transmission("t1", schedule(rrule="FREQ=DAILY"))
    assert dates_of(daily) == (local("2026-03-02T17:00"), None, None)
    bounded = replace(daily, valid_from_at=NOW, valid_until_at=NOW + timedelta(days=3))
    assert dates_of(bounded)[:2] == (NOW, NOW + timedelta(days=3))
    over = transmission("t1", schedule("2026-02-01T17:00"))
    assert dates_of(over)[:2] == (over.approved_at, local("2026-03-01T23:59:59"))


def test_what_is_killed_or_past_its_date_is_over() -> None:
    assert not is_over(PROGRAMME, NOW)
    assert is_over(replace(PROGRAMME, killed_at=NOW), NOW)
    assert is_over(PROGRAMME, NOW + timedelta(days=8))
    assert not is_over(replace(PROGRAMME, kill_at=None), NOW + timedelta(days=800))


def test_a_ladder_holds_the_newest_word_on_the_present_files_alone() -> None:
    later = NOW + timedelta(hours=1)
    words = [
        receipt(ProgrammeProgress.AIRED, later),
        receipt(ProgrammeProgress.AIRED, NOW),
        receipt(ProgrammeProgress.VERIFIED, NOW, sha256=FILES[0].sha256),
        receipt(ProgrammeProgress.DOWNLOADED, NOW, sha256="0" * 64),
        receipt(ProgrammeProgress.SCHEDULED, NOW - timedelta(days=1)),
    ]
    climbed = ladder(PROGRAMME, words)
    assert {rung: each.at for rung, each in climbed.items()} == {
        ProgrammeProgress.VERIFIED: NOW,
        ProgrammeProgress.AIRED: later,
    }
    assert list(climbed) == [ProgrammeProgress.VERIFIED, ProgrammeProgress.AIRED]


def test_a_log_is_read_as_station_software_writes_it() -> None:
    lines = as_run_log.read(
        "\ufeffCut ID;Aired at;Rung;Duration;SHA256;note\n"
        "B-T1;2026-03-02 17:00:00;;1:02:03,5;;x\n\n"
        f"b-t1;2026-03-02T10:30:00Z;Verified;;{'D' * 64};\n"
    )
    assert [(each.number, each.at, each.report) for each in lines] == [
        (
            2,
            "2026-03-02 17:00:00",
            StationReport(PROGRAMME.id, ProgrammeProgress.AIRED, local("2026-03-02T17:00"), "", 3_723_500),
        ),
        (
            4,
            "2026-03-02T10:30:00Z",
            StationReport(PROGRAMME.id, ProgrammeProgress.VERIFIED, local("2026-03-02T17:30"), "d" * 64),
        ),
    ]


@pytest.mark.parametrize(
    "written", ["02/03/2026 17:00:00", "2-3-2026, 17:00", "17:00 02/03/2026", "17:00:00 2.3.2026", "2026-03-02T10:00Z"]
)
def test_a_time_is_read_as_people_here_write_it(written: str) -> None:
    (line,) = as_run_log.read(f"programme;at\nb-t1;{written}\n")
    assert line.report is not None
    assert line.report.at == local("2026-03-02T17:00")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_log_is_read_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    assert as_run_log.decoded("chương trình".encode(encoding)) == "chương trình"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {"lines.1"}),
        ("programme,when\n", {"lines.1"}),
        ("programme,at\n" + "b,2026-03-02 17:00\n" * 20_001, {"lines"}),
    ],
)
def test_a_log_that_is_none_is_refused(text: str, fields: set[str]) -> None:
    with pytest.raises(InvalidError) as refused:
        as_run_log.read(text)
    assert {problem.field for problem in refused.value.problems} == fields


@pytest.mark.parametrize(
    "line", ["b,morning", "b", "b,31/02/2026 17:00", "b,2026-03-02 17:00,heard", "b,2026-03-02 17:00,,-1"]
)
def test_a_line_that_cannot_be_read_is_named_and_refuses_none_beside_it(line: str) -> None:
    lines = as_run_log.read(f"programme,at,rung,duration\n,2026-03-02 17:00\n{line}\nb,2026-03-02 17:00\n")
    assert [(each.number, each.report is None) for each in lines] == [(3, True), (4, False)]


def receiver(area_id: str = NORTH, kind: DeviceKind = DeviceKind.STATION) -> Device:
    return replace(device("rx", NORTH), kind=kind, area_id=area_id)  # type: ignore[arg-type]


def test_a_station_is_registered_once_with_what_it_transmits() -> None:
    world = Airwaves()
    with world.store() as uow:
        uow[Devices].add(receiver())
        uow.commit()
    made = world.register(name=" Đài Bắc ", site=" Đồi ", device_id=DeviceId("rx"))
    assert (made.name, made.site, made.device_id) == ("Đài Bắc", "Đồi", "rx")
    assert world.register(name="Khác") == made
    assert world.events()[-1:] == ["station.registered"]


def test_what_only_produces_keeps_nothing_of_a_frequency() -> None:
    made = Airwaves().register(transmits=False, licence_no="GP 1", licence_until_on=NEW_YEARS_EVE)
    assert (made.frequency_khz, made.power_w, made.licence_no, made.licence_until_on) == (None, None, "", None)


@pytest.mark.parametrize(
    ("more", "field", "code"),
    [
        ({"name": " "}, "name", "MISSING"),
        ({"name": "x" * 201}, "name", "TOO_LONG"),
        ({"licence_no": "x" * 81}, "licence_no", "TOO_LONG"),
        ({"site": "x" * 201}, "site", "TOO_LONG"),
        ({"area_id": "nowhere"}, "area", "AREA_UNKNOWN"),
        ({"frequency_khz": 9}, "frequency_khz", "OUT_OF_RANGE"),
        ({"power_w": 0}, "power_w", "OUT_OF_RANGE"),
        ({"device_id": "none"}, "device", "DEVICE_UNKNOWN"),
        ({"device_id": "p-n-1-l1"}, "device", "DEVICE_UNKNOWN"),
    ],
)
def test_what_is_wrong_with_a_station_is_told(more: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        Airwaves().register(**more)
    assert [(each.field, each.code) for each in refused.value.problems] == [(field, code)]


def correct(world: Airwaves, seen: int = 1, **more: object) -> Station:
    draft = StationDraft(**{"area_id": NORTH, "name": "Đài Bắc", **more})  # type: ignore[arg-type]
    return register.correct(world.store(), STATION.id, draft=draft, expected_version=seen, call=world.call(AUTHOR, NOW))


def test_a_station_is_put_right_by_who_saw_it_as_it_is_in_both_areas() -> None:
    world = Airwaves()
    with pytest.raises(NotFoundError):
        correct(world)
    world.register()
    assert (correct(world, area_id=SOUTH).area_id, world.events()[-1]) == (SOUTH, "station.corrected")
    assert world.authority.asked[-1][2] == (NORTH, SOUTH)
    with pytest.raises(ConflictError):
        correct(world)
    with pytest.raises(InvalidError):
        correct(world, 2, area_id="nowhere")
    assert [each.id for each in world.store.all(Station)] == ["s-n"]


def test_only_who_may_keeps_the_register() -> None:
    world = Airwaves()
    world.authority.refused = frozenset({Action.STATION_MANAGE})
    with pytest.raises(NotAllowedError):
        world.register()


def test_what_is_approved_already_becomes_a_new_stations_programme() -> None:
    world = Airwaves()
    elsewhere = {"targets": Targets((C3,)), "schedules": (schedule("2026-03-03T17:00"),)}
    there, _ = world.aired(), world.aired(**elsewhere)
    assert world.store.all(Programme) == []
    world.register()
    assert {each.id for each in world.store.all(Programme)} == {ProgrammeId(there.id)}
    world.register("s-2")
    assert world.programme(there).version == 1


def test_another_receiver_or_area_has_what_is_retained_for_both_receivers_put_right() -> None:
    world = Airwaves()
    with world.store() as uow:
        for name in ("p-n-s01", "p-n-s02"):
            uow[Devices].add(Device(DeviceId(name), name, name, DeviceKind.STATION, NORTH, NOW))
        uow.commit()
    world.register(device_id=DeviceId("p-n-s01"))
    found = ["p-n-s01"]

    def receivers() -> list[str]:
        return [row.subject_id for row in world.outbox(OutboxKind.RECEIVER)]

    assert receivers() == found
    correct(world, 1, device_id=DeviceId("p-n-s01"), name="Đài Bắc mới")
    assert receivers() == found
    correct(world, 2, device_id=DeviceId("p-n-s02"))
    assert receivers() == [*found, "p-n-s01", "p-n-s02"]
    correct(world, 3, area_id=PROVINCE, device_id=DeviceId("p-n-s02"))
    correct(world, 4, area_id=PROVINCE)
    assert receivers() == [*found, "p-n-s01", "p-n-s02", "p-n-s02", "p-n-s02"]
