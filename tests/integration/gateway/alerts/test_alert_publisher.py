"""Alert publisher, on a real store and a link that keeps the sent messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from broadcast.alerts.model import AlertKind, OrderId
from broadcast.alerts.orders import PartEnd, ReachState, Spoken, Stop, StopId
from broadcast.bulletins.model import Rendition
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.messages.sync import AlertSync
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service.expiry import expire_due
from cms.areas.repository import Places
from cms.audit.queries import events_of
from cms.features import FEATURES
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from devices.protocol import topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Command
from devices.protocol.verdict import weigh
from province.people import UserId
from tests.fakes.recording_link import Published
from tests.integration.gateway.alarms import alert_of, commands, ended, issued, lane_of, online, reach_of, told
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, TINH, XA_1, XA_2, Station
from tests.object_server import away
from tests.unit.gateway.orders import an_order

ALERT_1, CMD_1 = topics.area_alert(XA_1), topics.area_command(XA_1)


@pytest.fixture
def publisher(station: Station) -> AlertPublisher:
    return lane_of(station)


def empties(published: list[Published]) -> list[str]:
    return [each.topic for each in published if each.payload == b""]


def test_an_order_goes_out_at_once_and_is_settled(station: Station, publisher: AlertPublisher) -> None:
    issued(station, areas=(XA_1, XA_2))
    assert publisher.step() == 1
    assert commands(station.link.published, "play") == [
        (topics.area_alert(XA_1), "order-1"),
        (topics.area_alert(XA_2), "order-1"),
    ]
    assert station.due() == []
    assert publisher.step() == 0


def test_a_device_of_the_area_obeys_what_went_out(station: Station, publisher: AlertPublisher) -> None:
    issued(station)
    publisher.step()
    keyring = station.context.keyring
    verdict = weigh(
        station.link.published[0].payload,
        TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws),
        device_id=LOA_1,
        areas=[XA_1, TINH],
        groups=[],
        now_ms=int(station.now.timestamp() * 1000),
        seen=(),
        is_drill_topic=False,
    )
    assert verdict.is_accepted


def test_alerts_wait_behind_nothing_else_and_nothing_else_takes_them(
    station: Station, publisher: AlertPublisher
) -> None:
    for number in range(100):
        station.ask(OutboxKind.CANCEL, XA_1, {"refs": [f"o-{number}"]})
    issued(station)
    assert publisher.step() == 1
    assert len(station.due()) == 100
    issued(station, "order-2")
    relay = OutboxDispatcher(station.context, station.link, station.letters, lambda _: None, FEATURES)
    while relay.step():
        pass
    assert station.due() == [(OutboxKind.ALERT, "order-2")]


@pytest.mark.parametrize("how", ["ended", "expired"])
def test_what_ended_or_expired_before_it_was_sent_is_never_sent(
    station: Station, publisher: AlertPublisher, how: str
) -> None:
    order = issued(station, expires_at=station.now + timedelta(minutes=1))
    if how == "ended":
        ended(station, order)
    else:
        station.pass_by(minutes=2)
    publisher.step()
    publisher.step()
    assert commands(station.link.published, "play") == []
    assert commands(station.link.published, "cancel") == [(CMD_1, "order-1-end")]
    assert station.due() == []


def test_the_end_is_kept_for_those_who_are_away_and_clears_what_was_kept(
    station: Station, publisher: AlertPublisher
) -> None:
    order = issued(station)
    publisher.step()
    station.link.published.clear()
    ended(station, order)
    assert publisher.step() == 1
    assert commands(station.link.published, "cancel") == [(CMD_1, "order-1-end")]
    assert set(empties(station.link.published)) == {
        ALERT_1,
        topics.area_speech(XA_1, "a" * 64),
        topics.area_speech(XA_1, "b" * 64),
    }


def test_a_drill_goes_its_own_way_to_its_end(station: Station, publisher: AlertPublisher) -> None:
    order = issued(station, kind=AlertKind.DRILL)
    publisher.step()
    ended(station, order)
    publisher.step()
    assert {each.topic for each in station.link.published} >= {topics.area_drill(XA_1)}
    assert ALERT_1 not in station.link.topics()


def test_an_update_is_sent_before_what_it_replaces_is_taken_back_and_stays(
    station: Station, publisher: AlertPublisher
) -> None:
    first = issued(station)
    publisher.step()
    station.pass_by(minutes=1)
    issued(station, "order-2", replaces=(first.id,))
    ended(station, first)
    station.link.published.clear()
    publisher.step()
    sent = [(each.topic, each.read(Command).cid) for each in station.link.published if each.payload]
    assert sent == [(ALERT_1, "order-2"), (CMD_1, "order-1-end")]
    assert ALERT_1 not in empties(station.link.published)


def test_an_order_that_ends_in_a_part_is_taken_back_there_and_kept_elsewhere(
    station: Station, publisher: AlertPublisher
) -> None:
    order = issued(station, areas=(XA_1, XA_2), expected=(LOA_1, LOA_2, LOA_3))
    publisher.step()
    station.link.published.clear()
    with station.context.uow() as unit:
        unit[Orders].end_in(order.id, PartEnd((XA_1,), station.now))
        unit.outbox.add(OutboxKind.ALERT_END, order.id)
        unit.commit()
    publisher.step()
    sent = station.link.published
    assert commands(sent, "cancel") == [(CMD_1, "order-1-end")]
    assert commands(sent, "play") == [(topics.area_alert(XA_2), "order-1")]
    assert ALERT_1 in empties(sent)
    assert topics.area_alert(XA_2) not in empties(sent)
    with reading(station.context.engine) as session:
        orders, places = Orders(session), Places(session)
        desk = AlertSync(orders, places.tree(), station.alerts, station.now)
        devices = Devices(session, places)
        missed = [[letter.topic for letter in desk.missed(devices.get(each))] for each in (LOA_1, LOA_3)]
        assert desk.meant(devices.get(LOA_1)) == []
        assert [each.id for each in desk.meant(devices.get(LOA_3))] == [order.id]
    assert [len(letters) for letters in missed] == [1, 1]


def test_a_part_that_ended_leaves_what_a_later_one_put_in_its_place(
    station: Station, publisher: AlertPublisher
) -> None:
    order = issued(station, areas=(XA_1, XA_2))
    issued(station, "order-2", areas=(XA_1, XA_2), issued_at=station.now + timedelta(seconds=1))
    publisher.step()
    station.link.published.clear()
    with station.context.uow() as unit:
        unit[Orders].end_in(order.id, PartEnd((XA_1,), station.now))
        unit.outbox.add(OutboxKind.ALERT_END, order.id)
        unit.commit()
    publisher.step()
    assert commands(station.link.published, "play") == []
    assert ALERT_1 not in empties(station.link.published)


def test_time_ends_an_order_once(station: Station, publisher: AlertPublisher) -> None:
    order = issued(station, expires_at=station.now + timedelta(minutes=1))
    publisher.step()
    station.pass_by(minutes=2)
    assert expire_due(station.context, station.now) == 1
    assert expire_due(station.context, station.now) == 0
    assert publisher.step() == 1
    assert commands(station.link.published, "cancel") == [(CMD_1, f"{order.id}-end")]


def test_a_stop_goes_to_every_area_it_names(station: Station, publisher: AlertPublisher) -> None:
    stop = Stop(StopId("stop-1"), (XA_1, XA_2), 9, "phát nhầm", UserId("u1"), "Nguyễn A", station.now)
    with station.context.uow() as unit:
        unit[Orders].add_stop(stop)
        unit.outbox.add(OutboxKind.STOP, stop.id)
        unit.commit()
    assert publisher.step() == 1
    assert commands(station.link.published, "stop") == [
        (topics.area_command(XA_1), "stop-1"),
        (topics.area_command(XA_2), "stop-1"),
    ]


def test_speech_follows_the_commands_and_what_is_missing_is_left_to_be_fetched(
    station: Station, publisher: AlertPublisher
) -> None:
    data = b"speech" * 100
    there = Rendition("alert-opus", station.context.content.put_bytes(data), len(data), 9_000, "audio/ogg")
    missing = replace(there, sha256="f" * 64)
    issued(station, areas=(XA_1, XA_2), spoken=(Spoken("vi", there, missing),))
    assert publisher.step() == 1
    assert station.link.topics() == [
        topics.area_alert(XA_1),
        topics.area_alert(XA_2),
        topics.area_speech(XA_1, there.sha256),
        topics.area_speech(XA_2, there.sha256),
    ]
    assert {each.payload for each in station.link.published[2:]} == {data}


def test_an_alert_goes_out_and_is_settled_while_the_content_store_is_away(
    station: Station, publisher: AlertPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    speech = Rendition("alert-opus", station.context.content.put_bytes(b"speech"), 6, 9_000, "audio/ogg")
    monkeypatch.setattr(station.context.content, "read_bytes", away)
    issued(station, spoken=(Spoken("vi", speech, speech),))
    assert publisher.step() == 1
    assert station.link.topics() == [ALERT_1]
    assert station.due() == []


def test_without_the_broker_everything_waits_and_then_goes_out(station: Station, publisher: AlertPublisher) -> None:
    station.link.is_ready = False
    issued(station)
    assert publisher.step() == 0
    station.link.is_ready = True
    assert publisher.step() == 1


def test_what_the_broker_did_not_confirm_is_sent_again_and_another_goes_out(
    station: Station, publisher: AlertPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.alerts.messages.publisher.RETRY_S", 0.0)
    station.link.refuses.add(ALERT_1)
    issued(station)
    issued(station, "order-2", areas=(XA_2,), expected=(LOA_3,))
    assert publisher.step() == 1
    assert station.due() == [(OutboxKind.ALERT, "order-1")]
    station.link.refuses.clear()
    assert publisher.step() == 1
    assert station.due() == []


def test_dying_before_it_is_marked_sends_the_same_bytes_again(station: Station, publisher: AlertPublisher) -> None:
    issued(station)
    station.link.confirms = False
    station.link.lose()
    publisher.step()
    station.link.is_ready = station.link.confirms = True
    publisher.step()
    with station.context.uow() as unit:
        unit.session.connection().exec_driver_sql("UPDATE outbox SET sent_at = NULL")
        unit.commit()
    lane_of(station).step()
    sent = [each.payload for each in station.link.published if each.topic == ALERT_1]
    assert len(sent) == 2
    assert sent[0] == sent[1]


@pytest.mark.parametrize(
    ("order", "code"), [("order-9", "NOT_FOUND"), ("order-1", "MALFORMED")], ids=["not there", "cannot be said"]
)
def test_what_can_never_be_sent_is_told_and_holds_up_nothing(
    station: Station, publisher: AlertPublisher, order: str, code: str
) -> None:
    if code == "MALFORMED":
        issued(station, text="x" * 3_001)
    else:
        station.ask(OutboxKind.ALERT, order)
    issued(station, "order-2")
    assert publisher.step() == 2
    assert commands(station.link.published, "play") == [(ALERT_1, "order-2")]
    with reading(station.context.engine) as session:
        (event,) = [each for each in events_of(session, order) if each.name == "alert.not_sent"]
    assert event.detail["code"] == code


class TestWaves:
    """Alert retries. Each test's alert was sent at once; two devices are expected."""

    def wave(self, station: Station, publisher: AlertPublisher, seconds: float) -> list[str]:
        """Advance the clock, step the alert publisher once, and return the topics of the order's copies."""
        station.pass_by(seconds=seconds)
        station.link.published.clear()
        publisher.step()
        return [topic for topic, _ in commands(station.link.published, "play")]

    def test_who_is_online_and_silent_gets_the_same_bytes_after_5_and_after_20_seconds(
        self, station: Station, publisher: AlertPublisher
    ) -> None:
        online(station, LOA_1)
        order = issued(station)
        publisher.step()
        first = station.link.published[0].payload
        assert self.wave(station, publisher, 4) == []
        assert self.wave(station, publisher, 1) == [topics.device_command(LOA_1)]
        assert station.link.published[0].payload == first
        assert self.wave(station, publisher, 10) == []
        assert self.wave(station, publisher, 5) == [topics.device_command(LOA_1)]
        assert self.wave(station, publisher, 600) == []
        assert {each: reach.sent for each, reach in reach_of(station, order).items()} == {LOA_1: 2, LOA_2: 0}

    def test_who_has_answered_gets_none(self, station: Station, publisher: AlertPublisher) -> None:
        online(station, LOA_1, LOA_2)
        order = issued(station)
        publisher.step()
        told(station, order, ReachState.RECEIVED, LOA_1)
        assert self.wave(station, publisher, 5) == [topics.device_command(LOA_2)]

    def test_an_end_in_between_ends_the_waves(self, station: Station, publisher: AlertPublisher) -> None:
        online(station, LOA_1)
        order = issued(station)
        publisher.step()
        ended(station, order)
        assert self.wave(station, publisher, 5) == []
        assert self.wave(station, publisher, 20) == []

    def test_who_has_been_silenced_since_gets_none(self, station: Station, publisher: AlertPublisher) -> None:
        online(station, LOA_1)
        issued(station)
        publisher.step()
        with station.context.uow() as unit:
            stop = Stop(StopId("stop-1"), (TINH,), 9, "phát nhầm", UserId("u1"), "Nguyễn A", station.now)
            unit[Orders].add_stop(stop)
            unit.commit()
        assert self.wave(station, publisher, 5) == []

    def test_a_restart_neither_forgets_nor_repeats_them(self, station: Station, publisher: AlertPublisher) -> None:
        online(station, LOA_1)
        issued(station)
        publisher.step()
        again = lane_of(station)
        assert self.wave(station, again, 0) == []
        assert self.wave(station, again, 5) == [topics.device_command(LOA_1)]
        third = lane_of(station)
        assert self.wave(station, third, 0) == []
        assert self.wave(station, third, 5) == []
        assert self.wave(station, third, 15) == [topics.device_command(LOA_1)]

    def test_the_people_who_watch_are_told_who_is_still_silent(
        self, station: Station, publisher: AlertPublisher
    ) -> None:
        online(station, LOA_1)
        order = issued(station)
        publisher.step()
        self.wave(station, publisher, 5)
        self.wave(station, publisher, 15)
        with reading(station.context.engine) as session:
            (event,) = [each for each in events_of(session, order.alert_id) if each.name == "alert.unanswered"]
        assert event.detail == {"order": order.id, "count": 2, "devices": [LOA_1, LOA_2]}

    def test_without_the_broker_they_wait(self, station: Station, publisher: AlertPublisher) -> None:
        online(station, LOA_1)
        issued(station)
        publisher.step()
        station.link.is_ready = False
        assert self.wave(station, publisher, 6) == []
        station.link.is_ready = True
        assert self.wave(station, publisher, 0) == [topics.device_command(LOA_1)]


def test_an_expiry_that_nobody_wrote_down_is_no_open_order(station: Station) -> None:
    order = an_order(issued_at=station.now, expires_at=station.now + timedelta(minutes=1))
    with station.context.uow() as unit:
        unit[Alerts].add(alert_of(order))
        unit[Orders].add(order)
        unit.commit()
    assert expire_due(station.context, later(station, minutes=2)) == 1
    with station.context.uow() as unit:
        assert unit[Orders].get(OrderId("order-1")).ended_at is not None


def later(station: Station, **length: float) -> datetime:
    return station.now + timedelta(**length)
