"""Inbound device messages, handled and stored in a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import BulletinId, BulletinStatus
from cms.bulletins.repository.bulletins import Bulletins
from cms.features import FEATURES
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.messages import CANCEL_LASTS, OutgoingMessage
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.gateway.uplink import Uplink
from cms.platform.store.kinds import OutboxKind
from cms.schedule.repository.deliveries import Deliveries
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.messages import (
    Ack,
    AsRunRecord,
    Command,
    DeviceEvent,
    ExecutionState,
    State,
    SyncRequest,
    Wire,
)
from tests.fakes.recording_link import Published
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, OCCURRENCE, SHA, TODAY, XA_1, XA_2, Station, approved

DEADLINE_S = 120
PLANNED_MS = 1_772_443_800_000  # 16:30 in Vietnam on the second of March


@pytest.fixture
def hears(station: Station) -> Uplink:
    return Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts))


def said(topic: str, body: Wire | bytes, *, retain: bool = False, mid: int = 1) -> Incoming:
    payload = body if isinstance(body, bytes) else codec.encode(body)
    return Incoming(topic, payload, retain, 1, mid, 1)


def state(st: str = "online", conn: int = 1, ts: int = 0) -> State:
    return State(v=1, st=st, conn=conn, boot="b1", ts=ts, fw="sim-1", clk_ms=-12)


def ack(st: ExecutionState, *items: str, code: str | None = None) -> Ack:
    return Ack(v=1, st=st, ts=0, n=1, boot="b1", items=list(items), code=code)


def sounded(rid: str = "b1-1", result: str = "done", item: str = OCCURRENCE, code: str | None = None) -> AsRunRecord:
    is_heard = result != "missed"
    return AsRunRecord(
        rid=rid,
        item=item,
        sha256=SHA,
        planned_at=PLANNED_MS,
        result=result,
        started_at=PLANNED_MS + 4 if is_heard else None,
        ended_at=PLANNED_MS + 60_004 if is_heard else None,
        code=code,
        volume_pct=70,
    )


def asrun(*records: AsRunRecord) -> DeviceEvent:
    return DeviceEvent(v=1, type="asrun", ts=0, boot="b1", records=list(records))


def sync(
    desired_ver: int = 1, manifests: dict[str, int] | None = None, keyset: int = 1, officers: int | None = None
) -> SyncRequest:
    held = manifests or {}
    return SyncRequest(v=1, ts=0, boot="b1", desired_ver=desired_ver, manifests=held, keyset=keyset, officers=officers)


def count(station: Station, table: str) -> int:
    with station.context.engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def rungs(station: Station) -> dict[str, tuple[DeliveryState, str]]:
    with station.context.uow() as unit:
        return {d.device_id: (d.state, d.reason) for d in unit[Deliveries].of_occurrence(OCCURRENCE)}


def event_names(station: Station) -> list[str]:
    with station.context.engine.connect() as connection:
        return [name for (name,) in connection.exec_driver_sql("SELECT name FROM events ORDER BY seq")]


def test_a_birth_and_a_death_are_a_devices_presence(station: Station, hears: Uplink) -> None:
    topic = topics.device_state(LOA_1)
    hears.store([said(topic, state(conn=3))])
    born_at = station.now
    station.pass_by(minutes=5)
    hears.store([said(topic, state("offline", conn=3))])
    with station.context.uow() as unit:
        status = unit[Devices].status(LOA_1)
    assert status is not None
    assert (status.online, status.conn, status.seen_at) == (False, 3, born_at)  # a will is sent by the broker
    assert (status.firmware, status.boot, status.clock_offset_ms) == ("sim-1", "b1", -12)


def test_an_old_will_does_not_make_a_living_device_dead(station: Station, hears: Uplink) -> None:
    topic = topics.device_state(LOA_1)
    hears.store([said(topic, state(conn=4)), said(topic, state("offline", conn=3))])
    with station.context.uow() as unit:
        status = unit[Devices].status(LOA_1)
    assert status is not None
    assert status.online


def test_what_the_broker_repeats_was_not_said_now(station: Station, hears: Uplink) -> None:
    said_at = station.now - timedelta(hours=3)
    said_ms = int(said_at.timestamp() * 1000)
    topic = topics.device_state(LOA_1)
    hears.store([said(topic, state(ts=said_ms), retain=True)])
    with station.context.uow() as unit:
        status = unit[Devices].status(LOA_1)
    assert status is not None
    assert status.seen_at == said_at
    hears.store([said(topic, state(ts=2**53 - 1), retain=True)])
    with station.context.uow() as unit:
        status = unit[Devices].status(LOA_1)
    assert status is not None
    assert status.seen_at == station.now


@pytest.mark.parametrize(
    ("standing", "code", "expected"),
    [
        (ExecutionState.RECEIVED, None, (DeliveryState.RECEIVED, "")),
        (ExecutionState.READY, None, (DeliveryState.READY, "")),
        (ExecutionState.STARTED, None, (DeliveryState.STARTED, "")),
        (ExecutionState.DONE, None, (DeliveryState.DONE, "")),
        (ExecutionState.CUT, "POWER_LOST", (DeliveryState.CUT, "POWER_LOST")),
        (ExecutionState.CANCELLED, "CANCELLED", (DeliveryState.MISSED, "CANCELLED")),
        (ExecutionState.REJECTED, "QUIET_HOURS", (DeliveryState.MISSED, "QUIET_HOURS")),
        (ExecutionState.EXPIRED, "EXPIRED", (DeliveryState.MISSED, "EXPIRED")),
    ],
)
def test_an_answer_is_a_rung_of_the_ladder(
    station: Station, hears: Uplink, standing: ExecutionState, code: str | None, expected: tuple[DeliveryState, str]
) -> None:
    approved(station)
    hears.store([said(topics.device_ack(LOA_1), ack(standing, OCCURRENCE, code=code))])
    assert rungs(station) == {LOA_1: expected}


def test_a_late_answer_does_not_take_a_rung_back(station: Station, hears: Uplink) -> None:
    approved(station)
    topic = topics.device_ack(LOA_1)
    hears.store(
        [said(topic, ack(ExecutionState.READY, OCCURRENCE)), said(topic, ack(ExecutionState.RECEIVED, OCCURRENCE))]
    )
    assert rungs(station) == {LOA_1: (DeliveryState.READY, "")}


def test_items_of_no_transmission_of_ours_are_ignored(station: Station, hears: Uplink) -> None:
    approved(station)
    hears.store([said(topics.device_ack(LOA_1), ack(ExecutionState.READY, "stranger-s1-202603021630", OCCURRENCE))])
    assert rungs(station) == {LOA_1: (DeliveryState.READY, "")}
    assert count(station, "deliveries") == 1


def test_an_answer_to_a_command_moves_no_ladder(station: Station, hears: Uplink) -> None:
    refusal = Ack(v=1, st=ExecutionState.REJECTED, ts=0, n=1, boot="b1", cid="cancel-1", code="EXPIRED")
    hears.store([said(topics.device_ack(LOA_1), refusal)])
    assert count(station, "deliveries") == 0


def test_a_record_is_counted_once_and_receipted_each_time(station: Station, hears: Uplink) -> None:
    approved(station)
    message = said(topics.device_event(LOA_1), asrun(sounded()))
    hears.store([message, message])
    hears.store([message])
    assert count(station, "as_runs") == 1
    assert station.due() == [(OutboxKind.RECEIPT, LOA_1)] * 3
    assert rungs(station) == {LOA_1: (DeliveryState.DONE, "")}


def test_a_record_keeps_what_was_sounded_when_and_how_late(station: Station, hears: Uplink) -> None:
    transmission = approved(station)
    hears.store([said(topics.device_event(LOA_1), asrun(sounded()))])
    with station.context.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT * FROM as_runs").mappings().one()
    assert (row["title"], row["device_name"], row["result"]) == (transmission.title, f"Cụm {LOA_1}", "done")
    assert (row["sha256"], row["transmission_id"], row["volume_pct"]) == (SHA, transmission.id, 70)


def test_a_missed_item_says_why(station: Station, hears: Uplink) -> None:
    approved(station)
    hears.store([said(topics.device_event(LOA_1), asrun(sounded(result="missed", code="POWER_LOST")))])
    assert rungs(station) == {LOA_1: (DeliveryState.MISSED, "POWER_LOST")}


def test_a_sound_that_was_not_ours_is_logged_and_receipted(station: Station, hears: Uplink) -> None:
    record = sounded(item="stranger-s1-202603021630")
    hears.store([said(topics.device_event(LOA_1), asrun(msgspec.structs.replace(record, planned_at=2**53 - 1)))])
    assert count(station, "as_runs") == 0
    assert event_names(station) == ["device.invalid_record"]
    assert station.due() == [(OutboxKind.RECEIPT, LOA_1)]


def status_of(station: Station) -> BulletinStatus:
    with station.context.uow() as unit:
        return unit[Bulletins].get(BulletinId("b1")).status


def test_a_bulletin_is_played_when_its_last_airing_was_heard(station: Station, hears: Uplink) -> None:
    approved(station)
    station.pass_by(hours=8)
    hears.store([said(topics.device_event(LOA_1), asrun(sounded(result="missed", code="NO_SPACE")))])
    assert status_of(station) is BulletinStatus.SCHEDULED
    hears.store([said(topics.device_event(LOA_2), asrun(sounded()))])
    hears.store([said(topics.device_event(LOA_3), asrun(sounded()))])
    assert status_of(station) is BulletinStatus.PLAYED
    assert event_names(station).count("bulletin.played") == 1


def test_a_bulletin_that_airs_again_is_not_played_yet(station: Station, hears: Uplink) -> None:
    approved(station, "FREQ=DAILY;COUNT=2")
    station.pass_by(hours=8)
    hears.store([said(topics.device_event(LOA_1), asrun(sounded()))])
    assert status_of(station) is BulletinStatus.SCHEDULED


def test_a_fault_and_a_security_event_are_in_the_log(station: Station, hears: Uplink) -> None:
    fact = DeviceEvent(v=1, type="security", ts=0, boot="b1", code="BAD_SIGNATURE", detail="loa/v1/a/xa-1/cmd")
    hears.store([said(topics.device_event(LOA_1), fact)])
    assert event_names(station) == ["device.security"]


def test_a_device_that_holds_all_is_answered_nothing(station: Station, hears: Uplink) -> None:
    station.put_plan(XA_1, TODAY)
    request = sync(manifests={XA_1: int(station.now.timestamp() * 1000)})
    assert hears.store([said(topics.device_request(LOA_1, "sync"), request)]) == []
    assert station.due() == []


def test_a_device_that_lacks_something_has_it_published_again(station: Station, hears: Uplink) -> None:
    station.put_plan(XA_1, TODAY)
    with station.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_1), desired_version=2))
        unit.commit()
    letters = hears.store(
        [
            said(topics.device_request(LOA_1, "sync"), sync(keyset=0)),
            said(topics.device_request(LOA_2, "sync"), sync()),
        ]
    )
    assert [letter.topic for letter in letters] == ["loa/v1/keys"]
    assert station.due() == [(OutboxKind.DESIRED, LOA_1), (OutboxKind.MANIFEST, XA_1)]


def test_a_device_without_anything_gets_its_areas_manifest_even_if_that_is_empty(
    station: Station, hears: Uplink
) -> None:
    hears.store([said(topics.device_request(LOA_3, "sync"), sync())])
    assert station.due() == [(OutboxKind.MANIFEST, XA_2)]


def test_what_a_device_holds_is_kept_with_its_presence(station: Station, hears: Uplink) -> None:
    held: dict[str, int] = {XA_1: 7}
    topic = topics.device_state(LOA_1)
    hears.store([said(topic, state()), said(topics.device_request(LOA_1, "sync"), sync(manifests=held, officers=3))])
    hears.store([said(topic, state(conn=2))])
    with station.context.uow() as unit:
        status = unit[Devices].status(LOA_1)
    assert status is not None
    assert (status.plan_versions, status.officers_ver) == (((XA_1, 7),), 3)
    hears.store([said(topics.device_request(LOA_1, "sync"), sync())])
    with station.context.uow() as unit:
        status = unit[Devices].status(LOA_1)
    assert status is not None
    assert status.officers_ver is None, "older firmware came back"


def test_a_cancel_that_a_device_may_have_missed_is_its_answer_until_it_expires(station: Station, hears: Uplink) -> None:
    request = said(topics.device_request(LOA_1, "sync"), sync(manifests={XA_1: 0}))
    station.ask(OutboxKind.CANCEL, XA_1, {"refs": [OCCURRENCE]})
    station.ask(OutboxKind.CANCEL, XA_2, {"refs": [OCCURRENCE]})
    assert hears.store([request]) == []
    OutboxDispatcher(station.context, station.link, station.letters, lambda *_: None, FEATURES).step()
    sent = station.link.published[0]
    station.pass_by(hours=1)
    [letter] = hears.store([request])
    assert (letter.topic, letter.retain) == ("loa/v1/d/xa-1-l01/cmd", False)
    assert read(letter).cid == sent.read(Command).cid
    assert read(letter).exp == sent.read(Command).exp
    station.clock[0] += CANCEL_LASTS
    assert hears.store([request]) == []


def read(letter: OutgoingMessage) -> Command:

    return Published(letter.topic, letter.payload, letter.qos, letter.retain, letter.expiry_s).read(Command)


@pytest.mark.parametrize(
    "message",
    [
        said("loa/v1/d/xa-1-l01/state", b"\xff"),
        said("loa/v1/d/xa-1-l01/ack", b"{}"),
        said("loa/v1/d/xa-1-l01/evt", b"[" * 9000),
        said("loa/v1/d/xa-1-l01/evt", b" " * 20_000),
        said("loa/v1/d/xa-1-l01/tel", b"{}"),
        said("loa/v1/d/XA/ack", b"{}"),
        said("nonsense", b""),
        said(topics.device_state("nobody"), state()),
    ],
)
def test_garbage_changes_nothing_and_harms_nobody(station: Station, hears: Uplink, message: Incoming) -> None:
    assert hears.store([message, said(topics.device_state(LOA_1), state())]) == []
    assert count(station, "device_status") == 1


def test_a_retired_device_is_not_heard(station: Station, hears: Uplink) -> None:
    with station.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_1), retired_at=station.now))
        unit.commit()
    hears.store([said(topics.device_state(LOA_1), state())])
    assert count(station, "device_status") == 0
