"""Device answers to alerts, and the server's replies to devices that reconnect, on a real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from broadcast.alerts.model import Audience, Disc
from broadcast.alerts.orders import Order, ReachState, Stop, StopId
from broadcast.bulletins.model import Targets
from cms.alerts.inbound import STATES
from cms.alerts.messages.sync import Clockless
from cms.alerts.repository.orders import Orders
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.gateway.uplink import Uplink
from cms.platform.store.kinds import OutboxKind
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.messages import (
    Ack,
    AsRunRecord,
    Command,
    DeviceEvent,
    ExecutionState,
    Proof,
    SyncRequest,
    Wire,
)
from province.areas import Point
from province.people import UserId
from tests.fakes.recording_link import Published
from tests.integration.gateway.alarms import ended, issued, reach_of
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, SHA, TINH, XA_1, XA_2, Station


@pytest.fixture
def hears(station: Station) -> Uplink:
    return Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts))


def said(topic: str, body: Wire) -> Incoming:
    return Incoming(topic, codec.encode(body), retain=False, qos=1, mid=1, connection=1)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def ack(
    station: Station, st: ExecutionState, cid: str = "order-1", code: str | None = None, proof: Proof | None = None
) -> Ack:
    return Ack(v=1, st=st, ts=ms(station.now), n=1, boot="b1", cid=cid, code=code, proof=proof)


def answer(hears: Uplink, device_id: str, *acks: Ack) -> None:
    hears.store([said(topics.device_ack(device_id), each) for each in acks])


def sync(hears: Uplink, device_id: str = LOA_1) -> list[tuple[str, Command]]:
    """Return the commands that answer a device which has just connected."""
    request = SyncRequest(v=1, ts=1, boot="b1", desired_ver=1, keyset=99)
    letters = hears.store([said(topics.device_request(device_id, "sync"), request)])
    return [(letter.topic, read(letter)) for letter in letters]


def read(letter: OutgoingMessage) -> Command:
    return Published(letter.topic, letter.payload, letter.qos, letter.retain, letter.expiry_s).read(Command)


def test_the_highest_word_about_an_order_is_kept_in_whatever_order_they_come(station: Station, hears: Uplink) -> None:
    order = issued(station)
    started = ack(station, ExecutionState.STARTED)
    answer(hears, LOA_1, started, ack(station, ExecutionState.RECEIVED))
    answer(hears, LOA_2, ack(station, ExecutionState.RECEIVED))
    found = reach_of(station, order)
    assert {each: reach.state for each, reach in found.items()} == {
        LOA_1: ReachState.SOUNDING,
        LOA_2: ReachState.RECEIVED,
    }
    assert found[LOA_1].started_at == station.now
    assert found[LOA_1].device_name == "Cụm xa-1-l01"


def test_every_standing_has_its_state() -> None:
    assert set(STATES) == set(ExecutionState)


def test_a_refusal_is_kept_with_its_reason(station: Station, hears: Uplink) -> None:
    order = issued(station)
    answer(hears, LOA_1, ack(station, ExecutionState.REJECTED, code="NO_CLOCK"))
    answer(hears, LOA_2, ack(station, ExecutionState.EXPIRED, code="EXPIRED"))
    found = reach_of(station, order)
    assert [(found[each].state, found[each].code) for each in (LOA_1, LOA_2)] == [
        (ReachState.REFUSED, "NO_CLOCK"),
        (ReachState.REFUSED, "EXPIRED"),
    ]


def test_whoever_is_wrong_about_the_time_is_told_it_and_then_its_alert_again(station: Station) -> None:
    seconds = [0.0]
    clockless = Clockless(station.context, station.link, station.letters, station.alerts, lambda: seconds[0])
    hears = Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts, clockless.ask))

    def refused(device_id: str, *order_ids: str) -> list[str]:
        """Return the topics of the messages sent after these refusals."""
        station.link.published.clear()
        answer(
            hears,
            device_id,
            *[ack(station, ExecutionState.REJECTED, cid=each, code="FUTURE_IAT") for each in order_ids],
        )
        clockless.step()
        return station.link.topics()

    issued(station)
    issued(station, "order-2")
    ended(station, issued(station, "order-3"))
    copies = [topics.device_command(LOA_1)] * 2
    assert refused(LOA_1, "order-1", "order-2", "order-3") == [topics.time_beacon(), *copies]
    # The beacon goes to all devices, so the next one is sent a little later, and answers all of them.
    assert refused(LOA_2, "order-1") == []
    seconds[0] += 2
    assert refused(LOA_1, "order-1") == [
        topics.time_beacon(),
        topics.device_command(LOA_2),
        topics.device_command(LOA_1),
    ]
    seconds[0] += 2
    assert refused(LOA_1, "order-1") == [topics.time_beacon(), topics.device_command(LOA_1)]
    seconds[0] += 2
    # Another trouble than its clock.
    assert refused(LOA_1, "order-1") == []
    assert refused(LOA_1, "order-3") == []


def test_having_had_it_before_is_no_refusal(station: Station, hears: Uplink) -> None:
    order = issued(station)
    answer(hears, LOA_1, ack(station, ExecutionState.REJECTED, code="DUPLICATE"))
    assert reach_of(station, order)[LOA_1].state is ReachState.WAITING
    answer(hears, LOA_1, ack(station, ExecutionState.RECEIVED, code="DUPLICATE"))
    assert reach_of(station, order)[LOA_1].state is ReachState.RECEIVED


def test_a_late_copy_refused_by_its_tombstone_counts_as_cancelled(station: Station, hears: Uplink) -> None:
    order = issued(station)
    answer(hears, LOA_1, ack(station, ExecutionState.REJECTED, code="CANCELLED"))
    assert reach_of(station, order)[LOA_1].state is ReachState.CANCELLED


def test_who_took_the_end_is_cancelled_and_who_refused_it_is_not(station: Station, hears: Uplink) -> None:
    order = issued(station)
    answer(hears, LOA_1, ack(station, ExecutionState.DONE, cid="order-1-end"))
    answer(hears, LOA_2, ack(station, ExecutionState.REJECTED, cid="order-1-end", code="KEY_ROLE"))
    found = reach_of(station, order)
    assert (found[LOA_1].state, found[LOA_2].state) == (ReachState.CANCELLED, ReachState.WAITING)


def test_the_end_of_an_order_does_not_unsay_that_it_was_heard_to_the_end(station: Station, hears: Uplink) -> None:
    order = issued(station)
    answer(hears, LOA_1, ack(station, ExecutionState.DONE))
    answer(hears, LOA_2, ack(station, ExecutionState.STARTED))
    ended(station, order)
    for each in (LOA_1, LOA_2):
        answer(hears, each, ack(station, ExecutionState.CANCELLED, code="CANCELLED"))
        answer(hears, each, ack(station, ExecutionState.DONE, cid="order-1-end"))
    found = reach_of(station, order)
    assert (found[LOA_1].state, found[LOA_2].state) == (ReachState.DONE, ReachState.CANCELLED)
    assert {each.closed_at for each in found.values()} == {station.now}


def test_whoever_stands_outside_and_was_not_expected_is_no_news(station: Station, hears: Uplink) -> None:
    order = issued(station, areas=(TINH,), expected=(LOA_1,))
    answer(hears, LOA_1, ack(station, ExecutionState.REJECTED, code="OUTSIDE"))
    answer(hears, LOA_3, ack(station, ExecutionState.REJECTED, code="OUTSIDE"))
    assert {each: reach.code for each, reach in reach_of(station, order).items()} == {LOA_1: "OUTSIDE"}


def test_whoever_takes_the_end_of_an_order_that_was_not_meant_for_it_is_no_part_of_its_audience(
    station: Station, hears: Uplink
) -> None:
    order = issued(station, areas=(TINH,), expected=(LOA_1,))
    answer(hears, LOA_3, ack(station, ExecutionState.DONE, cid="order-1-end"))
    assert LOA_3 not in reach_of(station, order)
    answer(hears, LOA_3, ack(station, ExecutionState.STARTED), ack(station, ExecutionState.DONE, cid="order-1-end"))
    assert reach_of(station, order)[LOA_3].state is ReachState.CANCELLED


def test_answers_of_strangers_and_about_unknown_ids_change_nothing(station: Station, hears: Uplink) -> None:
    order = issued(station)
    before = reach_of(station, order)
    answer(hears, "xa-9-l01", ack(station, ExecutionState.RECEIVED))
    answer(
        hears, LOA_1, ack(station, ExecutionState.RECEIVED, cid="order-7"), ack(station, ExecutionState.DONE, cid="")
    )
    answer(hears, LOA_1, ack(station, ExecutionState.DONE, cid="-end"))
    assert reach_of(station, order) == before


def test_an_id_unknown_a_moment_ago_is_known_once_it_is_an_order(station: Station, hears: Uplink) -> None:
    answer(hears, LOA_1, ack(station, ExecutionState.RECEIVED))
    order = issued(station)
    answer(hears, LOA_1, ack(station, ExecutionState.RECEIVED))
    assert reach_of(station, order)[LOA_1].state is ReachState.RECEIVED


def test_records_of_alerts_are_receipted_like_all_others(station: Station, hears: Uplink) -> None:
    order = issued(station)
    of_order = AsRunRecord(rid="b1-1", item=order.id, sha256=SHA, planned_at=1, result="cut")
    odd = replace_result(of_order, "b1-2", "sung")
    unknown = AsRunRecord(rid="b1-3", item="nothing-s1-1", sha256=SHA, planned_at=1, result="done")
    hears.store([said(topics.device_event(LOA_1), event(of_order, odd, unknown))])
    asked = [each.payload["refs"] for each in station.messages() if each.kind is OutboxKind.RECEIPT]
    assert sorted(str(ref) for refs in asked if isinstance(refs, list) for ref in refs) == ["b1-1", "b1-2", "b1-3"]
    assert reach_of(station, order)[LOA_1].state is ReachState.CUT


def test_no_device_sounded_an_order_before_it_went_out(station: Station, hears: Uplink) -> None:
    """Before, a clock twelve minutes slow reported a start before the order, and the commune was "warned in 14 s"."""
    order = issued(station)
    behind = station.now - timedelta(minutes=12)
    answer(hears, LOA_1, replace_ts(ack(station, ExecutionState.STARTED), ms(behind)))
    assert reach_of(station, order)[LOA_1].started_at == station.now
    record = AsRunRecord(
        rid="r1",
        item="order-1",
        sha256=SHA,
        planned_at=ms(behind),
        started_at=ms(behind),
        ended_at=ms(behind) + 9_000,
        result="done",
        volume_pct=90,
    )
    hears.store([said(topics.device_event(LOA_2), event(record))])
    late = reach_of(station, order)[LOA_2]
    assert (late.started_at, late.ended_at) == (station.now, station.now)


def test_a_clock_far_ahead_is_not_believed_when_it_says_when(station: Station, hears: Uplink) -> None:
    order = issued(station)
    late = replace_ts(ack(station, ExecutionState.STARTED), 2**53 - 1)
    answer(hears, LOA_1, late)
    assert reach_of(station, order)[LOA_1].started_at == station.now


class TestSync:
    """Sync of a device that has just connected."""

    def test_it_gets_every_open_order_that_concerns_it(self, station: Station, hears: Uplink) -> None:
        order = issued(station)
        issued(station, "order-2", areas=(XA_2,), expected=(LOA_3,))
        (there,) = sync(hears)
        assert there == (topics.device_command(LOA_1), command(station, order))
        assert [body.cid for _, body in sync(hears, LOA_3)] == ["order-2"]

    def test_the_next_wave_passes_it_over(self, station: Station, hears: Uplink) -> None:
        order = issued(station)
        sync(hears)
        assert {each: reach.sent for each, reach in reach_of(station, order).items()} == {LOA_1: 1, LOA_2: 0}
        assert reach_of(station, order)[LOA_1].state is ReachState.WAITING

    def test_exclusions_and_shapes_are_respected(self, station: Station, hears: Uplink) -> None:
        with station.context.uow() as unit:
            unit[Devices].save(replace(unit[Devices].get(LOA_1), point=Point(10.9, 108.1)))
            unit[Devices].save(replace(unit[Devices].get(LOA_2), point=Point(11.9, 108.1)))
            unit.commit()
        issued(station, areas=(TINH,), audience=Audience(Targets((TINH,), (XA_2,)), (), (Disc(10.9, 108.1, 900),)))
        assert [len(sync(hears, each)) for each in (LOA_1, LOA_2, LOA_3)] == [1, 0, 0]

    @pytest.mark.parametrize("how", ["ended", "expired"])
    def test_it_gets_no_order_that_is_over(self, station: Station, hears: Uplink, how: str) -> None:
        order = issued(station)
        if how == "ended":
            ended(station, order)
        else:
            station.pass_by(hours=7)
        assert [body.type for _, body in sync(hears)] == (["cancel"] if how == "ended" else [])

    def test_what_was_taken_back_comes_before_what_is_open(self, station: Station, hears: Uplink) -> None:
        old = issued(station)
        ended(station, old)
        issued(station, "order-2")
        assert [body.cid for _, body in sync(hears)] == ["order-1-end", "order-2"]

    def test_an_end_is_told_until_nobody_could_obey_the_order_any_more(self, station: Station, hears: Uplink) -> None:
        order = issued(station)
        station.pass_by(hours=1)
        ended(station, order)
        assert [body.refs for _, body in sync(hears)] == [["order-1"]]
        station.pass_by(hours=6)
        assert sync(hears) == []

    def test_a_stop_is_told_for_a_day(self, station: Station, hears: Uplink) -> None:
        stopped(station, 6)
        assert [(topic, body.cid) for topic, body in sync(hears)] == [(topics.device_command(LOA_1), "stop-6")]
        assert sync(hears, LOA_3) == []
        station.pass_by(hours=25)
        assert sync(hears) == []

    def test_a_stop_is_told_beside_an_alert_issued_after_it_which_it_does_not_silence(
        self, station: Station, hears: Uplink
    ) -> None:
        stopped(station, 9)
        assert [body.cid for _, body in sync(hears)] == ["stop-9"]
        station.pass_by(minutes=1)
        issued(station)
        assert [body.cid for _, body in sync(hears)] == ["stop-9", "order-1"]
        station.pass_by(minutes=1)
        stopped(station, 9, name="stop-again")
        assert [body.cid for _, body in sync(hears)] == ["stop-9", "stop-again"]

    def test_an_alert_silenced_by_a_stop_is_not_told_to_whoever_missed_both(
        self, station: Station, hears: Uplink
    ) -> None:
        issued(station)
        stopped(station, 8)
        assert [body.cid for _, body in sync(hears)] == ["stop-8", "order-1"]
        stopped(station, 9)
        assert [body.cid for _, body in sync(hears)] == ["stop-8", "stop-9"]


def stopped(station: Station, prio: int, name: str = "") -> None:
    stop = Stop(StopId(name or f"stop-{prio}"), (XA_1,), prio, "phát nhầm", UserId("u1"), "Nguyễn A", station.now)
    with station.context.uow() as unit:
        unit[Orders].add_stop(stop)
        unit.commit()


def command(station: Station, order: Order) -> Command:
    return read(station.alerts.order_to(order, LOA_1, station.now))


def event(*records: AsRunRecord) -> DeviceEvent:
    return DeviceEvent(v=1, type="asrun", ts=1, boot="b1", records=list(records))


def replace_result(record: AsRunRecord, rid: str, result: str) -> AsRunRecord:
    return AsRunRecord(rid=rid, item=record.item, sha256=record.sha256, planned_at=1, result=result)


def replace_ts(body: Ack, ts: int) -> Ack:
    return Ack(v=1, st=body.st, ts=ts, n=1, boot="b1", cid=body.cid)
