"""Round trip of a remote command: requested, signed, obeyed by a device core, answered, stored. Time is virtual."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from cms.commands.messages import CommandPublisher
from cms.commands.queries import history
from cms.commands.repository import DeviceCommands
from cms.commands.service import batches
from cms.commands.service.batch_preview import Asking, DeviceSelection
from cms.features import FEATURES
from cms.fleet.inbound.handler import InboundHandler
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.gateway.uplink import Uplink
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from devices.commands.model import Arguments, BatchId, CommandKind, CommandState, RemoteCommand
from devices.mqtt.link import Incoming
from firmware_sim.core.effects import Restart
from tests.integration.gateway.people import TECHNICIAN, staff
from tests.integration.gateway.station import LOA_1, Station
from tests.unit.firmware import signing
from tests.unit.firmware.device_harness import DeviceHarness


@dataclass
class Line:
    """One device with its gateway: messages of each are carried to the other."""

    station: Station
    device: DeviceHarness
    _sent: int = 0
    _said: int = 0
    restarted: int = field(default=0)

    def __post_init__(self) -> None:
        self.desk = CommandPublisher(self.station.context, self.station.link)
        self.relay = OutboxDispatcher(
            self.station.context, self.station.link, self.station.letters, lambda _: None, FEATURES
        )
        self.hears = Uplink(
            self.station.context, InboundHandler(self.station.context, self.station.letters, self.station.alerts)
        )

    def ask(self, kind: CommandKind, **arguments: object) -> None:
        context = self.station.context
        batches.ask(
            context.uow(),
            BatchId(context.new_id()),
            Asking(kind, Arguments(**arguments), DeviceSelection(device_ids=(LOA_1,)), "Kiểm tra"),  # type: ignore[arg-type] # each test names them
            call=context.call(TECHNICIAN, self.station.now),
        )

    def pass_by(self, seconds: int) -> None:
        self.station.pass_by(seconds=seconds)
        self.device.run(seconds * 1000)
        self.carry()

    def carry(self) -> None:
        """Carry messages both ways until neither sends any more."""
        while True:
            self.relay.step()
            self.desk.step()
            letters = self.station.link.published[self._sent :]
            self._sent += len(letters)
            for letter in letters:
                if "/a/" not in letter.topic:
                    self.device.deliver(letter.topic, letter.payload)
            restarts = sum(isinstance(effect, Restart) for effect in self.device.done)
            if restarts > self.restarted:
                self.restarted = restarts
                self.device.power_cut()
                self.device.connect()
            said = self.device.published[self._said :]
            self._said += len(said)
            for each in said:
                answers = self.hears.store([Incoming(each.topic, each.body, each.retain, each.qos, 1, 1)])
                for answer in answers:
                    self.station.link.publish(
                        answer.topic,
                        answer.payload,
                        qos=answer.qos,
                        retain=answer.retain,
                        expiry_s=answer.expiry_s,
                    )
            if not letters and not said:
                return

    def command(self) -> RemoteCommand:
        """Return the newest command to the device."""
        with reading(self.station.context.engine) as session:
            return DeviceCommands(session).get(history(session, LOA_1)[0][0].id)


@pytest.fixture
def line(station: Station, monkeypatch: pytest.MonkeyPatch) -> Line:
    keyring = station.context.keyring
    monkeypatch.setattr(signing, "ROOT_X", keyring.root_x)
    monkeypatch.setattr(signing, "keyset", lambda: keyring.keyset_jws)
    staff(station)
    device = DeviceHarness(now=int(station.now.timestamp() * 1000))
    made = Line(station, device)
    station.ask(OutboxKind.DESIRED, LOA_1)
    device.power_on()
    device.connect()
    made.carry()
    return made


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (CommandKind.VOLUME, {"volume_pct": 35}),
        (CommandKind.REBOOT, {}),
        (CommandKind.SELFTEST, {}),
        (CommandKind.SELFTEST, {"is_audible": True}),
        (CommandKind.RESYNC, {}),
        (CommandKind.LOG, {}),
    ],
)
def test_every_command_comes_to_its_end(line: Line, kind: CommandKind, arguments: dict[str, object]) -> None:
    line.ask(kind, **arguments)
    line.carry()
    line.pass_by(10)
    command = line.command()
    assert (command.state, command.code) == (CommandState.DONE, "")
    assert line.restarted == (kind is CommandKind.REBOOT)
    assert bool(command.test) == (kind is CommandKind.SELFTEST)
    assert bool(line.device.heard) == bool(arguments.get("is_audible"))
    if kind is CommandKind.LOG:
        text = line.station.context.content.read_bytes(command.log_sha256).decode()
        assert f"answer {command.id} received" in text


def test_a_device_that_was_away_is_told_when_it_comes_back(line: Line) -> None:
    line.device.disconnect()
    line.ask(CommandKind.VOLUME, volume_pct=35)
    line.desk.step()
    line._sent = len(line.station.link.published)  # the broker lost it
    line.carry()
    assert line.command().state is CommandState.SENT
    line.device.connect()
    line.carry()
    line.pass_by(5)
    assert line.command().state is CommandState.DONE


def test_a_command_whose_answer_was_lost_is_asked_again_and_obeyed_once(line: Line) -> None:
    line.ask(CommandKind.REBOOT)
    line.desk.step()
    (letter,) = line.station.link.published[line._sent :]
    line.carry()
    line.device.deliver(letter.topic, letter.payload)
    line.pass_by(60)
    assert line.restarted == 1
    assert line.command().state is CommandState.DONE
