"""Station on a real broker, with the server's own documents: an alert, its update, and its cancel."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest

from broadcast.alerts.model import Purpose
from broadcast.stations.model import ProgrammeProgress
from cms.alerts.messages.alerts import AlertMessages
from cms.exchange.jobs import CapPublisher
from cms.exchange.repository.outbound import CapDocuments
from cms.features import FEATURES
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.gateway.uplink import Uplink
from cms.stations.repository import Programmes
from devices.model import Device, DeviceId, DeviceKind
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from firmware_sim.storage.flash import Flash
from province.machine_clock import utc_now
from tests.builders import alert_states, bulletins, stations
from tests.console import COMMUNE, START, Console, open_console
from tests.integration.exchange.test_publishing import ended
from tests.integration.firmware.province import Province
from tests.integration.firmware.test_fleet_alert import change_bundle
from tests.integration.mqtt.inbox import DEADLINE_S, connected
from tests.integration.real_broker import RealBroker

STATION = DeviceId("mui-ne-s01")
SPY = "mui-ne-l09"
SOUND = b"a programme " * 500


@dataclass
class District:
    """Server's side on the broker's keys, and a station that is switched on."""

    console: Console
    province: Province
    relay: OutboxDispatcher

    def publish(self) -> None:
        CapPublisher(self.console.context).step()
        while self.relay.send_letters():
            pass

    def shown(self) -> list[dict[str, object]]:
        showing = json.loads((self.province.out / STATION / "station.json").read_text())["showing"]
        assert isinstance(showing, list)
        return showing

    def wait_for(self, *expected: tuple[str, str]) -> None:
        """Wait until exactly these types and documents are shown, each with its text."""
        self.province.wait_for(
            f"shows {expected}",
            lambda: [(each["type"], each["document"]) for each in self.shown() if each["has_text"]] == [*expected],
        )

    def text(self, document: str) -> bytes:
        return (self.province.out / STATION / "cap" / f"{document}.xml").read_bytes()


@pytest.fixture
def district(province: Province, broker: RealBroker) -> Iterator[District]:
    with open_console(broker.settings.root) as console:
        # The station's clock is the machine's.
        console.clock.at = utc_now()
        with console.context.uow() as unit:
            unit[Devices].add(Device(STATION, "sn", "Đài Mũi Né", DeviceKind.STATION, COMMUNE, START))
            unit.commit()
        context = console.context
        letters = MessageBuilder(context.keyring, context.settings.effective_public_url)
        province.provision(STATION)
        change_bundle(province, STATION, kind="station")
        province.power_on()
        yield District(
            console, province, OutboxDispatcher(context, province.gateway, letters, lambda _: None, FEATURES)
        )


def test_a_station_is_told_of_an_alert_its_update_and_its_cancel_and_nobody_else_is(
    district: District, broker: RealBroker
) -> None:
    console = district.console
    wanted = dict.fromkeys((topics.device_cap(STATION, "+"), topics.device_command(SPY)), 1)
    with connected(broker.device_endpoint(SPY), wanted) as spy:
        alert = alert_states.active(console)
        district.publish()
        district.wait_for(("alert", str(alert.order_id)))
        assert b"</alert>" in district.text(str(alert.order_id))
        update = alert_states.active(console, purpose=Purpose.UPDATE, updates_id=alert.id)
        district.publish()
        district.wait_for(("update", str(update.order_id)))
        ended(console, update, is_cancel=True)
        district.publish()
        district.wait_for(("cancel", f"{update.order_id}-end"))
        assert b"<msgType>Cancel</msgType>" in district.text(f"{update.order_id}-end")
        district.province.gateway.publish(topics.device_command(SPY), b"mine").result(DEADLINE_S)
        assert spy.next().payload == b"mine"


def test_a_station_that_was_away_learns_what_is_over_and_what_holds(district: District) -> None:
    console = district.console
    first = alert_states.active(console)
    district.publish()
    district.wait_for(("alert", str(first.order_id)))
    district.province.power_off()
    update = alert_states.active(console, purpose=Purpose.UPDATE, updates_id=first.id)
    district.publish()
    district.province.power_on()
    district.wait_for(("update", str(update.order_id)))


def test_a_document_that_does_not_fit_a_message_is_fetched_by_its_hash(district: District) -> None:
    alert = alert_states.active(district.console, **alert_states.LARGE)
    CapPublisher(district.console.context).step()
    content = district.console.context.content
    with district.console.context.uow() as unit:
        (document,) = unit[CapDocuments].of_alert(alert.id)
    district.province.content.put(content.read_bytes(document.sha256))
    district.publish()
    district.wait_for(("alert", str(alert.order_id)))
    assert district.text(str(alert.order_id)) == content.read_bytes(document.sha256)


def test_a_station_takes_a_programme_and_drops_it_when_it_is_taken_back(district: District) -> None:
    console, folder = district.console, district.province.out / STATION / "programmes"
    console.clock.at = utc_now()
    stations.registered(console, area_id=COMMUNE, device_id=STATION)
    on = f"{console.clock.at + timedelta(days=2):%Y-%m-%d}"
    bulletin = stations.approved(console, starts=f"{on}T06:00")
    made = stations.made(console, bulletin, SOUND)
    district.province.content.put(SOUND)
    district.publish()
    path = folder / f"{made.id}.mp3"
    district.province.wait_for("the programme is there", lambda: path.exists() and path.read_bytes() == SOUND)
    bulletins.edit(console, bulletin)
    district.publish()
    district.province.wait_for("the programme is gone", lambda: not path.exists())


def test_what_a_station_tells_of_a_programme_is_told_until_it_is_receipted(district: District) -> None:
    console, province = district.console, district.province
    console.clock.at = utc_now()
    station = stations.registered(console, area_id=COMMUNE, device_id=STATION)
    begins = console.clock.at + timedelta(seconds=-5)
    bulletin = stations.approved(console, starts=f"{console.clock.at + timedelta(days=2):%Y-%m-%d}T06:00")
    made = stations.made(console, bulletin, SOUND)
    province.content.put(SOUND)
    district.publish()
    province.wait_for("three rungs are told", lambda: rungs(province) == {"downloaded", "verified", "scheduled"})
    letters = MessageBuilder(console.context.keyring, console.context.settings.effective_public_url)
    uplink = Uplink(console.context, InboundHandler(console.context, letters, AlertMessages(console.context.keyring)))
    for event in [each for each in province.facts() if each.words]:
        topic = topics.device_event(STATION)
        uplink.store([Incoming(topic, codec.encode(event), retain=False, qos=1, mid=1, connection=1)])
    with console.context.uow() as unit:
        details = {each.rung: each for each in unit[Programmes].receipts(made.id)}
    assert details[ProgrammeProgress.VERIFIED].sha256 == made.sound.renditions[1].sha256
    assert details[ProgrammeProgress.SCHEDULED].at == made.start_at
    assert (details[ProgrammeProgress.DOWNLOADED].station_id, details[ProgrammeProgress.DOWNLOADED].at > begins) == (
        station.id,
        True,
    )
    district.publish()
    province.wait_for("nothing waits any more", lambda: not waiting(province))


def rungs(province: Province) -> set[str]:
    return {word.rung for event in province.facts() for word in event.words}


def waiting(province: Province) -> Mapping[str, object]:
    """Return the reports that the flash would have the station send again after a power cut."""
    copy = province.folder / "read"
    copy.mkdir(exist_ok=True)
    shutil.copy(province.folder / "flash" / STATION / "station" / "journal", copy)
    flash = Flash(copy)
    facts = flash.load()
    flash.close()
    return facts.get("word", {})
