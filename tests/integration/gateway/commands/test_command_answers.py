"""Device answers to remote commands, stored in a real database."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cms.commands.inbound import unpacked
from cms.commands.messages import CommandPublisher
from cms.commands.repository import DeviceCommands
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.health.repository.faults import SoundReferences
from cms.platform.gateway.uplink import Uplink
from devices.commands.lifecycle import SPOILT
from devices.commands.model import Arguments, CommandKind, CommandState
from devices.lifecycle import DeviceLifecycle, LifecycleState
from devices.model import DeviceKind
from devices.protocol.limits import LOG_MAX_BYTES
from devices.protocol.messages import Code, ExecutionState, LogPart, TestResult
from tests.integration.gateway.command_harness import LOG, ask, born, gone, only, parts, says, sync, tells_log
from tests.integration.gateway.people import staff
from tests.integration.gateway.station import LOA_1, LOA_2, XA_1, Station
from tests.object_server import away

REGISTERED_AT = datetime(2026, 1, 1, tzinfo=UTC)
BOX = DeviceLifecycle(
    "s-9", DeviceKind.CLUSTER, "", XA_1, "x", REGISTERED_AT, "u", "U", LifecycleState.IN_SERVICE, REGISTERED_AT
)


@pytest.fixture(autouse=True)
def people(station: Station) -> None:
    staff(station)


@pytest.fixture
def desk(station: Station) -> CommandPublisher:
    return CommandPublisher(station.context, station.link)


@pytest.fixture
def hears(station: Station) -> Uplink:
    return Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts))


def test_a_volume_is_done_by_the_devices_word_once_and_for_all(
    station: Station, desk: CommandPublisher, hears: Uplink
) -> None:
    batch = ask(station, CommandKind.VOLUME, arguments=Arguments(volume_pct=35))
    desk.step()
    command = only(station, batch)
    says(hears, command, ExecutionState.DONE, device_id=LOA_2)
    assert only(station, batch).state is CommandState.SENT
    says(hears, command, ExecutionState.DONE)
    done = only(station, batch)
    assert (done.state, done.ended_at) == (CommandState.DONE, station.now)
    station.pass_by(seconds=1)
    says(hears, command, ExecutionState.DONE, Code.DUPLICATE)
    says(hears, command, ExecutionState.REJECTED, Code.EXPIRED)
    assert only(station, batch) == done


def test_a_reboot_is_done_when_the_device_is_born_again(
    station: Station, desk: CommandPublisher, hears: Uplink
) -> None:
    born(hears)
    batch = ask(station, CommandKind.REBOOT)
    desk.step()
    born(hears, boot="b1", conn=2)
    assert only(station, batch).state is CommandState.SENT
    says(hears, only(station, batch), ExecutionState.RECEIVED, boot="b1")
    born(hears, boot="b1", conn=3)
    assert only(station, batch).state is CommandState.RECEIVED
    gone(hears)
    born(hears, boot="b2", conn=4)
    assert only(station, batch).state is CommandState.DONE


def test_a_resync_is_done_by_the_request_that_names_it(station: Station, desk: CommandPublisher, hears: Uplink) -> None:
    batch = ask(station, CommandKind.RESYNC)
    volume = ask(station, CommandKind.VOLUME, arguments=Arguments(volume_pct=5))
    desk.step()
    says(hears, only(station, batch), ExecutionState.DONE)
    sync(hears)
    assert only(station, batch).state is CommandState.RECEIVED
    sync(hears, cid=only(station, volume).id)
    sync(hears, cid=only(station, batch).id)
    assert (only(station, batch).state, only(station, volume).state) == (CommandState.DONE, CommandState.SENT)


def test_a_self_test_keeps_what_it_measured(station: Station, desk: CommandPublisher, hears: Uplink) -> None:
    batch = ask(station, CommandKind.SELFTEST)
    desk.step()
    test = TestResult(amp_ma=60, mic_db=-55.0, spk="open", line_ohm=9_000.0)
    says(hears, only(station, batch), ExecutionState.FAILED, Code.AMP_FAULT, test=test)
    command = only(station, batch)
    assert (command.state, command.code, command.test) == (CommandState.FAILED, "AMP_FAULT", test)


def test_the_first_tone_that_a_box_was_found_well_by_is_its_sound_reference(
    station: Station, desk: CommandPublisher, hears: Uplink
) -> None:
    def tested(amp_ma: int | None, standing: ExecutionState = ExecutionState.DONE, *, is_audible: bool = True) -> None:
        batch = ask(station, CommandKind.SELFTEST)
        desk.step()
        code = None if standing is ExecutionState.DONE else Code.AMP_FAULT
        test = TestResult(audible=is_audible, amp_ma=amp_ma, spk="ok")
        says(hears, only(station, batch), standing, code, test=test)
        station.pass_by(minutes=10)

    def known() -> int | None:
        with station.context.uow() as unit:
            found = unit[SoundReferences].of([LOA_1]).get(LOA_1)
        return None if found is None else found.amp_ma

    tested(60, is_audible=False)
    tested(61, ExecutionState.FAILED)
    tested(None)
    assert known() is None
    tested(300)
    tested(250)
    assert known() == 300
    with station.context.uow() as unit:
        unit[DeviceLifecycles].add_many([replace(BOX, device_id=LOA_1, claimed_at=station.now)])
        unit.commit()
    tested(820)
    assert known() == 820
    tested(700)
    assert known() == 820


def test_a_log_is_stored_when_all_of_it_is_here(station: Station, desk: CommandPublisher, hears: Uplink) -> None:
    batch = ask(station, CommandKind.LOG)
    desk.step()
    found = parts(only(station, batch).id, LOG, size=30)
    tells_log(hears, found, LOA_2)
    tells_log(hears, found[1:])
    tells_log(hears, found[1:])
    assert only(station, batch).state is CommandState.SENT
    tells_log(hears, found[:1])
    command = only(station, batch)
    assert (command.state, command.log_bytes) == (CommandState.DONE, len(LOG))
    assert station.context.content.read_bytes(command.log_sha256) == LOG
    tells_log(hears, found)
    assert only(station, batch) == command
    with station.context.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM device_log_parts").scalar() == 0


def test_a_log_that_the_store_does_not_take_fails_alone(
    station: Station, desk: CommandPublisher, hears: Uplink, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = ask(station, CommandKind.LOG)
    desk.step()
    monkeypatch.setattr(station.context.content, "put_bytes", away)
    tells_log(hears, parts(only(station, batch).id, LOG, size=30), LOA_1)
    command = only(station, batch)
    assert (command.state, command.log_sha256) == (CommandState.FAILED, "")


@pytest.mark.parametrize("spoilt", ["hash", "bomb"])
def test_a_log_that_is_not_what_it_says_is_not_stored(
    station: Station, desk: CommandPublisher, hears: Uplink, spoilt: str
) -> None:
    batch = ask(station, CommandKind.LOG)
    desk.step()
    cid = only(station, batch).id
    text = LOG if spoilt == "hash" else bytes(LOG_MAX_BYTES + 1)
    tells_log(hears, parts(cid, text, sha256="0" * 64 if spoilt == "hash" else ""))
    command = only(station, batch)
    assert (command.state, command.code, command.log_sha256) == (CommandState.FAILED, SPOILT, "")


def test_a_part_beyond_its_number_or_of_another_command_is_passed_by(
    station: Station, desk: CommandPublisher, hears: Uplink
) -> None:
    log, volume = ask(station, CommandKind.LOG), ask(station, CommandKind.VOLUME, arguments=Arguments(volume_pct=5))
    desk.step()
    (part,) = parts(only(station, log).id, LOG)
    beyond = LogPart(v=1, ts=0, cid=part.cid, sha256=part.sha256, n=3, of=2, data=part.data)
    tells_log(hears, [beyond, *parts(only(station, volume).id, LOG), *parts("nobody", LOG)])
    assert {only(station, log).state, only(station, volume).state} == {CommandState.SENT}


def test_what_is_no_text_is_no_log() -> None:
    packed = gzip.compress(b"\xff\xfe")
    assert unpacked(packed, hashlib.sha256(packed).hexdigest()) is None
    for data in (b"no gzip", packed[:-4], packed[:12] + b"\xff" + packed[13:]):
        assert unpacked(data, hashlib.sha256(data).hexdigest()) is None


def test_a_word_that_cannot_be_stored_is_heard_again(station: Station, desk: CommandPublisher, hears: Uplink) -> None:
    """One transaction: a part of an answer is not kept where the rest of it is lost."""
    batch = ask(station, CommandKind.LOG)
    desk.step()
    found = parts(only(station, batch).id, LOG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DeviceCommands, "save", lambda *_: (_ for _ in ()).throw(RuntimeError("disk")))
        tells_log(hears, found)
    assert only(station, batch).state is CommandState.SENT
    tells_log(hears, found)
    assert only(station, batch).state is CommandState.DONE
