"""Gateway as a process on a real broker and a real store: started, stopped, and killed at any moment."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from broadcast.bulletins.model import BulletinId, BulletinStatus
from cms.bulletins.repository.bulletins import Bulletins
from cms.fleet.repository.devices import Devices
from cms.health.repository.faults import broker_line
from cms.platform.signer.officers import publish_officers
from cms.platform.store.kinds import OutboxKind
from devices.health.broker_outage import GatewayConnection
from devices.protocol import codec, jws, topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import (
    AsRunRecord,
    Command,
    Desired,
    DeviceEvent,
    KeyRole,
    Manifest,
    State,
    SyncRequest,
)
from devices.protocol.officers import TrustedOfficers
from province.machine_clock import unix_ms, utc_now
from tests.builders import telemetry
from tests.builders.officers import SigningOfficer, officers
from tests.integration.gateway.station import LOA_1, OCCURRENCE, SHA, XA_1, Station, approved, make_station
from tests.integration.mqtt.inbox import Inbox, connected
from tests.integration.process import DEADLINE_S, Process, until
from tests.integration.real_broker import RealBroker

TOLD_AGAIN_S = 5.0


@pytest.fixture
def station(broker: RealBroker) -> Iterator[Station]:
    made, engine = make_station(broker.settings.root, broker.settings.mqtt_port, utc_now)
    yield made
    engine.dispose()


@pytest.fixture
def gateway(broker: RealBroker, station: Station) -> Iterator[Process]:
    process = Process(broker.settings, "gateway")
    process.start()
    yield process
    process.kill()


def trusted(station: Station) -> TrustedKeys:
    return TrustedKeys.from_root(station.context.keyring.root_x, station.context.keyring.keyset_jws)


def payload_of(station: Station, data: bytes) -> bytes:
    return trusted(station).verify(data, KeyRole.PLAN, unix_ms()).payload


def count(station: Station, query: str) -> int:
    with station.context.engine.connect() as connection:
        return int(connection.exec_driver_sql(query).scalar_one())


def line(station: Station) -> GatewayConnection:
    with station.context.uow.reading() as unit:
        return broker_line(unit.session)


def asrun(first: int, last: int) -> DeviceEvent:
    records = [
        AsRunRecord(
            rid=f"b1-{number}",
            item=OCCURRENCE,
            sha256=SHA,
            planned_at=1_772_443_800_000,
            result="done",
            started_at=1_772_443_800_003,
            ended_at=1_772_443_860_003,
        )
        for number in range(first, last)
    ]
    return DeviceEvent(v=1, type="asrun", ts=1, boot="b1", records=records)


def test_a_device_that_connects_finds_all_it_needs_and_the_gateway_stops_cleanly(
    broker: RealBroker, station: Station, gateway: Process
) -> None:
    transmission = approved(station, "FREQ=DAILY", status=BulletinStatus.APPROVED)
    station.ask(OutboxKind.DESIRED, LOA_1)
    station.ask(OutboxKind.PLAN, XA_1)
    publish_officers(station.context.settings, officers(SigningOfficer("an")).keyset, {}, station.now)
    gateway.wait_ready()
    until(lambda: count(station, "SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0)
    wanted = {topics.keys(): 1, topics.officers(): 1, topics.device_desired(LOA_1): 1, topics.area_plan(XA_1): 1}
    with connected(broker.device_endpoint(LOA_1), wanted) as device:
        held: dict[str, bytes] = {}
        while held.keys() != wanted.keys():  # messages sent again meanwhile come twice
            message = device.next()
            held[message.topic] = message.payload
        health = telemetry.record(utc_now(), temp=44.5)
        device.link.publish(topics.device_telemetry(LOA_1), codec.encode(health), qos=0).result(DEADLINE_S)
        until(lambda: count(station, "SELECT count(*) FROM telemetry_snapshots") == 1)
    assert held[topics.keys()] == station.context.keyring.keyset_jws
    root = jws.verifying_key(station.context.keyring.root_x)
    assert TrustedOfficers.from_root(root, held[topics.officers()]).keyset.ver == 1
    desired = codec.decode(Desired, payload_of(station, held[topics.device_desired(LOA_1)]))
    assert desired.areas == ["xa-1", "tinh"]
    manifest = codec.decode(Manifest, payload_of(station, held[topics.area_plan(XA_1)]))
    plans = [station.context.content.read_bytes(ref.sha256).decode() for ref in manifest.days.values()]
    assert any(transmission.id in plan for plan in plans)
    with station.context.uow() as unit:
        assert unit[Bulletins].get(BulletinId("b1")).status is BulletinStatus.SCHEDULED
    assert gateway.stop() == 0
    assert not gateway.is_ready


def test_a_record_sent_while_the_gateway_is_killed_is_stored_once_and_receipted(
    broker: RealBroker, station: Station, gateway: Process
) -> None:
    approved(station)
    gateway.wait_ready()
    wanted = {f"b1-{number}" for number in range(400)}
    receipted: set[str] = set()
    with connected(broker.device_endpoint(LOA_1), {topics.device_command(LOA_1): 1}) as device:

        def tell(first: int) -> None:
            event = codec.encode(asrun(first, first + 4))
            device.link.publish(topics.device_event(LOA_1), event).result(DEADLINE_S)

        for round_number in range(4):
            for number in range(25):
                tell(round_number * 100 + number * 4)
            gateway.kill()
            gateway.start()
        gateway.wait_ready()
        while receipted != wanted:
            message = device.next_within(TOLD_AGAIN_S)
            if message is None:
                # Stored, and killed before the receipt was sent: a device repeats records without a receipt.
                for first in sorted({int(rid.removeprefix("b1-")) // 4 * 4 for rid in wanted - receipted}):
                    tell(first)
                continue
            body = codec.decode(Command, payload_of(station, message.payload))
            assert body.type == "receipt"
            receipted |= set(body.refs)
    assert count(station, "SELECT count(*) FROM as_runs") == 400


def test_killed_at_random_moments_the_outbox_still_goes_out_each_command_under_one_id(
    broker: RealBroker, station: Station, gateway: Process
) -> None:
    rng = random.Random(20)
    ids: dict[str, set[str]] = {}
    with connected(broker.device_endpoint(LOA_1), {topics.area_command(XA_1): 1}) as device:
        for number in range(300):
            station.ask(OutboxKind.CANCEL, XA_1, {"refs": [f"o-{number}"]})
            if number % 60 == 30:
                gateway.wait_ready()
                threading.Event().wait(rng.uniform(0, 0.15))
                gateway.kill()
                gateway.start()
        until(lambda: count(station, "SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0)
        while len(ids) < 300:
            body = codec.decode(Command, payload_of(station, device.next().payload))
            ids.setdefault(body.refs[0], set()).add(body.cid)
    assert {len(cids) for cids in ids.values()} == {1}
    assert len(set().union(*ids.values())) == 300


def test_killed_while_planning_every_area_is_planned_and_announced(
    broker: RealBroker, station: Station, gateway: Process
) -> None:
    approved(station, "FREQ=DAILY", status=BulletinStatus.APPROVED)
    for _ in range(3):
        station.ask(OutboxKind.PLAN, XA_1)
        threading.Event().wait(0.4)
        gateway.kill()
        gateway.start()
    gateway.wait_ready()
    until(lambda: count(station, "SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0)
    assert count(station, "SELECT count(*) FROM day_plans WHERE sent_at IS NULL") == 0
    assert count(station, "SELECT count(DISTINCT area_id) FROM day_plans") == 2


def test_the_broker_killed_under_the_gateway_loses_nothing(
    broker: RealBroker, station: Station, gateway: Process
) -> None:
    gateway.wait_ready()
    with connected(
        broker.device_endpoint(LOA_1), {topics.area_command(XA_1): 1, topics.device_command(LOA_1): 1}
    ) as device:
        broker.kill()
        station.ask(OutboxKind.CANCEL, XA_1, {"refs": ["o-1"]})
        # There are no wills: the gateway knows of the outage by its own connection.
        until(lambda: line(station).is_lost)
        broker.start()
        until(lambda: count(station, "SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0)
        until(lambda: not line(station).is_lost)
        # The device may have come back after the command went out: that is why it asks on every connect.
        assert device.link.wait_ready(DEADLINE_S)
        ask(device)
        assert codec.decode(Command, payload_of(station, device.next().payload)).refs == ["o-1"]


def test_a_device_that_asks_is_answered_by_what_is_published_again(
    broker: RealBroker, station: Station, gateway: Process
) -> None:
    gateway.wait_ready()
    until(lambda: count(station, "SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0)
    with station.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_1), desired_version=5))
        unit.commit()
    with connected(broker.device_endpoint(LOA_1), {topics.device_desired(LOA_1): 1}) as device:
        birth = State(v=1, st="online", conn=1, boot="b1", ts=1)
        device.link.publish(topics.device_state(LOA_1), codec.encode(birth), retain=True).result(DEADLINE_S)
        ask(device)
        assert newest(device, station).ver == 5
    with station.context.uow() as unit:
        status = unit[Devices].status(LOA_1)
    assert status is not None
    assert status.online


def ask(device: Inbox) -> None:
    request = SyncRequest(v=1, ts=1, boot="b1", desired_ver=0)
    device.link.publish(topics.device_request(LOA_1, "sync"), codec.encode(request)).result(DEADLINE_S)


def newest(device: Inbox, station: Station) -> Desired:
    return codec.decode(Desired, payload_of(station, device.next().payload))
