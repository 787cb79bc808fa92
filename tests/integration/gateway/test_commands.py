"""Remote commands on their way out and back, on a real store, and what a gateway that dies leaves of them."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.model.people import Grant, Role, UserId
from broadcast.model.transmissions import DayPlan
from cms.acting import asking as use_case
from cms.acting.choosing import Asking, Choice
from cms.store.acting import SqlBatches, SqlRemoteCommands
from cms.store.engine import reading
from cms.store.queries.commands import commands_of
from cms.workers import command_desk
from cms.workers.command_answers import unpacked
from cms.workers.command_desk import CommandDesk
from cms.workers.hearing import Hearing
from cms.workers.letters import Letter
from cms.workers.uplink import Uplink
from devices.acting.following import GONE, NO_ANSWER, NO_RESULT, NOT_ENTITLED, NOT_SENT, RETRY, SENDS_MAX, SPOILT
from devices.acting.model import (
    Arguments,
    Batch,
    BatchId,
    BatchState,
    CommandId,
    CommandKind,
    CommandState,
    RemoteCommand,
)
from devices.acting.table import AGREE_WITHIN, SPECS
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.limits import LOG_MAX_BYTES, LOG_PART_BYTES
from devices.protocol.messages import Ack, Code, Command, LogPart, Standing, State, SyncRequest, TestResult, Wire
from devices.protocol.verdict import weigh
from tests.fakes.post_box import PostBox
from tests.integration.gateway.alarms import issued
from tests.integration.gateway.people import TECHNICIAN, staff
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, TINH, TODAY, XA_1, Station

LOG = b"2026-03-02T02:00:00 start b1 (power)\n"


@pytest.fixture(autouse=True)
def people(station: Station) -> None:
    staff(station)


@pytest.fixture
def desk(station: Station) -> CommandDesk:
    return CommandDesk(station.context, station.link)


@pytest.fixture
def hears(station: Station) -> Uplink:
    return Uplink(station.context, Hearing(station.context, station.letters, station.alerts))


def ask(station: Station, kind: CommandKind, *device_ids: DeviceId, arguments: Arguments | None = None) -> Batch:
    context = station.context
    return use_case.ask(
        context.uow(),
        BatchId(context.new_id()),
        Asking(kind, arguments or Arguments(), Choice(device_ids=device_ids or (LOA_1,)), "Kiểm tra"),
        actor=TECHNICIAN,
        authority=context.authority,
        now=station.now,
        new_id=context.new_id,
    )


def commands(station: Station, batch: Batch) -> list[RemoteCommand]:
    with reading(station.context.engine) as session:
        return list(commands_of(session, batch.id).rows)


def only(station: Station, batch: Batch) -> RemoteCommand:
    (command,) = commands(station, batch)
    return command


def batch_state(station: Station, batch: Batch) -> BatchState:
    with reading(station.context.engine) as session:
        return SqlBatches(session).get(batch.id).state


def hear(hears: Uplink, topic: str, body: Wire, *, retain: bool = False) -> Sequence[Letter]:
    return hears.store([Incoming(topic, codec.encode(body), retain, 1, 1, 1)])


def born(hears: Uplink, device_id: DeviceId = LOA_1, boot: str = "b0", conn: int = 1) -> None:
    hear(hears, topics.device_state(device_id), State(v=1, st="online", conn=conn, boot=boot, ts=0))


def gone(hears: Uplink, device_id: DeviceId = LOA_1) -> None:
    hear(hears, topics.device_state(device_id), State(v=1, st="offline", conn=1, boot="b0", ts=0))


def says(
    hears: Uplink,
    command: RemoteCommand,
    standing: Standing,
    code: str | None = None,
    boot: str = "b0",
    *,
    device_id: DeviceId | None = None,
    test: TestResult | None = None,
) -> None:
    body = Ack(v=1, st=standing, ts=0, n=1, boot=boot, cid=command.id, code=code, test=test)
    hear(hears, topics.device_ack(device_id or command.device_id), body)


def sync(hears: Uplink, device_id: DeviceId = LOA_1, cid: str = "") -> list[Command]:
    body = SyncRequest(v=1, ts=0, boot="b0", desired_ver=1, keyset=10**9, cid=cid)
    answers = hear(hears, topics.device_request(device_id, "sync"), body)
    return [_read(letter) for letter in answers if letter.topic == topics.device_command(device_id)]


def _read(letter: Letter) -> Command:
    box = PostBox()
    box.publish(letter.topic, letter.payload)
    return box.published[0].read(Command)


def sent(station: Station) -> list[Command]:
    return [letter.read(Command) for letter in station.link.published]


# Out.


def test_a_command_goes_to_its_one_device_signed_and_is_known_as_sent(
    station: Station, desk: CommandDesk, hears: Uplink
) -> None:
    born(hears)
    batch = ask(station, CommandKind.VOLUME, arguments=Arguments(volume_pct=35))
    assert desk.step() == 1
    [letter] = station.link.published
    body = letter.read(Command)
    lasts = SPECS[CommandKind.VOLUME].lasts
    assert (letter.topic, letter.retain, letter.expiry_s) == (
        topics.device_command(LOA_1),
        False,
        lasts // timedelta(seconds=1),
    )
    assert (body.type, body.volume_pct, body.approved_by) == ("volume", 35, [TECHNICIAN.name])
    keys = TrustedKeys.from_root(station.context.keyring.root_x, station.context.keyring.keyset_jws)
    now_ms = int(station.now.timestamp() * 1000)
    for device_id, refusal in ((LOA_1, None), (LOA_2, Code.NOT_TARGET)):
        outcome = weigh(
            letter.payload, keys, device_id=device_id, areas=["xa-1", "tinh"], groups=[], now_ms=now_ms, seen=()
        )
        assert outcome.refusal is refusal
    command = only(station, batch)
    assert (command.id, command.state, command.sends, command.boot) == (body.cid, CommandState.SENT, 1, "b0")
    assert desk.step() == 0


@pytest.mark.parametrize("is_audible", [False, True])
def test_every_kind_of_command_says_what_it_asks(station: Station, desk: CommandDesk, is_audible: bool) -> None:
    for kind in (CommandKind.REBOOT, CommandKind.RESYNC, CommandKind.LOG):
        ask(station, kind)
    ask(station, CommandKind.SELFTEST, arguments=Arguments(is_audible=is_audible))
    desk.step()
    assert [(body.type, body.audible) for body in sent(station)] == [
        ("reboot", False),
        ("resync", False),
        ("log", False),
        ("selftest", is_audible),
    ]


def test_a_gateway_that_dies_between_sending_and_writing_it_down_sends_the_same_again(
    station: Station, desk: CommandDesk, hears: Uplink, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = ask(station, CommandKind.VOLUME, arguments=Arguments(volume_pct=35))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(CommandDesk, "_write_down", die)
        with pytest.raises(KeyboardInterrupt):
            desk.step()
    assert only(station, batch).state is CommandState.QUEUED
    CommandDesk(station.context, station.link).step()
    assert len({body.cid for body in sent(station)}) == 1
    assert len(sent(station)) == 2
    # And the device's word counts even where nobody wrote down that it was told.
    other = ask(station, CommandKind.VOLUME, LOA_2, arguments=Arguments(volume_pct=35))
    says(hears, only(station, other), Standing.DONE)
    assert only(station, other).state is CommandState.DONE
    assert CommandDesk(station.context, station.link).step() == 0


def test_what_the_broker_does_not_confirm_stays_queued(
    station: Station, desk: CommandDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_desk, "PUBACK_WAIT_S", 0.01)
    station.link.confirms = False
    batch = ask(station, CommandKind.RESYNC)
    assert desk.step() == 0
    assert only(station, batch).state is CommandState.QUEUED


def test_without_a_connection_commands_wait(station: Station, desk: CommandDesk) -> None:
    station.link.is_ready = False
    batch = ask(station, CommandKind.RESYNC)
    assert desk.step() == 0
    assert only(station, batch).state is CommandState.QUEUED


def test_many_go_in_slices_and_abort_ends_what_was_not_sent(
    station: Station, desk: CommandDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_desk, "SLICE", 2)
    batch = ask(station, CommandKind.RESYNC, LOA_1, LOA_2, LOA_3)
    assert desk.step() == 2
    context = station.context
    use_case.abort(
        context.uow(),
        batch.id,
        why="Nhầm xã",
        expected_version=batch.version,
        actor=TECHNICIAN,
        authority=context.authority,
        now=station.now,
    )
    assert desk.step() == 0
    states = [command.state for command in commands(station, batch)]
    assert states == [CommandState.SENT, CommandState.SENT, CommandState.ABORTED]


def test_what_waits_for_another_person_is_not_sent(station: Station, desk: CommandDesk) -> None:
    batch = ask(station, CommandKind.REBOOT, LOA_1, LOA_2)
    assert desk.step() == 0
    assert commands(station, batch) == []
    station.pass_by(seconds=AGREE_WITHIN.total_seconds())
    desk.step()
    assert batch_state(station, batch) is BatchState.LAPSED


def test_who_may_no_longer_manage_a_device_has_nothing_sent_to_it(station: Station, desk: CommandDesk) -> None:
    batch = ask(station, CommandKind.RESYNC)
    with station.context.uow() as unit:
        unit.people.ungrant(TECHNICIAN.user_id, TECHNICIAN.grants)
        unit.people.grant(TECHNICIAN.user_id, [Grant(Role.AUDITOR, TINH)])
        unit.commit()
    assert desk.step() == 0
    command = only(station, batch)
    assert (command.state, command.code) == (CommandState.EXPIRED, NOT_ENTITLED)


@pytest.mark.parametrize("change", ["disabled", "unknown"])
def test_whose_account_is_closed_has_nothing_sent(station: Station, desk: CommandDesk, change: str) -> None:
    batch = ask(station, CommandKind.RESYNC)
    with station.context.uow() as unit:
        if change == "disabled":
            unit.people.save(replace(unit.people.get(TECHNICIAN.user_id), disabled_at=station.now))
        else:
            SqlBatches(unit.session).save(replace(batch, version=2, asked_by=UserId("nobody")))
        unit.commit()
    desk.step()
    assert only(station, batch).code == NOT_ENTITLED


def test_a_device_taken_out_of_service_gets_nothing(station: Station, desk: CommandDesk) -> None:
    batch = ask(station, CommandKind.RESYNC)
    with station.context.uow() as unit:
        unit.devices.save(replace(unit.devices.get(LOA_1), retired_at=station.now))
        unit.commit()
    assert desk.step() == 0
    assert (only(station, batch).state, only(station, batch).code) == (CommandState.EXPIRED, GONE)


def test_a_reboot_waits_for_the_end_of_an_alert_and_a_resync_does_not(station: Station, desk: CommandDesk) -> None:
    reboot, resync = ask(station, CommandKind.REBOOT), ask(station, CommandKind.RESYNC)
    order = issued(station)
    assert desk.step() == 1
    assert (only(station, reboot).state, only(station, resync).state) == (CommandState.QUEUED, CommandState.SENT)
    with station.context.uow() as unit:
        unit.orders.end(order.id, station.now)
        unit.commit()
    assert desk.step() == 1
    assert only(station, reboot).state is CommandState.SENT


# Again, and never.


def test_silence_is_told_again_where_the_device_is_there(station: Station, desk: CommandDesk, hears: Uplink) -> None:
    born(hears)
    batch, away = ask(station, CommandKind.RESYNC), ask(station, CommandKind.RESYNC, LOA_2)
    desk.step()
    for _ in range(SENDS_MAX + 1):
        station.pass_by(seconds=RETRY.total_seconds())
        desk.step()
    assert (only(station, batch).sends, only(station, away).sends) == (SENDS_MAX, 1)


def test_a_device_that_comes_back_is_told_what_still_holds(station: Station, desk: CommandDesk, hears: Uplink) -> None:
    batch = ask(station, CommandKind.VOLUME, arguments=Arguments(volume_pct=35))
    assert sync(hears) == []  # it is queued: its turn comes
    desk.step()
    (told,) = sync(hears)
    assert (told.cid, told.type) == (only(station, batch).id, "volume")
    assert sync(hears, LOA_2) == []
    says(hears, only(station, batch), Standing.DONE)
    assert sync(hears) == []
    late = ask(station, CommandKind.REBOOT)
    desk.step()
    station.pass_by(seconds=SPECS[CommandKind.REBOOT].lasts.total_seconds())
    assert sync(hears) == []
    assert only(station, late).state is CommandState.SENT


def test_what_cannot_come_to_anything_any_more_is_given_up_and_ends_its_batch(
    station: Station, desk: CommandDesk, hears: Uplink
) -> None:
    born(hears)
    unanswered, taken = ask(station, CommandKind.REBOOT), ask(station, CommandKind.LOG, LOA_2)
    desk.step()
    station.link.is_ready = False
    unsent = ask(station, CommandKind.REBOOT, LOA_3)
    says(hears, only(station, taken), Standing.RECEIVED)
    station.pass_by(hours=2)
    desk.step()
    ends = {batch.id: (only(station, batch).state, only(station, batch).code) for batch in (unanswered, taken, unsent)}
    assert ends == {
        unanswered.id: (CommandState.EXPIRED, NO_ANSWER),
        taken.id: (CommandState.FAILED, NO_RESULT),
        unsent.id: (CommandState.EXPIRED, NOT_SENT),
    }
    assert {batch_state(station, batch) for batch in (unanswered, taken, unsent)} == {BatchState.ENDED}
    says(hears, only(station, taken), Standing.RECEIVED)
    assert only(station, taken).state is CommandState.FAILED
    says(hears, only(station, unanswered), Standing.DONE, boot="b9")
    assert only(station, unanswered).state is CommandState.DONE


# Back.


def test_a_volume_is_done_by_the_devices_word_once_and_for_all(
    station: Station, desk: CommandDesk, hears: Uplink
) -> None:
    batch = ask(station, CommandKind.VOLUME, arguments=Arguments(volume_pct=35))
    desk.step()
    command = only(station, batch)
    says(hears, command, Standing.DONE, device_id=LOA_2)
    assert only(station, batch).state is CommandState.SENT
    says(hears, command, Standing.DONE)
    done = only(station, batch)
    assert (done.state, done.ended_at) == (CommandState.DONE, station.now)
    station.pass_by(seconds=1)
    says(hears, command, Standing.DONE, Code.DUPLICATE)
    says(hears, command, Standing.REJECTED, Code.EXPIRED)
    assert only(station, batch) == done


def test_a_reboot_is_done_when_the_device_is_born_again(station: Station, desk: CommandDesk, hears: Uplink) -> None:
    born(hears)
    batch = ask(station, CommandKind.REBOOT)
    desk.step()
    born(hears, boot="b1", conn=2)
    assert only(station, batch).state is CommandState.SENT
    says(hears, only(station, batch), Standing.RECEIVED, boot="b1")
    born(hears, boot="b1", conn=3)
    assert only(station, batch).state is CommandState.RECEIVED
    gone(hears)
    born(hears, boot="b2", conn=4)
    assert only(station, batch).state is CommandState.DONE


def test_a_resync_is_done_by_the_request_that_names_it(station: Station, desk: CommandDesk, hears: Uplink) -> None:
    batch = ask(station, CommandKind.RESYNC)
    volume = ask(station, CommandKind.VOLUME, arguments=Arguments(volume_pct=5))
    desk.step()
    says(hears, only(station, batch), Standing.DONE)
    sync(hears)
    assert only(station, batch).state is CommandState.RECEIVED
    sync(hears, cid=only(station, volume).id)
    sync(hears, cid=only(station, batch).id)
    assert (only(station, batch).state, only(station, volume).state) == (CommandState.DONE, CommandState.SENT)


def test_a_self_test_keeps_what_it_measured(station: Station, desk: CommandDesk, hears: Uplink) -> None:
    batch = ask(station, CommandKind.SELFTEST)
    desk.step()
    test = TestResult(amp_ma=60, mic_db=-55.0, spk="open", line_ohm=9_000.0)
    says(hears, only(station, batch), Standing.FAILED, Code.AMP_FAULT, test=test)
    command = only(station, batch)
    assert (command.state, command.code, command.test) == (CommandState.FAILED, "AMP_FAULT", test)


def parts(cid: str, text: bytes, size: int = LOG_PART_BYTES, sha256: str = "") -> list[LogPart]:
    packed = gzip.compress(text)
    cut = [packed[first : first + size] for first in range(0, len(packed), size)]
    name = sha256 or hashlib.sha256(packed).hexdigest()
    return [LogPart(v=1, ts=0, cid=cid, sha256=name, n=n, of=len(cut), data=data) for n, data in enumerate(cut)]


def tells_log(hears: Uplink, told: list[LogPart], device_id: DeviceId = LOA_1) -> None:
    for part in told:
        hear(hears, topics.device_request(device_id, "log"), part)


def test_a_log_is_stored_when_all_of_it_is_here(station: Station, desk: CommandDesk, hears: Uplink) -> None:
    batch = ask(station, CommandKind.LOG)
    desk.step()
    told = parts(only(station, batch).id, LOG, size=30)
    tells_log(hears, told, LOA_2)
    tells_log(hears, told[1:])
    tells_log(hears, told[1:])
    assert only(station, batch).state is CommandState.SENT
    tells_log(hears, told[:1])
    command = only(station, batch)
    assert (command.state, command.log_bytes) == (CommandState.DONE, len(LOG))
    assert station.context.content.find(command.log_sha256).path.read_bytes() == LOG
    tells_log(hears, told)
    assert only(station, batch) == command
    with station.context.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM device_log_parts").scalar() == 0


@pytest.mark.parametrize("spoilt", ["hash", "bomb"])
def test_a_log_that_is_not_what_it_says_is_not_stored(
    station: Station, desk: CommandDesk, hears: Uplink, spoilt: str
) -> None:
    batch = ask(station, CommandKind.LOG)
    desk.step()
    cid = only(station, batch).id
    text = LOG if spoilt == "hash" else bytes(LOG_MAX_BYTES + 1)
    tells_log(hears, parts(cid, text, sha256="0" * 64 if spoilt == "hash" else ""))
    command = only(station, batch)
    assert (command.state, command.code, command.log_sha256) == (CommandState.FAILED, SPOILT, "")


def test_a_part_beyond_its_number_or_of_another_command_is_passed_by(
    station: Station, desk: CommandDesk, hears: Uplink
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


def test_a_word_that_cannot_be_stored_is_heard_again(station: Station, desk: CommandDesk, hears: Uplink) -> None:
    """The transaction is one: nothing of a word is kept where the rest of it is lost."""
    batch = ask(station, CommandKind.LOG)
    desk.step()
    told = parts(only(station, batch).id, LOG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqlRemoteCommands, "save", lambda *_: (_ for _ in ()).throw(RuntimeError("disk")))
        tells_log(hears, told)
    assert only(station, batch).state is CommandState.SENT
    tells_log(hears, told)
    assert only(station, batch).state is CommandState.DONE


def test_an_item_soon_on_air_holds_back_a_tone(station: Station, desk: CommandDesk) -> None:
    batch = ask(station, CommandKind.SELFTEST, arguments=Arguments(is_audible=True))
    with station.context.uow() as unit:
        unit.plans.put(DayPlan(XA_1, TODAY, (), ()), "ab" * 32, 9, station.now)
        unit.session.connection().exec_driver_sql(
            'INSERT INTO plan_items (area_id, "on", occurrence_id, transmission_id, bulletin_id, title, start_at,'
            " end_at, placed, is_unsigned) VALUES ('xa-1', '2026-03-02', 'o', 't', 'b', 'Tin', '2026-03-02 02:05:00',"
            " '2026-03-02 02:06:00', 1, 0)"
        )
        unit.commit()
    assert desk.step() == 0
    station.pass_by(minutes=7)
    assert desk.step() == 1
    assert only(station, batch).id == CommandId(sent(station)[0].cid)
