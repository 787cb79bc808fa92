"""Repository of firmware images and roll-outs, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from broadcast.bulletins.model import After, BulletinId
from broadcast.bulletins.transmissions import DayPlan, OccurrenceId, PlanEntry, TransmissionId
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Plans
from cms.firmware.queries import MemberCount, member_counts, member_list, running_counts, settled_counts
from cms.firmware.repository import FirmwareRecords
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UowFactory
from devices.firmware.model import (
    FirmwareImage,
    ImageId,
    Installed,
    Member,
    MemberState,
    Rollout,
    RolloutId,
    RolloutState,
    Wave,
)
from devices.model import Device, DeviceId, DeviceKind, DeviceStatus
from province.areas import Area, AreaId
from province.errors import ConflictError, NotFoundError
from tests.fakes.programme import NOW
from tests.integration.store.test_queries import SOUND

XA = AreaId("xa")
IMAGE = FirmwareImage(
    id=ImageId("ab" * 32),
    model="loa-c4",
    number=2**40,
    version="2.3.0",
    sha256="cd" * 32,
    bytes=5_000_000,
    floor=3,
    notes="Sửa lỗi",
    manifest="signed",
    uploaded_at=NOW,
    uploaded_by="u1",
    uploaded_by_name="An",
)
ROLLOUT = Rollout(
    id=RolloutId("r1"),
    area_id=XA,
    image_ids=(IMAGE.id,),
    title="Bản 2.3",
    created_at=NOW,
    created_by="u1",
    created_by_name="An",
)


def member(number: int, **more: object) -> Member:
    fields: dict[str, object] = {"wave": Wave.CANARY, **more}
    return Member(
        rollout_id=ROLLOUT.id,
        device_id=DeviceId(f"d{number}"),
        device_name=f"Cụm {number}",
        commune_id=XA,
        image_id=IMAGE.id,
        is_cluster=True,
        **fields,  # type: ignore[arg-type] # fields of Member
    )


MEMBERS = [member(1), member(2, wave=Wave.ALL), member(3, wave=Wave.ALL, state=MemberState.FAILED, code="NO_LINK")]


@pytest.fixture
def filled(units: UowFactory) -> UowFactory:
    with units() as uow:
        uow[Places].add([Area(XA, "Xã", "commune", None, date(2000, 1, 1))])
        kinds = (DeviceKind.CLUSTER, DeviceKind.CLUSTER, DeviceKind.BOARD)
        for number, kind in enumerate(kinds, 1):
            uow[Devices].add(Device(DeviceId(f"d{number}"), f"s{number}", f"Cụm {number}", kind, XA, NOW))
        uow[Devices].report(DeviceStatus(DeviceId("d2"), online=True, conn=1, seen_at=NOW))
        uow[FirmwareRecords].add_image(IMAGE)
        uow[FirmwareRecords].add(ROLLOUT, MEMBERS)
        uow.commit()
    return units


def test_an_image_comes_back_as_it_was_taken_in(filled: UowFactory) -> None:
    with filled() as uow:
        assert uow[FirmwareRecords].find_image(IMAGE.id) == IMAGE == uow[FirmwareRecords].numbered("loa-c4", 2**40)
        assert uow[FirmwareRecords].images() == [IMAGE]
        assert uow[FirmwareRecords].find_image(ImageId("none")) is None
        assert uow[FirmwareRecords].numbered("loa-c4", 1) is None


def test_a_rollout_is_changed_only_by_whoever_saw_its_version(filled: UowFactory) -> None:
    with filled() as uow:
        assert uow[FirmwareRecords].get(ROLLOUT.id) == ROLLOUT
        assert uow[FirmwareRecords].rollouts() == [ROLLOUT]
        assert uow[FirmwareRecords].running() == []
        started = replace(ROLLOUT, state=RolloutState.CANARY, wave_at=NOW, paused_at=NOW, version=2)
        uow[FirmwareRecords].save(started)
        assert uow[FirmwareRecords].running() == [started]
        with pytest.raises(ConflictError):
            uow[FirmwareRecords].save(started)
        with pytest.raises(NotFoundError):
            uow[FirmwareRecords].get(RolloutId("none"))


def test_members_move_only_from_where_they_stood(filled: UowFactory) -> None:
    found = replace(MEMBERS[0], state=MemberState.SENT, attempt=1, sent_at=NOW, changed_at=NOW)
    with filled() as uow:
        assert uow[FirmwareRecords].members(ROLLOUT.id) == MEMBERS
        assert uow[FirmwareRecords].on_its_way(DeviceId("d1")) is None
        assert uow[FirmwareRecords].move([(MEMBERS[0], found)]) == [found]
        assert uow[FirmwareRecords].move([(MEMBERS[0], found)]) == []
        assert uow[FirmwareRecords].member(ROLLOUT.id, DeviceId("d1")) == found
        assert uow[FirmwareRecords].member(ROLLOUT.id, DeviceId("none")) is None
        assert uow[FirmwareRecords].on_its_way(DeviceId("d1")) == (ROLLOUT, found, IMAGE)


def test_devices_are_taken_while_their_rollout_is_open(filled: UowFactory) -> None:
    with filled() as uow:
        assert uow[FirmwareRecords].taken() == {"d1", "d2", "d3"}
        uow[FirmwareRecords].save(replace(ROLLOUT, state=RolloutState.STOPPED, version=2))
        assert uow[FirmwareRecords].taken() == frozenset()


def test_devices_out_of_service_are_known(filled: UowFactory) -> None:
    with filled() as uow:
        assert uow[FirmwareRecords].out_of_service(ROLLOUT.id) == frozenset()
        uow[Devices].save(replace(uow[Devices].get(DeviceId("d2")), retired_at=NOW))
        uow[Devices].save(replace(uow[Devices].get(DeviceId("d3")), revoked=True))
        assert uow[FirmwareRecords].out_of_service(ROLLOUT.id) == {"d2", "d3"}


def test_what_a_device_runs_is_what_it_told_last(filled: UowFactory) -> None:
    first = Installed(DeviceId("d1"), "loa-c4", 1, "1.0", NOW)
    later = replace(first, number=2**40, version="2.3.0", heard_at=NOW + timedelta(hours=1))
    with filled() as uow:
        uow[FirmwareRecords].note_installed([])
        uow[FirmwareRecords].note_installed([first])
        assert uow[FirmwareRecords].installed() == {"d1": first}
        uow[FirmwareRecords].note_installed([later])
        since = replace(later, installed_at=later.heard_at)
        assert uow[FirmwareRecords].installed() == {"d1": since}
        again = replace(later, heard_at=NOW + timedelta(hours=2))
        uow[FirmwareRecords].note_installed([again])
        assert uow[FirmwareRecords].installed() == {"d1": replace(again, installed_at=later.heard_at)}
        assert running_counts(uow.session) == [("loa-c4", "2.3.0", 1)]


def test_what_was_rolled_out_is_what_runs_there(filled: UowFactory) -> None:
    with filled() as uow:
        assert uow[FirmwareRecords].expected() == []
        uow[FirmwareRecords].save(replace(ROLLOUT, state=RolloutState.DONE, version=2))
        assert {(each.area_id, each.model, each.number, each.version) for each in uow[FirmwareRecords].expected()} == {
            (ROLLOUT.area_id, IMAGE.model, IMAGE.number, IMAGE.version)
        }


def test_who_is_connected_and_who_can_speak(filled: UowFactory) -> None:
    with filled() as uow:
        assert sorted(uow[FirmwareRecords].presence([XA])) == [
            ("d1", XA, True, False),
            ("d2", XA, True, True),
            ("d3", XA, False, False),
        ]


@pytest.mark.parametrize(
    ("starts", "ends", "is_near"),
    [(14, 20, True), (16, 20, False), (-5, 1, True), (-5, 0, False)],
)
def test_an_area_is_near_an_item_that_sounds_or_begins_soon(
    filled: UowFactory, starts: int, ends: int, *, is_near: bool
) -> None:
    entry = PlanEntry(
        occurrence_id=OccurrenceId("o1"),
        transmission_id=TransmissionId("t1"),
        bulletin_id=BulletinId("b1"),
        title="Tin",
        start_at=NOW + timedelta(minutes=starts),
        end_at=NOW + timedelta(minutes=ends),
        prio=4,
        rendition=SOUND,
        after=After.DROP,
        reasons=(),
    )
    with filled() as uow:
        uow[Plans].put(DayPlan(XA, NOW.date(), (entry,), ()), "1" * 64, 9, NOW)
        assert (uow[FirmwareRecords].near_item([XA], NOW, timedelta(minutes=15)) == {XA}) is is_near


def test_a_rollouts_page_counts_and_lists(filled: UowFactory) -> None:
    with filled() as uow:
        assert member_counts(uow.session, ROLLOUT.id) == [
            MemberCount(Wave.CANARY, MemberState.WAITING, "", IMAGE.id, 1),
            MemberCount(Wave.ALL, MemberState.FAILED, "NO_LINK", IMAGE.id, 1),
            MemberCount(Wave.ALL, MemberState.WAITING, "", IMAGE.id, 1),
        ]
        assert settled_counts(uow.session) == {ROLLOUT.id: (3, 0, 1)}
        first = member_list(uow.session, ROLLOUT.id, limit=2)
        assert (first.rows, first.next_cursor) == (MEMBERS[:2], "d2")
        assert member_list(uow.session, ROLLOUT.id, after="d2").rows == MEMBERS[2:]
        assert member_list(uow.session, ROLLOUT.id, MemberState.FAILED).rows == MEMBERS[2:]
