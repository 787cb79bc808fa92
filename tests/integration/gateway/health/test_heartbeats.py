"""Heartbeat of the gateway in the store, and the count of its reconnections."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from sqlalchemy.exc import OperationalError

from cms.platform.gateway.broker_links import RECENT_S, BrokerWatcher
from cms.platform.process import heartbeat_rows
from cms.platform.process.heartbeat_rows import EVERY_S, HeartbeatRow
from cms.platform.process.heartbeats import Heartbeats
from cms.platform.store.engine import reading
from cms.platform.store.heartbeats import BrokerState, ProcessDetail, processes_and_jobs
from tests.integration.gateway.station import Station


@dataclass
class Link:
    connections: int = 0


class Watched:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.links = [Link(), Link()]
        self.watcher = BrokerWatcher(self.links, lambda: True, lambda: self.now_s)

    def look(self, *connections: int) -> BrokerState:
        for link, count in zip(self.links, connections, strict=True):
            link.connections = count
        return self.watcher.look()


def test_the_first_connection_of_each_is_none_made_again() -> None:
    watched = Watched()
    assert watched.look(0, 0) == watched.look(1, 0) == watched.look(1, 1) == BrokerState()


def test_connections_made_again_are_counted_and_after_a_while_no_longer_recent() -> None:
    watched = Watched()
    assert watched.look(2, 3) == BrokerState(is_connected=True, reconnects=3, recent=3)
    watched.now_s += RECENT_S
    assert watched.look(2, 4) == BrokerState(is_connected=True, reconnects=4, recent=4)
    watched.now_s += 1
    assert watched.look(2, 4) == BrokerState(is_connected=True, reconnects=4, recent=1)


def test_a_process_writes_what_its_loops_do_and_nothing_else_once(station: Station) -> None:
    stopping, beats = threading.Event(), Heartbeats({"stuck": -1.0, "turns": 60.0})
    beats.note("turns")
    beats.note("stuck")
    watched = Watched()
    watched.look(2, 2)
    done = threading.Event()

    def add(detail: ProcessDetail) -> ProcessDetail:
        done.set()
        return watched.watcher.add(detail)

    row = HeartbeatRow(station.context.uow, station.context.now, "gateway", beats, add)
    thread = threading.Thread(target=row.run, args=(stopping,))
    thread.start()
    assert done.wait(60)
    stopping.set()
    thread.join(60)
    with reading(station.context.engine) as session:
        written, _urgent_s, _other_s = processes_and_jobs(session, station.context.now())
    (beat,) = written.values()
    assert (beat.program, beat.beat_at) == ("gateway", station.context.now())
    assert set(beat.detail.quiet_s) == {"stuck", "turns"}
    assert tuple(beat.detail.stuck) == ("stuck",)
    assert beat.detail.broker == BrokerState(is_connected=True, reconnects=2, recent=2)


def test_all_rows_are_written_at_the_same_times_and_news_at_the_next_look(
    station: Station,
) -> None:
    beats, steady_s, brokers = Heartbeats({"stuck": -1.0}), [3 * EVERY_S + 1], [BrokerState()]

    def written_at() -> list[datetime]:
        row.step()
        with reading(station.context.engine) as session:
            written, _urgent_s, _other_s = processes_and_jobs(session, station.context.now())
        return [each.beat_at for each in written.values()]

    row = HeartbeatRow(
        station.context.uow,
        station.context.now,
        "gateway",
        beats,
        lambda detail: replace(detail, broker=brokers[0]),
        steady=lambda: steady_s[0],
    )
    first = written_at()
    station.pass_by(minutes=1)
    steady_s[0] = 4 * EVERY_S - 0.1
    assert written_at() == first
    steady_s[0] = 4 * EVERY_S
    assert written_at() == [station.context.now()] != first
    station.pass_by(minutes=1)
    brokers[0] = BrokerState(is_connected=False)
    assert written_at() == [station.context.now()]
    station.pass_by(minutes=1)
    beats.note("stuck")
    assert written_at() == [station.context.now()]


def test_a_row_that_cannot_be_written_is_tried_again(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat_rows, "LOOK_S", 0.01)
    stopping, failures = threading.Event(), [OperationalError("INSERT", {}, Exception("full"))]

    def add(detail: ProcessDetail) -> ProcessDetail:
        if failures:
            raise failures.pop()
        stopping.set()
        return detail

    HeartbeatRow(station.context.uow, station.context.now, "gateway", Heartbeats(), add).run(stopping)
    with reading(station.context.engine) as session:
        assert set(processes_and_jobs(session, station.context.now())[0]) == {"gateway"}
