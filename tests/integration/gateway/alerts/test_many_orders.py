"""Many orders at once: the most urgent first, speech last, and no order behind a lock or a confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import AlertKind, Purpose
from broadcast.alerts.orders import Spoken, Stop, StopId
from broadcast.bulletins.model import Rendition
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.repository.orders import Orders
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox, OutboxMessage
from devices.protocol import topics
from devices.protocol.messages import Command
from province.people import UserId
from tests.integration.gateway.alarms import commands, ended, issued, lane_of
from tests.integration.gateway.station import LOA_3, XA_1, XA_2, Station

ALERT_1 = topics.area_alert(XA_1)


@pytest.fixture
def publisher(station: Station) -> AlertPublisher:
    return lane_of(station)


def test_of_many_orders_the_most_urgent_goes_first(station: Station, publisher: AlertPublisher) -> None:
    cancelled = issued(station, "order-0", areas=(XA_2,), expected=(LOA_3,))
    publisher.step()
    station.link.published.clear()
    issued(station, "drill", kind=AlertKind.DRILL, level=AlertLevel.THREE)
    issued(station, "calm", purpose=Purpose.ALL_CLEAR, level=AlertLevel.THREE)
    issued(station, "low", level=AlertLevel.ONE)
    issued(station, "high", level=AlertLevel.TWO)
    stop = Stop(StopId("stop-1"), (XA_1,), 9, "phát nhầm", UserId("u1"), "Nguyễn A", station.now)
    with station.context.uow() as unit:
        unit[Orders].add_stop(stop)
        unit.outbox.add(OutboxKind.STOP, stop.id)
        unit.commit()
    ended(station, cancelled)
    publisher.step()
    sent = [each.read(Command).cid for each in station.link.published if each.payload.count(b".") == 2]
    assert sent == ["stop-1", "order-0-end", "high", "low", "calm", "drill"]


def test_of_two_orders_for_an_area_the_newer_is_retained_though_it_is_sent_first(
    station: Station, publisher: AlertPublisher
) -> None:
    older = issued(station, level=AlertLevel.ONE)
    issued(station, "order-2", level=AlertLevel.TWO, issued_at=station.now + timedelta(seconds=1))
    publisher.step()
    sent = [(each.read(Command).cid, each.retain) for each in station.link.published if each.topic == ALERT_1]
    assert sent == [("order-2", True), ("order-1", False)]
    ended(station, older)
    publisher.step()
    assert [each.topic for each in station.link.published if each.topic == ALERT_1 and not each.payload] == []


def test_an_order_waits_neither_for_the_database_s_lock_nor_for_confirmations(
    station: Station, publisher: AlertPublisher
) -> None:
    station.link.confirms = False
    issued(station)
    publisher.publish()
    with station.context.uow() as writer:
        writer.session.connection()
        publisher.publish()
    issued(station, "order-2")
    publisher.publish()
    assert [cid for _, cid in commands(station.link.published, "play")] == ["order-1", "order-2"]
    assert len(station.due()) == 2
    for confirmed in station.link.waiting:
        confirmed.set_result(None)
    publisher.follow_up()
    assert station.due() == []


def test_what_is_published_and_cannot_be_marked_yet_is_marked_later_and_not_sent_again(
    station: Station, publisher: AlertPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued(station)
    publisher.publish()
    with monkeypatch.context() as broken:
        broken.setattr(Outbox, "mark_sent", Mock(side_effect=OSError("full")))
        with pytest.raises(OSError, match="full"):
            publisher.follow_up()
    publisher.publish()
    assert len(commands(station.link.published, "play")) == 1
    publisher.follow_up()
    assert station.due() == []


def test_what_is_settled_while_the_sender_reads_the_store_is_not_sent_twice(
    station: Station, publisher: AlertPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued(station)
    publisher.publish()
    take = Outbox.take

    def slow(outbox: Outbox, *args: Any) -> Sequence[OutboxMessage]:
        found = take(outbox, *args)
        publisher.follow_up()
        return found

    monkeypatch.setattr(Outbox, "take", slow)
    publisher.publish()
    assert len(commands(station.link.published, "play")) == 1
    assert station.due() == []


def test_a_row_that_fails_unexpectedly_is_tried_again(
    station: Station, publisher: AlertPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued(station)
    with monkeypatch.context() as broken:
        broken.setattr(station.alerts, "order", Mock(side_effect=ValueError("defect")))
        with pytest.raises(ValueError, match="defect"):
            publisher.publish()
    assert publisher.step() == 1


def test_speech_comes_after_the_commands_of_all_and_not_after_an_end(
    station: Station, publisher: AlertPublisher
) -> None:
    data = b"speech" * 100
    sha256 = station.context.content.put_bytes(data)
    spoken = (Spoken("vi", Rendition("alert-opus", sha256, len(data), 9_000, "audio/ogg")),)
    first = issued(station, areas=(XA_1,), spoken=spoken)
    issued(station, "order-2", areas=(XA_2,), expected=(LOA_3,), spoken=spoken)
    publisher.publish()
    ended(station, first)
    publisher.follow_up()
    publisher.step()
    speech = [topic for topic in station.link.topics() if "/speech/" in topic and topic.startswith(f"loa/v1/a/{XA_2}")]
    assert station.link.topics()[:2] == [ALERT_1, topics.area_alert(XA_2)]
    assert len(speech) == 1
    assert [each.topic for each in station.link.published if each.payload == data] == speech
