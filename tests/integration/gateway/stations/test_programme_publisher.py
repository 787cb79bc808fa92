"""Programme messages to stations' receivers, on a real store, with a link that keeps the sent messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broadcast.bulletins.model import BulletinId
from cms.alerts.messages.alerts import AlertMessages
from cms.features import FEATURES
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.gateway.uplink import Uplink
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.web.formats import local
from cms.stations.messages.outbox import ProgrammePublisher
from cms.stations.repository import Stations
from cms.stations.service import register
from cms.stations.service.register import StationDraft
from devices.model import DeviceId, DeviceKind
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Command, DeviceEvent, KeyRole, ProgrammeNotice, ProgrammeStageReport
from tests.builders import bulletins, stations
from tests.console import DISTRICT, FAR_DISTRICT, Console, device, open_console
from tests.fakes.recording_link import Published, RecordingLink

HERE, NEW = DeviceId("here-s01"), DeviceId("here-s02")


class StationHarness:
    """A console, a receiver of its station, and the gateway's publishers."""

    def __init__(self, console: Console) -> None:
        self.console, context = console, console.context
        with context.uow() as uow:
            uow[Devices].add(replace(device(1, DISTRICT), id=HERE, serial="S-1", kind=DeviceKind.STATION))
            uow.commit()
        self.station = stations.registered(console, device_id=HERE)
        stations.registered(console, area_id=FAR_DISTRICT, name="Không có máy thu")
        self.box = RecordingLink()
        self.letters = MessageBuilder(context.keyring, "http://loa")
        self.relay = OutboxDispatcher(context, self.box, self.letters, lambda _: None, FEATURES)
        # A new receiver has no notices yet.
        assert self.relayed() == []

    def relayed(self) -> list[Published]:
        self.box.published.clear()
        while self.relay.step():
            pass
        return [each for each in self.box.published if "/programme/" in each.topic]

    def opened(self, payload: bytes) -> ProgrammeNotice:
        keyring, now = self.console.context.keyring, self.console.clock()
        keys = TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws)
        return codec.decode(ProgrammeNotice, keys.verify(payload, KeyRole.PLAN, int(now.timestamp() * 1000)).payload)

    def missed(self) -> list[ProgrammeNotice]:
        context = self.console.context
        with context.uow() as uow:
            receiver = uow[Devices].get(HERE)
        with reading(context.engine) as session:
            letters = ProgrammePublisher(session, context.keyring).missed(receiver, context.now())
        return [self.opened(each.payload) for each in letters]


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[StationHarness]:
    with open_console(tmp_path / "home") as console:
        yield StationHarness(console)


def test_a_receiver_is_told_when_a_programme_is_made_and_when_it_is_taken_back(harness: StationHarness) -> None:
    bulletin = stations.approved(harness.console)
    assert harness.relayed() == []
    made = stations.made(harness.console, bulletin)
    (letter,) = harness.relayed()
    ready = harness.opened(letter.payload)
    assert (letter.topic, letter.retain) == (topics.device_programme(HERE, made.id), True)
    assert (ready.type, ready.programme, ready.head) == ("ready", made.id, "Phòng dịch")
    assert ready.sha256 == made.sound.renditions[0].sha256
    assert harness.missed() == [ready]

    bulletins.edit(harness.console, bulletin)
    (letter,) = harness.relayed()
    killed = harness.opened(letter.payload)
    assert (killed.type, killed.ver > ready.ver) == ("killed", True)
    harness.console.clock.pass_by(days=31)
    assert harness.missed() == []


def test_what_a_receiver_tells_is_receipted_and_stands_on_the_portal(harness: StationHarness) -> None:
    made, context = stations.programme(harness.console), harness.console.context
    harness.relayed()
    uplink = Uplink(context, InboundHandler(context, harness.letters, AlertMessages(context.keyring)))
    at = int(context.now().timestamp() * 1000)
    mp3 = made.sound.renditions[1].sha256
    words = [
        ProgrammeStageReport(rid=f"r-{rung}", programme=made.id, rung=rung, at=at, sha256=mp3)
        for rung in ("downloaded", "verified", "scheduled", "aired")
    ]
    event = DeviceEvent(v=1, type="programme", ts=at, boot="b1", words=words)
    message = Incoming(topics.device_event(HERE), codec.encode(event), retain=False, qos=1, mid=1, connection=1)
    portal = harness.console.client("editor")
    now = f'datetime="{local(context.now()):%Y-%m-%dT%H:%M}'
    instants = []
    for _ in range(3):
        instants.append(portal.get(f"/stations/{harness.station.id}").text.count(now))
        uplink.store([message])
    assert [each - instants[0] for each in instants] == [0, len(words), len(words)]
    harness.relayed()
    receipts = [each for each in harness.box.published if each.topic == topics.device_command(HERE)]
    assert len(receipts) == len(instants)
    for each in receipts:
        keyring = context.keyring
        keys = TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws)
        command = codec.decode(Command, keys.verify(each.payload, KeyRole.PLAN, at).payload)
        assert (command.type, command.refs) == ("receipt", [word.rid for word in words])


def test_told_again_the_bytes_are_the_same(harness: StationHarness) -> None:
    made = stations.programme(harness.console)
    (first,) = harness.relayed()
    harness.console.clock.pass_by(hours=1)
    with harness.console.context.uow() as uow:
        desk = ProgrammePublisher(uow.session, harness.console.context.keyring)
        (again,) = desk.letters(made.id, harness.console.clock())
    assert again.payload == first.payload


def correct(harness: StationHarness, **more: Any) -> None:
    context = harness.console.context
    with context.uow() as uow:
        version = uow[Stations].get(harness.station.id).version
    register.correct(
        context.uow(),
        harness.station.id,
        draft=StationDraft(**{"area_id": DISTRICT, "name": "Đài Phan Thiết", **more}),
        expected_version=version,
        call=context.call(harness.console.actor("editor")),
    )


def retire(harness: StationHarness) -> None:
    """Retire the device as the command does."""
    with harness.console.context.uow() as uow:
        device = uow[Devices].get(HERE)
        uow[Devices].save(replace(device, retired_at=harness.console.clock()))
        uow.outbox.add(OutboxKind.RECEIVER, device.id)
        uow.commit()


def told(letters: list[Published]) -> dict[str, str]:
    """Return for each device whether its notice was sent or cleared."""
    return {each.topic.split("/")[-3]: "told" if each.payload else "cleared" for each in letters}


def test_where_a_station_has_another_receiver_the_old_ones_notices_go_and_the_new_one_has_them(
    harness: StationHarness,
) -> None:
    made = stations.programme(harness.console)
    with harness.console.context.uow() as uow:
        uow[Devices].add(replace(device(2, DISTRICT), id=NEW, serial="S-2", kind=DeviceKind.STATION))
        uow.commit()
    assert told(harness.relayed()) == {HERE: "told"}
    correct(harness, device_id=NEW)
    letters = harness.relayed()
    assert told(letters) == {HERE: "cleared", NEW: "told"}
    assert {each.topic.rpartition("/")[2] for each in letters} == {made.id}
    assert harness.relayed() == []


def test_where_a_station_has_no_receiver_any_more_its_notices_go(harness: StationHarness) -> None:
    stations.programme(harness.console)
    harness.relayed()
    correct(harness)
    assert told(harness.relayed()) == {HERE: "cleared"}


def test_a_receiver_out_of_service_holds_nothing_and_is_told_nothing(harness: StationHarness) -> None:
    bulletin = stations.approved(harness.console)
    stations.made(harness.console, bulletin)
    harness.relayed()
    retire(harness)
    assert told(harness.relayed()) == {HERE: "cleared"}
    later = stations.approved(harness.console, "Sau đó", starts="2026-11-24T18:00")
    stations.made(harness.console, later, b"other" * 99)
    assert told(harness.relayed()) == {HERE: "cleared"}


def test_what_is_to_be_cleared_outlives_a_gateway_that_is_killed(harness: StationHarness) -> None:
    stations.programme(harness.console)
    harness.relayed()
    correct(harness)
    harness.box.is_ready = False
    assert harness.relay.send_letters() == 0
    harness.box.is_ready = True
    harness.relay = OutboxDispatcher(harness.console.context, harness.box, harness.letters, lambda _: None, FEATURES)
    assert told(harness.relayed()) == {HERE: "cleared"}


def test_a_station_of_another_area_has_nothing_of_the_first(harness: StationHarness) -> None:
    made = stations.programme(harness.console, areas=(DISTRICT,))
    harness.relayed()
    correct(harness, area_id=FAR_DISTRICT)
    assert harness.missed() == []
    # The receiver stays where it is, but belongs to the station no more.
    assert told(harness.relayed()) == {HERE: "cleared"}
    assert made.killed_at is None


def test_what_is_over_is_cleared_and_what_was_never_made_is_not_told(harness: StationHarness) -> None:
    made = stations.programme(harness.console)
    waiting = stations.approved(harness.console, "Chưa xong", starts="2026-11-24T18:00")
    harness.relayed()
    assert [each.programme for each in harness.missed()] == [made.id]
    bulletins.edit(harness.console, bulletins.stored(harness.console, BulletinId(waiting.id)))
    (cleared,) = harness.relayed()
    assert (cleared.topic, cleared.payload) == (topics.device_programme(HERE, waiting.id), b"")
    harness.console.clock.pass_by(days=9)
    with harness.console.context.uow() as uow:
        desk = ProgrammePublisher(uow.session, harness.console.context.keyring)
        (gone,) = desk.letters(made.id, harness.console.clock())
    assert gone.payload == b""
