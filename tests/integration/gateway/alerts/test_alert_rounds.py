"""Device reports of an alert's rounds: the current state, and the permanent log of each round."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broadcast.alerts.hazard_rules import Rounds
from broadcast.alerts.orders import ReachState
from broadcast.alerts.rounds import InRound, RoundState
from cms.alerts.queries.order_moment import order_moment, round_results, sounding_alerts, sounding_on
from cms.alerts.queries.reaches import area_reaches
from cms.fleet.inbound.handler import InboundHandler
from cms.platform.gateway.uplink import Uplink
from cms.schedule.queries.after_air import as_run_log
from cms.schedule.repository import as_run_chain
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.messages import Ack, AsRunRecord, DeviceEvent, ExecutionState, Wire
from tests.integration.gateway.alarms import ended, issued, reach_of
from tests.integration.gateway.station import LOA_1, LOA_2, SHA, Station

MINUTE_MS = 60_000


@pytest.fixture
def hears(station: Station) -> Uplink:
    return Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts))


def now_ms(station: Station) -> int:
    return round(station.now.timestamp() * 1000)


def said(topic: str, body: Wire) -> Incoming:
    return Incoming(topic, codec.encode(body), retain=False, qos=1, mid=1, connection=1)


def answer(station: Station, hears: Uplink, device_id: str, st: ExecutionState, turn: tuple[int, int]) -> None:
    """Handle a device's answer. ``turn``: the round, and how many times it has begun."""
    ack = Ack(v=1, st=st, ts=now_ms(station), n=1, boot="b1", cid="order-1", round=turn[0], turn=turn[1])
    hears.store([said(topics.device_ack(device_id), ack)])


def record(station: Station, hears: Uplink, device_id: str, rid: str, **more: object) -> None:
    at_ms = now_ms(station)
    details = {"planned_at": at_ms, "started_at": at_ms, "ended_at": at_ms + 1_000, "result": "done", **more}
    run = AsRunRecord(rid=rid, item="order-1", sha256=SHA, **details)  # type: ignore[arg-type] # fields of one struct
    event = DeviceEvent(v=1, type="asrun", ts=at_ms, boot="b1", records=[run])
    hears.store([said(topics.device_event(device_id), event)])


def test_a_later_round_is_told_as_it_is_and_the_earlier_one_stays_heard(station: Station, hears: Uplink) -> None:
    order = issued(station, rounds=Rounds((5 * MINUTE_MS,)))
    for each in (LOA_1, LOA_2):
        answer(station, hears, each, ExecutionState.STARTED, (1, 1))
        answer(station, hears, each, ExecutionState.DONE, (1, 1))
    station.pass_by(minutes=5)
    answer(station, hears, LOA_1, ExecutionState.STARTED, (2, 2))
    found = reach_of(station, order)[LOA_1]
    assert (found.state, found.latest, found.round, found.turn) == (ReachState.DONE, ReachState.SOUNDING, 2, 2)
    with station.context.uow() as unit:
        (area,) = area_reaches(unit.session, order.id, order_moment(unit.session, order.id, station.now))
        assert area.in_round == {InRound.SOUNDING: 1, InRound.NOT_BEGUN: 1}
        assert area.now == {RoundState.SOUNDING: 1, RoundState.RECEIVED: 1}
        (alert,) = sounding_alerts(unit.session, station.now)
        assert (alert.round, alert.sounding, alert.meant, alert.since_at) == (2, 1, 2, station.now)
        assert sounding_on(unit.session, [LOA_1, LOA_2], station.now) == {LOA_1: (order.alert_id, order.headline)}
    answer(station, hears, LOA_1, ExecutionState.DONE, (2, 2))
    with station.context.uow() as unit:
        assert sounding_alerts(unit.session, station.now) == []


def test_a_word_of_an_earlier_turn_that_comes_late_changes_nothing_of_now(station: Station, hears: Uplink) -> None:
    order = issued(station, rounds=Rounds((5 * MINUTE_MS,)))
    answer(station, hears, LOA_1, ExecutionState.STARTED, (1, 2))
    answer(station, hears, LOA_1, ExecutionState.CUT, (1, 1))
    assert reach_of(station, order)[LOA_1].latest is ReachState.SOUNDING
    record(station, hears, LOA_1, "r1", round=1, turn=2)
    assert reach_of(station, order)[LOA_1].latest is ReachState.DONE


def test_each_round_on_each_device_is_in_the_chained_log_once(station: Station, hears: Uplink) -> None:
    order = issued(station, rounds=Rounds((5 * MINUTE_MS,)))
    since = station.now
    for _again in range(2):
        record(station, hears, LOA_1, "r1", round=1, turn=1, result="cut", code="BUSY_HIGHER")
        record(station, hears, LOA_1, "r2", round=1, turn=2)
        record(station, hears, LOA_2, "r1", round=1, turn=1, result="cut", code="LOCAL_STOP")
    station.pass_by(minutes=5)
    # An old device does not number rounds: the schedule gives the round.
    record(station, hears, LOA_2, "r2")
    ended(station, order)
    with station.context.uow() as unit:
        rows = as_run_log(unit.session, None, since, since + timedelta(hours=1)).rows
        found = sorted((run.device_id, run.round, run.result, run.title) for run in rows)
        assert found == [
            (LOA_1, 1, "cut", order.headline),
            (LOA_1, 1, "done", order.headline),
            (LOA_2, 1, "cut", order.headline),
            (LOA_2, 2, "done", order.headline),
        ]
        assert as_run_chain.verify(unit.session).holds
        results = round_results(unit.session, order.id)
        assert [(each.number, each.done, each.cut) for each in results] == [(1, 1, 1), (2, 1, 0)]
        assert round_results(unit.session, "nothing") == []
    assert reach_of(station, order)[LOA_2].state is ReachState.DONE


def test_a_changed_round_of_an_alert_breaks_the_chain(station: Station, hears: Uplink) -> None:
    issued(station)
    record(station, hears, LOA_1, "r1", round=1, turn=1)
    with station.context.uow() as unit:
        unit.session.connection().exec_driver_sql("UPDATE as_runs SET round = 2")
        unit.commit()
    with station.context.uow() as unit:
        assert as_run_chain.verify(unit.session).first_break == 1


def test_a_device_without_a_connection_does_not_count_as_sounding(station: Station, hears: Uplink) -> None:
    order = issued(station)
    answer(station, hears, LOA_1, ExecutionState.STARTED, (1, 1))
    with station.context.uow() as unit:
        unit.session.connection().exec_driver_sql(
            "INSERT INTO device_status (device_id, online, conn, seen_at, firmware, boot, plan_versions)"
            f" VALUES ('{LOA_1}', false, 1, '2026-01-01 00:00:00', '', '', '[]')"
        )
        unit.commit()
    with station.context.uow() as unit:
        (area,) = area_reaches(unit.session, order.id, order_moment(unit.session, order.id, station.now))
        assert area.in_round[InRound.LOST] == 1
        assert sounding_alerts(unit.session, station.now) == []
        assert sounding_on(unit.session, [LOA_1], station.now) == {}


def test_a_word_without_an_end_does_not_sound_on_for_hours_after_the_order(station: Station, hears: Uplink) -> None:
    order = issued(station)
    answer(station, hears, LOA_1, ExecutionState.STARTED, (1, 1))
    ended(station, order)
    for minutes, sounding in ((1, 1), (11, 0)):
        station.pass_by(minutes=minutes)
        with station.context.uow() as unit:
            (area,) = area_reaches(unit.session, order.id, order_moment(unit.session, order.id, station.now))
            assert area.now.get(RoundState.SOUNDING, 0) == sounding
            assert len(sounding_alerts(unit.session, station.now)) == sounding
