"""Answers to a device's sync request."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.repository.unknown_orders import KEPT_MAX, UnknownOrders
from cms.features import FEATURES
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.gateway.uplink import Uplink
from cms.platform.store.kinds import OutboxKind
from devices.model import Device, DeviceId
from devices.protocol import topics
from devices.protocol.messages import Ack, Command, Desired, ExecutionState, SyncRequest
from tests.fakes.recording_link import Published
from tests.integration.gateway.alarms import issued
from tests.integration.gateway.platform.test_uplink import said
from tests.integration.gateway.station import LOA_1, LOA_2, TODAY, XA_1, Station
from tests.unit.firmware import signing
from tests.unit.firmware.device_harness import DEVICE, DeviceHarness

NONCE = "9f86d081884c7d659a2feaa0c55ad015"


@pytest.fixture
def hears(station: Station) -> Uplink:
    return Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts))


def request(**fields: object) -> SyncRequest:
    values: dict[str, object] = {"desired_ver": 1, "keyset": 10**9, "nonce": NONCE, **fields}
    return SyncRequest(v=1, ts=0, boot="b1", **values)  # type: ignore[arg-type] # each test names fields


def ask(hears: Uplink, body: SyncRequest, device_id: DeviceId = LOA_1) -> list[OutgoingMessage]:
    return list(hears.store([said(topics.device_request(device_id, "sync"), body)]))


def read(letter: OutgoingMessage) -> Command:
    return Published(letter.topic, letter.payload, letter.qos, letter.retain, letter.expiry_s).read(Command)


def test_an_answer_ends_with_the_servers_time_and_the_requests_nonce(station: Station, hears: Uplink) -> None:
    *_, last = ask(hears, request(keyset=0))
    command = read(last)
    assert (command.type, command.refs, command.target.devices) == ("synced", [NONCE], [LOA_1])
    assert command.iat == int(station.now.timestamp() * 1000)
    assert (last.topic, last.retain) == (topics.device_command(LOA_1), False)


def test_who_asks_without_a_nonce_or_is_unknown_is_told_no_time(hears: Uplink) -> None:
    assert ask(hears, request(nonce="")) == []
    assert ask(hears, request(), DeviceId("nobody")) == []


def events(station: Station) -> list[str]:
    with station.context.engine.connect() as connection:
        return [name for (name,) in connection.exec_driver_sql("SELECT name FROM events ORDER BY seq")]


def device_of(station: Station) -> Device:
    with station.context.uow() as unit:
        return unit[Devices].get(LOA_1)


def ms(station: Station) -> int:
    return int(station.now.timestamp() * 1000)


def desired_sent(station: Station) -> Desired:
    """Return the newest desired state that the outbox dispatcher publishes for the device."""
    OutboxDispatcher(station.context, station.link, station.letters, lambda *_: None, FEATURES).step()
    topic = topics.device_desired(LOA_1)
    return [sent for sent in station.link.published if sent.topic == topic][-1].read(Desired)


def test_settings_are_numbered_above_those_a_device_holds_of_a_lost_database(station: Station, hears: Uplink) -> None:
    ask(hears, request(desired_ver=4))
    assert device_of(station).desired_version == 5
    assert (OutboxKind.DESIRED, LOA_1) in station.due()
    assert "device.settings_reissued" in events(station)
    assert desired_sent(station).ver == 5
    ask(hears, request(desired_ver=5))
    assert device_of(station).desired_version == 5


def test_a_device_that_lies_about_its_settings_moves_no_counter_far(station: Station, hears: Uplink) -> None:
    ask(hears, request(desired_ver=2**53 - 1))
    assert device_of(station).desired_version == 1


def test_a_plan_that_is_newer_than_ours_raises_the_epoch_of_all_that_is_signed(station: Station, hears: Uplink) -> None:
    station.put_plan(XA_1, TODAY)
    held = {XA_1: ms(station) + 60_000}
    ask(hears, request(manifests=held))
    assert station.letters.epoch.value == ms(station)
    assert set(station.due()) == {(OutboxKind.DESIRED, LOA_1), (OutboxKind.MANIFEST, XA_1)}
    assert events(station) == ["server.restored"]
    assert desired_sent(station).epoch == ms(station)
    ask(hears, request(manifests=held, epochs=(ms(station), ms(station))), LOA_2)
    assert station.letters.epoch.value == ms(station)


def test_an_epoch_that_we_have_lost_is_overtaken(station: Station, hears: Uplink) -> None:
    found = ms(station) + 5_000
    ask(hears, request(epochs=(found, 0)))
    assert station.letters.epoch.value == found + 1


@pytest.mark.parametrize("field", ["epochs", "manifests"])
def test_a_device_that_lies_about_the_epoch_is_not_followed(station: Station, hears: Uplink, field: str) -> None:
    lie = 2**53 - 1
    ask(hears, request(**{field: (lie, lie) if field == "epochs" else {XA_1: lie}}))
    assert station.letters.epoch.value == 0


def test_liars_raise_the_epoch_once_in_ten_minutes(station: Station, hears: Uplink) -> None:
    ask(hears, request(epochs=(1, 0)))
    risen = station.letters.epoch.value
    ask(hears, request(epochs=(risen + 5, 0)))
    assert station.letters.epoch.value == risen
    station.pass_by(minutes=10)
    ask(hears, request(epochs=(risen + 5, 0)))
    assert station.letters.epoch.value > risen + 5


def test_a_quarantine_set_after_a_restored_back_up_reaches_the_device(station: Station, hears: Uplink) -> None:
    station.letters.epoch.rise(station.now)
    with station.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_1), quarantined=True, desired_version=2))
        unit.outbox.add(OutboxKind.DESIRED, LOA_1)
        unit.commit()
    device = DeviceHarness()
    device.power_on()
    device.connect()
    device.desire(ver=5)
    sent = desired_sent(station)
    device.deliver(topics.device_desired(DEVICE), signing.signed(msgspec.structs.replace(sent, device=DEVICE)))
    device.order(device.play("p"))
    assert device.last_ack("p").code == "QUARANTINED"


LOST = "01kdv0000000000000000000a1"


def held_for(station: Station, minutes: int = 45) -> dict[str, int]:
    return {LOST: ms(station) + minutes * 60_000}


def unknown_of(station: Station) -> list[tuple[str, int]]:
    with station.context.uow.reading() as unit:
        return [(each.id, len(each.places)) for each in unit[UnknownOrders].open(station.now)]


def test_an_order_that_only_devices_know_is_shown_once_and_ended_by_nobody(station: Station, hears: Uplink) -> None:
    assert len(ask(hears, request(orders=held_for(station)))) == 1
    ask(hears, request(orders=held_for(station)))
    ask(hears, request(orders=held_for(station)), LOA_2)
    assert unknown_of(station) == [(LOST, 2)]
    assert events(station).count("device.unknown_order") == 2
    station.pass_by(minutes=46)
    assert unknown_of(station) == []


@pytest.mark.parametrize("until_ms", [0, 2**53 - 1])
def test_an_order_that_is_over_or_never_ends_is_none(station: Station, hears: Uplink, until_ms: int) -> None:
    ask(hears, request(orders={LOST: until_ms}))
    assert unknown_of(station) == []


def test_a_device_that_makes_up_orders_fills_no_table(station: Station, hears: Uplink) -> None:
    until = ms(station) + 60_000
    for batch in range(12):
        ask(hears, request(orders={f"made-up-{batch}-{number}": until for number in range(20)}))
    assert len(unknown_of(station)) == KEPT_MAX


def test_a_person_ends_it_by_its_id_at_every_device_now_and_at_its_next_sync(station: Station, hears: Uplink) -> None:
    ask(hears, request(orders=held_for(station)))
    now = station.now
    with station.context.uow() as unit:
        unit[UnknownOrders].end(LOST, [LOA_1], now)
        unit.outbox.add(OutboxKind.UNKNOWN_END, LOST)
        unit.commit()
    AlertPublisher(station.context, station.link, station.alerts, lambda _now: 0).send()
    sent = [each.read(Command) for each in station.link.published if each.topic == topics.device_command(LOA_1)]
    assert [(each.type, each.refs, each.prio, each.drill) for each in sent] == [
        ("cancel", [LOST], 9, False),
        ("cancel", [LOST], 9, True),
    ]
    again = [read(letter) for letter in ask(hears, request(orders=held_for(station)))]
    assert [each.cid for each in again[:2]] == [each.cid for each in sent]
    assert unknown_of(station) == []
    assert (OutboxKind.UNKNOWN_END, LOST) not in station.due()


@pytest.mark.parametrize("st", [ExecutionState.RECEIVED, ExecutionState.STARTED, ExecutionState.DONE])
def test_a_device_that_takes_up_an_order_which_we_do_not_know_is_asked_what_it_holds_once_a_minute(
    station: Station, hears: Uplink, st: ExecutionState
) -> None:
    def answers(cid: str) -> list[str]:
        letters = list(hears.store([said(topics.device_ack(LOA_1), Ack(v=1, st=st, ts=0, n=1, boot="b1", cid=cid))]))
        assert {letter.topic for letter in letters} <= {topics.device_command(LOA_1)}
        return [read(letter).type for letter in letters]

    assert answers(LOST) == ["resync"]
    assert answers(LOST) == []
    assert answers("01kdv0000000000000000000a2") == ["resync"]
    station.pass_by(minutes=1)
    assert answers("receipt-1-1") == []
    assert answers(LOST) == ["resync"]
    station.pass_by(minutes=1)
    assert answers(issued(station, "01kdv0000000000000000000b1").id) == []


def test_what_a_person_has_ended_is_ended_on_a_device_that_tells_of_it_later(station: Station, hears: Uplink) -> None:
    ask(hears, request(orders=held_for(station)))
    with station.context.uow() as unit:
        unit[UnknownOrders].end(LOST, [LOA_1], station.now)
        unit.commit()
    letters = [read(letter) for letter in ask(hears, request(orders=held_for(station)), LOA_2)]
    assert [(each.type, each.refs, each.target.devices) for each in letters[:2]] == [("cancel", [LOST], [LOA_2])] * 2
    assert unknown_of(station) == []
