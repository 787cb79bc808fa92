"""Heartbeat of the gateway in the store, and the count of its reconnections."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from cms.platform.gateway.broker_links import RECENT_S, BrokerWatcher, heartbeat_loop
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

    loop = heartbeat_loop(station.context, "gateway", beats, add)
    thread = threading.Thread(target=loop, args=(stopping,))
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
