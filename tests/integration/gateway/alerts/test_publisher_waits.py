"""Waits of the alert publisher's threads: long while nothing happens, short while an order is on its way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from cms.alerts.messages import publisher as publishing
from cms.alerts.messages.publisher import FOLLOW_IDLE_S, FOLLOW_S, IDLE_S, POLL_S, AlertPublisher
from cms.platform.gateway.outbox_notifier import OutboxNotifier
from cms.platform.process.commit_bell import CommitBell
from cms.platform.store.kinds import OutboxKind
from devices.protocol import topics
from tests.integration.gateway.alarms import issued, lane_of
from tests.integration.gateway.station import XA_1, Station


@pytest.fixture
def publisher(station: Station) -> AlertPublisher:
    return lane_of(station)


class Bell(OutboxNotifier):
    """Notifier that does what a test says at each wait, notes its length, and stops the loop at the last."""

    def __init__(self, *turns: Callable[[], bool]) -> None:
        self._turns = list(turns)
        self.stopping = threading.Event()
        self.waits: list[float] = []

    def wait(self, timeout_s: float) -> bool:
        self.waits.append(timeout_s)
        has_rung = self._turns.pop(0)()
        if not self._turns:
            self.stopping.set()
        return has_rung


def no() -> bool:
    return False


@pytest.fixture(autouse=True)
def each_wait_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops that rest end at an instant that they share: not here."""
    monkeypatch.setattr(publishing, "until_turn_s", float)


def test_it_looks_often_only_while_an_order_is_on_its_way(station: Station, publisher: AlertPublisher) -> None:
    station.link.confirms = False

    def orders() -> bool:
        issued(station)
        return True

    def settles() -> bool:
        station.link.waiting[0].set_result(None)
        publisher.follow_up()
        return False

    bell = Bell(no, orders, settles, no)
    publisher.run(bell, bell.stopping, lambda: None, CommitBell(station.context.engine))
    assert bell.waits == [IDLE_S, IDLE_S, POLL_S, IDLE_S]


def test_without_the_broker_and_after_a_refusal_it_looks_often(station: Station, publisher: AlertPublisher) -> None:
    station.link.is_ready = False

    def connects() -> bool:
        station.link.is_ready = True
        return False

    def orders() -> bool:
        issued(station)
        station.link.refuses = {topics.area_alert(XA_1)}
        return True

    def refused() -> bool:
        publisher.follow_up()
        return False

    bell = Bell(connects, orders, refused, no)
    publisher.run(bell, bell.stopping, lambda: None, CommitBell(station.context.engine))
    assert bell.waits == [POLL_S, IDLE_S, POLL_S, POLL_S]


def test_where_other_hosts_commit_it_always_looks_often(station: Station) -> None:
    engine: Any = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))
    shared = AlertPublisher(replace(station.context, engine=engine), station.link, station.alerts, lambda _: None)
    assert shared._pause_s() == POLL_S


def test_an_alert_is_published_before_others_are_woken(station: Station, publisher: AlertPublisher) -> None:
    seen: list[int] = []

    def orders() -> bool:
        issued(station)
        return True

    bell, commits = Bell(orders, no), CommitBell(station.context.engine)
    publisher.run(bell, bell.stopping, lambda: seen.append(len(station.link.published)), commits)
    assert seen == [1]


def test_it_looks_for_commits_for_all_that_wait_for_one(station: Station, publisher: AlertPublisher) -> None:
    commits, seen = CommitBell(station.context.engine), []

    def orders() -> bool:
        seen.append(commits.number)
        issued(station)
        return True

    def note() -> bool:
        seen.append(commits.number)
        return False

    # The alert is on its way before others are woken by its commit.
    bell = Bell(no, orders, note, note)
    publisher.run(bell, bell.stopping, lambda: None, commits)
    assert seen[0] == seen[1] != seen[2]


def test_wake_ups_without_a_pause_keep_it_from_no_look(
    station: Station, publisher: AlertPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "IDLE_S", 0.0)
    commits, seen = CommitBell(station.context.engine), []

    def plans() -> bool:
        seen.append(commits.number)
        with station.context.uow() as unit:
            unit.outbox.add(OutboxKind.PLAN, XA_1)
            unit.commit()
        return True

    bell = Bell(plans, plans, plans)
    publisher.run(bell, bell.stopping, lambda: None, commits)
    assert len({*seen, commits.number}) == 4


def test_retries_are_followed_closely_and_nothing_else(
    station: Station, publisher: AlertPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping, waits = threading.Event(), list[float]()

    def wait(timeout: float) -> bool:
        waits.append(timeout)
        if len(waits) == 1:
            issued(station)
            publisher.publish()
        else:
            stopping.set()
        return False

    monkeypatch.setattr(publisher._has_posted, "wait", wait)
    publisher.follow(stopping)
    assert waits == [FOLLOW_IDLE_S, FOLLOW_S]
    publisher.wake_follower()
    assert publisher._has_posted.is_set()
