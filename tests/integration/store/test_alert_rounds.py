"""Queries of an alert's rounds, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from broadcast.alerts.hazard_rules import Rounds
from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import OrderEnd, OrderReach, ReachState
from broadcast.alerts.rounds import InRound, RoundState
from cms.alerts.queries.order_moment import order_moment, round_results, sounding_alerts, sounding_on
from cms.alerts.queries.reaches import area_reaches, reach_list, reach_map
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from cms.schedule.queries.why import why
from cms.schedule.service import as_run
from devices.model import DeviceId, DeviceKind
from devices.protocol.messages import AsRunRecord
from province.areas import Point
from tests.fakes.programme import AREAS, C1, NOW, device
from tests.fakes.warnings import alert, order, reach

MINUTE = timedelta(minutes=1)
LATER = NOW + 5 * MINUTE
ONE, TWO, BOARD = (DeviceId(f"p-n-1-l{number}") for number in (1, 2, 3))


@pytest.fixture
def told(units: UowFactory) -> UowFactory:
    """Two loudspeakers that finished the first round, one of which begins the second; a board that shows it."""
    with units() as unit:
        unit[Places].add(AREAS)
        for name in (ONE, TWO):
            unit[Devices].add(device(name, C1, point=Point(10.9, 108.1)))
        unit[Devices].add(replace(device(BOARD, C1), kind=DeviceKind.BOARD))
        unit[Alerts].add(alert("a1"))
        unit[Orders].add(order(rounds=Rounds((5 * 60_000,))))
        unit[Orders].expect([reach(name) for name in (ONE, TWO, BOARD)])
        for name in (ONE, TWO, BOARD):
            unit[Orders].report([_word(name, ReachState.DONE, 1, NOW + MINUTE)])
            record = AsRunRecord(
                rid="r1",
                item="o1",
                sha256="0" * 64,
                planned_at=_ms(NOW),
                started_at=_ms(NOW),
                ended_at=_ms(NOW + MINUTE),
                result="done",
                round=1,
                turn=1,
            )
            sounded = [(unit[Devices].get(name), unit[Orders].get(OrderId("o1")), record)]
            as_run.record_alerts(unit, sounded, {(OrderId("o1"), name): C1}, NOW)
        unit[Orders].report([_word(name, ReachState.SOUNDING, 2, LATER) for name in (ONE, BOARD)])
        unit.commit()
    return units


def _word(name: DeviceId, latest: ReachState, turn: int, at: datetime) -> OrderReach:
    return reach(name, state=latest, latest=latest, latest_at=at, started_at=at, round=turn, turn=turn, changed_at=at)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def test_the_round_that_is_on_is_told_by_area_device_and_place(told: UowFactory) -> None:
    with reading(told.engine) as session:
        moment = order_moment(session, "o1", LATER)
        (area,) = area_reaches(session, "o1", moment)
        assert area.now == {RoundState.SOUNDING: 1, RoundState.RECEIVED: 1}
        assert area.in_round == {InRound.SOUNDING: 1, InRound.NOT_BEGUN: 1}
        assert area.states == {ReachState.DONE: 2}
        lines = reach_list(session, "o1", moment).rows
        assert [line.standing for line in lines[:2]] == [RoundState.SOUNDING, RoundState.RECEIVED]
        areas, posts = reach_map(session, "o1", moment, lambda _: True)
        assert areas == {C1: area.now}
        assert sorted(post.state for post in posts) == ["received", "sounding"]
        assert reach_map(session, "o1", moment, lambda _: False) == (areas, [])
        assert (moment.round, moment.due_at, moment.next_at) == (2, LATER, None)
        assert order_moment(session, "o1", NOW).next_at == LATER


def test_what_sounds_now_and_what_came_of_each_round_are_loudspeakers(told: UowFactory) -> None:
    with reading(told.engine) as session:
        (found,) = sounding_alerts(session, LATER, [C1])
        assert (found.sounding, found.meant, found.round, found.since_at) == (1, 2, 2, LATER)
        assert sounding_alerts(session, LATER, []) == []
        assert set(sounding_on(session, [ONE, TWO, BOARD], LATER)) == set(sounding_on(session, None, LATER)) == {ONE}
        assert sounding_on(session, [], LATER) == sounding_on(session, [TWO], LATER) == {}
        assert [(each.number, each.done, each.cut) for each in round_results(session, "o1")] == [(1, 2, 0)]


def test_between_its_rounds_a_device_is_in_no_alert(told: UowFactory) -> None:
    sounded = [(NOW + MINUTE / 2, 1), (NOW + 3 * MINUTE, 0), (LATER, 1)]
    with told() as unit:
        assert [(at, len(why(unit, ONE, at).alerts)) for at, _ in sounded] == sounded


def test_after_its_end_an_alert_tells_what_was_heard(told: UowFactory) -> None:
    with told() as unit:
        unit[Orders].end(OrderId("o1"), LATER + MINUTE, OrderEnd.CANCELLED)
        unit.commit()
    with reading(told.engine) as session:
        for minutes, now in ((2, {RoundState.SOUNDING: 1, RoundState.DONE: 1}), (30, {RoundState.DONE: 2})):
            moment = order_moment(session, "o1", LATER + minutes * MINUTE)
            (area,) = area_reaches(session, "o1", moment)
            assert (area.now, reach_map(session, "o1", moment, lambda _: True)[0]) == (now, {C1: now})
