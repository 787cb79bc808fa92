"""Sending of remote commands, on a real store, and the recovery after a gateway dies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.alerts.orders import OrderEnd
from broadcast.bulletins.transmissions import DayPlan
from cms.accounts.repository import People
from cms.alerts.repository.orders import Orders
from cms.bulletins.repository.bulletins import Plans
from cms.commands import messages as command_publisher
from cms.commands.messages import CommandPublisher
from cms.commands.repository import CommandBatches
from cms.commands.service import batches
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.uplink import Uplink
from devices.commands.lifecycle import GONE, NO_ANSWER, NO_RESULT, NOT_ENTITLED, NOT_SENT, RETRY, SENDS_MAX
from devices.commands.model import Arguments, BatchState, CommandId, CommandKind, CommandState
from devices.commands.table import AGREE_WITHIN, SPECS
from devices.protocol import topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Code, Command, ExecutionState
from devices.protocol.verdict import weigh
from province.people import Grant, Role, UserId
from tests.integration.gateway.alarms import issued
from tests.integration.gateway.command_harness import ask, batch_state, born, commands, only, says, sent, sync
from tests.integration.gateway.people import TECHNICIAN, staff
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, TINH, TODAY, XA_1, Station


@pytest.fixture(autouse=True)
def people(station: Station) -> None:
    staff(station)


@pytest.fixture
def desk(station: Station) -> CommandPublisher:
    return CommandPublisher(station.context, station.link)


@pytest.fixture
def hears(station: Station) -> Uplink:
    return Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts))


def test_a_command_goes_to_its_one_device_signed_and_is_known_as_sent(
    station: Station, desk: CommandPublisher, hears: Uplink
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
def test_every_kind_of_command_says_what_it_asks(station: Station, desk: CommandPublisher, is_audible: bool) -> None:
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
    station: Station, desk: CommandPublisher, hears: Uplink, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = ask(station, CommandKind.VOLUME, arguments=Arguments(volume_pct=35))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(CommandPublisher, "_write_down", die)
        with pytest.raises(KeyboardInterrupt):
            desk.step()
    assert only(station, batch).state is CommandState.QUEUED
    CommandPublisher(station.context, station.link).step()
    assert len({body.cid for body in sent(station)}) == 1
    assert len(sent(station)) == 2
    # And the device's answer counts even where the sending was not stored.
    other = ask(station, CommandKind.VOLUME, LOA_2, arguments=Arguments(volume_pct=35))
    says(hears, only(station, other), ExecutionState.DONE)
    assert only(station, other).state is CommandState.DONE
    assert CommandPublisher(station.context, station.link).step() == 0


def test_what_the_broker_does_not_confirm_stays_queued(
    station: Station, desk: CommandPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_publisher, "PUBACK_WAIT_S", 0.01)
    station.link.confirms = False
    batch = ask(station, CommandKind.RESYNC)
    assert desk.step() == 0
    assert only(station, batch).state is CommandState.QUEUED


def test_without_a_connection_commands_wait(station: Station, desk: CommandPublisher) -> None:
    station.link.is_ready = False
    batch = ask(station, CommandKind.RESYNC)
    assert desk.step() == 0
    assert only(station, batch).state is CommandState.QUEUED


def test_many_go_in_slices_and_abort_ends_what_was_not_sent(
    station: Station, desk: CommandPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_publisher, "SLICE", 2)
    batch = ask(station, CommandKind.RESYNC, LOA_1, LOA_2, LOA_3)
    assert desk.step() == 2
    context = station.context
    batches.abort(
        context.uow(),
        batch.id,
        why="Nhầm xã",
        expected_version=batch.version,
        call=context.call(TECHNICIAN, station.now),
    )
    assert desk.step() == 0
    states = [command.state for command in commands(station, batch)]
    assert states == [CommandState.SENT, CommandState.SENT, CommandState.ABORTED]


def test_what_waits_for_another_person_is_not_sent(station: Station, desk: CommandPublisher) -> None:
    batch = ask(station, CommandKind.REBOOT, LOA_1, LOA_2)
    assert desk.step() == 0
    assert commands(station, batch) == []
    station.pass_by(seconds=AGREE_WITHIN.total_seconds())
    desk.step()
    assert batch_state(station, batch) is BatchState.LAPSED


def test_who_may_no_longer_manage_a_device_has_nothing_sent_to_it(station: Station, desk: CommandPublisher) -> None:
    batch = ask(station, CommandKind.RESYNC)
    with station.context.uow() as unit:
        unit[People].ungrant(TECHNICIAN.user_id, TECHNICIAN.grants)
        unit[People].grant(TECHNICIAN.user_id, [Grant(Role.AUDITOR, TINH)])
        unit.commit()
    assert desk.step() == 0
    command = only(station, batch)
    assert (command.state, command.code) == (CommandState.EXPIRED, NOT_ENTITLED)


@pytest.mark.parametrize("change", ["disabled", "unknown"])
def test_whose_account_is_closed_has_nothing_sent(station: Station, desk: CommandPublisher, change: str) -> None:
    batch = ask(station, CommandKind.RESYNC)
    with station.context.uow() as unit:
        if change == "disabled":
            unit[People].save(replace(unit[People].get(TECHNICIAN.user_id), disabled_at=station.now))
        else:
            unit[CommandBatches].save(replace(batch, version=2, asked_by=UserId("nobody")))
        unit.commit()
    desk.step()
    assert only(station, batch).code == NOT_ENTITLED


def test_a_device_taken_out_of_service_gets_nothing(station: Station, desk: CommandPublisher) -> None:
    batch = ask(station, CommandKind.RESYNC)
    with station.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_1), retired_at=station.now))
        unit.commit()
    assert desk.step() == 0
    assert (only(station, batch).state, only(station, batch).code) == (CommandState.EXPIRED, GONE)


def test_a_reboot_waits_for_the_end_of_an_alert_and_a_resync_does_not(station: Station, desk: CommandPublisher) -> None:
    reboot, resync = ask(station, CommandKind.REBOOT), ask(station, CommandKind.RESYNC)
    order = issued(station)
    assert desk.step() == 1
    assert (only(station, reboot).state, only(station, resync).state) == (CommandState.QUEUED, CommandState.SENT)
    with station.context.uow() as unit:
        unit[Orders].end(order.id, station.now, OrderEnd.CANCELLED)
        unit.commit()
    assert desk.step() == 1
    assert only(station, reboot).state is CommandState.SENT


def test_an_item_soon_on_air_holds_back_a_tone(station: Station, desk: CommandPublisher) -> None:
    batch = ask(station, CommandKind.SELFTEST, arguments=Arguments(is_audible=True))
    with station.context.uow() as unit:
        unit[Plans].put(DayPlan(XA_1, TODAY, (), ()), "ab" * 32, 9, station.now)
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


def test_silence_is_told_again_where_the_device_is_there(
    station: Station, desk: CommandPublisher, hears: Uplink
) -> None:
    born(hears)
    batch, away = ask(station, CommandKind.RESYNC), ask(station, CommandKind.RESYNC, LOA_2)
    desk.step()
    for _ in range(SENDS_MAX + 1):
        station.pass_by(seconds=RETRY.total_seconds())
        desk.step()
    assert (only(station, batch).sends, only(station, away).sends) == (SENDS_MAX, 1)


def test_a_device_that_comes_back_is_told_what_still_holds(
    station: Station, desk: CommandPublisher, hears: Uplink
) -> None:
    batch = ask(station, CommandKind.VOLUME, arguments=Arguments(volume_pct=35))
    assert sync(hears) == []  # it is queued: its turn comes
    desk.step()
    (found,) = sync(hears)
    assert (found.cid, found.type) == (only(station, batch).id, "volume")
    assert sync(hears, LOA_2) == []
    says(hears, only(station, batch), ExecutionState.DONE)
    assert sync(hears) == []
    late = ask(station, CommandKind.REBOOT)
    desk.step()
    station.pass_by(seconds=SPECS[CommandKind.REBOOT].lasts.total_seconds())
    assert sync(hears) == []
    assert only(station, late).state is CommandState.SENT


def test_what_cannot_come_to_anything_any_more_is_given_up_and_ends_its_batch(
    station: Station, desk: CommandPublisher, hears: Uplink
) -> None:
    born(hears)
    unanswered, taken = ask(station, CommandKind.REBOOT), ask(station, CommandKind.LOG, LOA_2)
    desk.step()
    station.link.is_ready = False
    unsent = ask(station, CommandKind.REBOOT, LOA_3)
    says(hears, only(station, taken), ExecutionState.RECEIVED)
    station.pass_by(hours=2)
    desk.step()
    ends = {batch.id: (only(station, batch).state, only(station, batch).code) for batch in (unanswered, taken, unsent)}
    assert ends == {
        unanswered.id: (CommandState.EXPIRED, NO_ANSWER),
        taken.id: (CommandState.FAILED, NO_RESULT),
        unsent.id: (CommandState.EXPIRED, NOT_SENT),
    }
    assert {batch_state(station, batch) for batch in (unanswered, taken, unsent)} == {BatchState.ENDED}
    says(hears, only(station, taken), ExecutionState.RECEIVED)
    assert only(station, taken).state is CommandState.FAILED
    says(hears, only(station, unanswered), ExecutionState.DONE, boot="b9")
    assert only(station, unanswered).state is CommandState.DONE
