"""Uplink as a thread: its acknowledgements, and its waiting for a store that is away."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from typing import Self

import pytest
from sqlalchemy.exc import OperationalError

from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.health.queries.incidents import counted_since
from cms.platform.gateway import uplink
from cms.platform.gateway.inbound import Throttle
from cms.platform.gateway.uplink import Uplink
from cms.platform.store.engine import reading
from cms.platform.store.events import FLOODED
from devices.mqtt.link import Incoming
from devices.protocol import topics
from devices.rate_limit import AT_ONCE
from tests.integration.gateway.platform.test_uplink import DEADLINE_S, count, said, state, sync
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, START, Station


class Failing(InboundHandler):
    """Handler that fails at the message of one device, and ``down`` times as with a database that is away."""

    def __init__(self, station: Station, *, down: int = 0) -> None:
        super().__init__(station.context, station.letters, station.alerts)
        self.down = down

    def apply(self, unit, heard, now):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - as the parent's
        if self.down:
            self.down -= 1
            raise OperationalError("INSERT", None, Exception("disk I/O error"))
        if any(word.device_id == LOA_2 for word in heard):
            raise ValueError("poison")
        return super().apply(unit, heard, now)


class Counting(InboundHandler):
    """Handler that notes how many messages were stored together."""

    def __init__(self, station: Station) -> None:
        super().__init__(station.context, station.letters, station.alerts)
        self.sizes: list[int] = []

    def apply(self, unit, heard, now):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - as the parent's
        self.sizes.append(len(heard))
        return super().apply(unit, heard, now)


def test_one_message_that_cannot_be_stored_does_not_hold_up_the_others(station: Station) -> None:
    hears = Uplink(station.context, Failing(station))
    hears.store([said(topics.device_state(device), state()) for device in (LOA_1, LOA_2, LOA_3)])
    assert count(station, "device_status") == 2


def test_nothing_is_dropped_while_the_database_is_away(station: Station) -> None:
    hears = Uplink(station.context, Failing(station, down=1))
    with pytest.raises(OperationalError):
        hears.store([said(topics.device_state(LOA_1), state())])


class Running:
    """Uplink on its own thread, with the messages it acknowledged."""

    def __init__(self, station: Station, hearing: InboundHandler) -> None:
        self.uplink = Uplink(station.context, hearing)
        self.acknowledged: queue.Queue[Incoming] = queue.Queue()
        self.stopping = threading.Event()
        self._thread = threading.Thread(
            target=self.uplink.run, args=(station.link, self._acknowledge, self.stopping), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()

    def _acknowledge(self, messages: Sequence[Incoming]) -> None:
        for message in messages:
            self.acknowledged.put(message)

    def next_acknowledged(self, messages: Sequence[Incoming]) -> list[Incoming]:
        return [self.acknowledged.get(timeout=DEADLINE_S) for _ in messages]


def test_messages_are_acknowledged_in_their_order_once_they_are_stored(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplink, "RETRY_FIRST_S", 0.01)
    messages = [said(topics.device_state(LOA_1), state(conn=n), mid=n) for n in range(1, 30)]
    with Running(station, Failing(station, down=3)) as running:
        for message in messages:
            running.uplink.receive([message])
        assert running.next_acknowledged(messages) == messages
    with station.context.uow() as unit:
        status = unit[Devices].status(LOA_1)
    assert status is not None
    assert status.conn == 29


def test_what_is_more_than_a_batch_is_left_for_the_next_ones(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uplink, "BATCH_MAX", 3)
    messages = [said(topics.device_state(LOA_1), state(conn=n), mid=n) for n in range(1, 9)]
    hearing = Counting(station)
    with Running(station, hearing) as running:
        running.uplink.receive(messages)
        assert running.next_acknowledged(messages) == messages
        running.uplink.receive([])
        running.uplink.receive(messages[:1])
        running.next_acknowledged(messages[:1])
    assert hearing.sizes == [3, 3, 2, 1]


def test_garbage_is_acknowledged_too_or_it_would_come_again_for_ever(station: Station) -> None:
    garbage = said("loa/v1/d/xa-1-l01/ack", b"{")
    with Running(station, InboundHandler(station.context, station.letters, station.alerts)) as running:
        running.uplink.receive([garbage])
        assert running.next_acknowledged([garbage]) == [garbage]


def test_an_answer_is_sent_after_the_commit_and_a_broken_link_is_survived(station: Station) -> None:
    asks = [said(topics.device_request(LOA_1, "sync"), sync(keyset=0), mid=n) for n in (1, 2)]
    station.link.is_ready = False
    with Running(station, InboundHandler(station.context, station.letters, station.alerts)) as running:
        running.uplink.receive(asks[:1])
        running.next_acknowledged(asks[:1])
        station.link.is_ready = True
        running.uplink.receive(asks[1:])
        running.next_acknowledged(asks[1:])
    assert station.link.topics() == ["loa/v1/keys"]


def test_a_flood_is_acknowledged_whole_said_and_costs_nobody_else_a_word(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([True])
    tell = Throttle.tell

    def telling(throttle: Throttle) -> int:
        if next(failures, False):
            raise OperationalError("INSERT", None, Exception("disk I/O error"))
        found = tell(throttle)
        if found:
            is_told.set()
        return found

    monkeypatch.setattr(Throttle, "tell", telling)
    is_told = threading.Event()
    flood = [said(topics.device_event(LOA_1), b'{"v":1,"type":"fault","ts":1,"boot":"b"}', mid=n) for n in range(400)]
    messages = [*flood, said(topics.device_state(LOA_2), state(), mid=900)]
    with Running(station, InboundHandler(station.context, station.letters, station.alerts)) as running:
        running.uplink.receive(messages)
        assert running.next_acknowledged(messages) == messages
        assert is_told.wait(DEADLINE_S)
    assert count(station, "device_status") == 1
    with reading(station.context.engine) as session:
        assert counted_since(session, (FLOODED,), START) == {LOA_1: len(flood) - AT_ONCE}
