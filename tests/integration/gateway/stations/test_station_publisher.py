"""Alert messages to stations, on a real store: the gateway's documents, over a link that keeps the sent messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broadcast.alerts.model import Alert, AlertKind, Purpose
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service.expiry import expire_due
from cms.alerts.service.orders import Replacement, end_part
from cms.exchange.jobs import CapPublisher
from cms.features import FEATURES
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.inbound import InboundMessage
from cms.platform.gateway.messages import MessageBuilder, OutgoingMessage
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.stations.messages.alerts import StationPublisher
from devices.model import DeviceId, DeviceKind
from devices.protocol import codec, topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.limits import MESSAGE_MAX_BYTES
from devices.protocol.messages import CapNotice, KeyRole, SyncRequest
from province.areas import AreaId
from tests.builders import alert_states
from tests.console import COMMUNE, DISTRICT, FAR_DISTRICT, PROVINCE, Console, device, open_console
from tests.fakes.recording_link import Published, RecordingLink
from tests.integration.exchange.test_publishing import ended
from tests.object_server import away

HERE, FAR = DeviceId("here-s01"), DeviceId("far-s01")


class StationHarness:
    """A console with two stations, and the outbox dispatcher that serves them."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.link = RecordingLink()
        context = console.context
        self.letters = MessageBuilder(context.keyring, context.settings.effective_public_url)
        self.relay = OutboxDispatcher(context, self.link, self.letters, lambda _: None, FEATURES)
        with context.uow() as unit:
            for name, area_id in ((HERE, DISTRICT), (FAR, FAR_DISTRICT)):
                station = replace(device(1, area_id), id=name, serial=name, name=name, kind=DeviceKind.STATION)
                unit[Devices].add(station)
            unit.commit()

    def sent(self) -> list[Published]:
        """Return the documents made and sent to stations since the last call."""
        CapPublisher(self.console.context).step()
        return self.relayed()

    def relayed(self) -> list[Published]:
        self.link.published.clear()
        while self.relay.send_letters():
            pass
        return [each for each in self.link.published if "/cap/" in each.topic or "/drill/" in each.topic]

    def updated(self, alert: Alert, **more: Any) -> Alert:
        return alert_states.active(self.console, purpose=Purpose.UPDATE, updates_id=alert.id, **more)

    def missed(self, station: DeviceId = HERE) -> list[OutgoingMessage]:
        context = self.console.context
        with reading(context.engine) as session, context.uow() as unit:
            desk = StationPublisher(session, context.keyring, context.content)
            return list(desk.missed(unit[Devices].get(station), context.now()))

    def opened(self, payload: bytes, role: KeyRole = KeyRole.ALERT) -> CapNotice:
        keyring, now = self.console.context.keyring, self.console.clock()
        keys = TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws)
        return codec.decode(CapNotice, keys.verify(payload, role, int(now.timestamp() * 1000)).payload)


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[StationHarness]:
    with open_console(tmp_path / "loa") as console:
        yield StationHarness(console)


def test_a_station_whose_places_are_meant_is_told_the_signed_document(harness: StationHarness) -> None:
    alert = alert_states.active(harness.console, areas=(COMMUNE,))
    (letter,) = harness.sent()
    assert letter.topic == topics.device_cap(HERE, str(alert.order_id))
    assert (letter.qos, letter.retain, letter.expiry_s) == (1, True, 6 * 3600)
    assert len(letter.payload) <= MESSAGE_MAX_BYTES
    notice = harness.opened(letter.payload)
    assert (notice.device, notice.document, notice.type, notice.level) == (HERE, alert.order_id, "alert", 2)
    assert notice.cap.encode() == harness.console.context.content.read_bytes(notice.sha256)
    assert harness.sent() == []


def test_a_document_whose_content_is_away_waits_alone(harness: StationHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    alert = alert_states.active(harness.console, areas=(COMMUNE,))
    CapPublisher(harness.console.context).step()
    with harness.console.context.uow() as unit:
        unit.outbox.add(OutboxKind.MANIFEST, DISTRICT)
        unit.commit()
    with monkeypatch.context() as outage:
        outage.setattr(harness.console.context.content, "read_bytes", away)
        assert harness.relayed() == []
        assert [each.topic for each in harness.link.published] != []
    harness.console.clock.pass_by(hours=1)
    (letter,) = harness.relayed()
    assert letter.topic == topics.device_cap(HERE, str(alert.order_id))


def test_the_whole_province_is_every_station(harness: StationHarness) -> None:
    alert_states.active(harness.console, areas=(PROVINCE,))
    assert {letter.topic.split("/")[3] for letter in harness.sent()} == {HERE, FAR}


def test_a_drill_goes_by_its_own_topic_and_key(harness: StationHarness) -> None:
    alert = alert_states.active(harness.console, kind=AlertKind.DRILL)
    (letter,) = harness.sent()
    assert letter.topic == topics.device_drill(HERE, str(alert.order_id))
    assert harness.opened(letter.payload, KeyRole.DRILL).drill


def test_an_update_takes_the_place_of_what_it_replaces_also_where_it_means_others(harness: StationHarness) -> None:
    first = alert_states.active(harness.console, areas=(COMMUNE,))
    harness.sent()
    second = harness.updated(first, areas=(AreaId("bt-lien-huong"),))
    sent = harness.sent()
    details = {each.topic: harness.opened(each.payload) for each in sent if each.payload}
    assert set(details) == {topics.device_cap(name, str(second.order_id)) for name in (HERE, FAR)}
    assert [each.replaces for each in details.values()] == [[first.order_id]] * 2
    cleared = {each.topic for each in sent if not each.payload}
    assert cleared == {topics.device_cap(name, str(first.order_id)) for name in (HERE, FAR)}
    assert all(each.retain for each in sent)


def test_a_cancel_ends_the_whole_line_and_is_kept_as_long_as_any_of_it_could_be_held(harness: StationHarness) -> None:
    first = alert_states.active(harness.console)
    harness.sent()
    harness.console.clock.pass_by(minutes=1)
    second = harness.updated(first)
    harness.sent()
    harness.console.clock.pass_by(minutes=1)
    ended(harness.console, second, is_cancel=True)
    sent = harness.sent()
    (found,) = [each for each in sent if each.payload]
    notice = harness.opened(found.payload)
    assert (notice.type, notice.replaces) == ("cancel", [second.order_id, first.order_id])
    assert found.topic == topics.device_cap(HERE, f"{second.order_id}-end")
    assert found.expiry_s == 6 * 3600 - 60
    assert len([each for each in sent if not each.payload]) == 2


def test_an_all_clear_is_told_after_its_own_end_while_what_it_replaces_could_be_held(harness: StationHarness) -> None:
    first = alert_states.active(harness.console)
    harness.sent()
    ended(harness.console, first, is_cancel=False)
    (published,) = [each for each in harness.sent() if each.payload]
    assert (harness.opened(published.payload).type, published.expiry_s) == ("all_clear", 6 * 3600)
    harness.console.clock.pass_by(hours=2)
    expire_due(harness.console.context, harness.console.clock())
    (late,) = harness.missed()
    assert (late.payload, late.topic) == (published.payload, published.topic)
    harness.console.clock.pass_by(hours=5)
    assert harness.missed() == []


def partly_ended(harness: StationHarness) -> tuple[Alert, Alert]:
    """Return the province's alert, and the update that ended it in one district, by a person with rights there only."""
    first = alert_states.active(harness.console, areas=(PROVINCE,))
    harness.sent()
    harness.console.clock.pass_by(minutes=5)
    second = alert_states.active(harness.console, areas=(DISTRICT,))
    with harness.console.context.uow() as unit:
        now = second.approved_at
        assert now is not None
        assert second.order_id is not None
        end_part(unit, Replacement(first, (DISTRICT,), first.audience.without([DISTRICT]), ("Second",)), second, now)
        unit.commit()
    return first, second


def test_a_station_in_the_part_where_an_alert_ended_is_told_that_it_is_over_there(harness: StationHarness) -> None:
    first, second = partly_ended(harness)
    sent = harness.sent()
    details = {each.topic: harness.opened(each.payload) for each in sent if each.payload}
    assert set(details) == {topics.device_cap(HERE, str(second.order_id))}
    (notice,) = details.values()
    assert notice.replaces == [first.order_id]
    assert [each.topic for each in sent if not each.payload] == [topics.device_cap(HERE, str(first.order_id))]
    back = [harness.opened(each.payload).document for each in harness.missed()]
    assert back == [second.order_id]
    assert [harness.opened(each.payload).document for each in harness.missed(FAR)] == [first.order_id]


def test_a_station_with_a_place_where_the_alert_goes_on_keeps_it(harness: StationHarness) -> None:
    with harness.console.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(HERE), area_id=PROVINCE))
        unit.commit()
    first, second = partly_ended(harness)
    (published,) = [each for each in harness.sent() if each.payload]
    assert harness.opened(published.payload).replaces == []
    assert {harness.opened(each.payload).document for each in harness.missed()} == {first.order_id, second.order_id}


def test_calm_words_that_a_new_warning_ended_are_over_at_the_station_too(harness: StationHarness) -> None:
    first = alert_states.active(harness.console)
    harness.sent()
    harness.console.clock.pass_by(minutes=5)
    ended(harness.console, first, is_cancel=False)
    harness.sent()
    with harness.console.context.uow() as unit:
        (calm,) = unit[Alerts].active()
    harness.console.clock.pass_by(minutes=5)
    warning = alert_states.active(harness.console)
    (published,) = [each for each in harness.sent() if each.payload]
    notice = harness.opened(published.payload)
    assert (notice.document, notice.type) == (warning.order_id, "alert")
    assert calm.order_id in notice.replaces


def test_what_ended_before_it_was_sent_is_not_sent(harness: StationHarness) -> None:
    alert = alert_states.active(harness.console)
    CapPublisher(harness.console.context).step()
    ended(harness.console, alert, is_cancel=True)
    assert harness.relayed() == []
    (published,) = [each for each in harness.sent() if each.payload]
    assert harness.opened(published.payload).type == "cancel"


def test_what_expired_before_it_was_sent_is_not_sent(harness: StationHarness) -> None:
    alert_states.active(harness.console)
    CapPublisher(harness.console.context).step()
    harness.console.clock.pass_by(hours=7)
    assert harness.relayed() == []


def test_told_again_after_a_death_the_bytes_are_the_same(harness: StationHarness) -> None:
    alert = alert_states.active(harness.console)
    first = harness.sent()
    with harness.console.context.uow() as unit:
        unit.outbox.add(OutboxKind.STATIONS, str(alert.order_id))
        unit.commit()
    harness.console.clock.pass_by(minutes=5)
    (again,) = harness.relayed()
    assert (again.topic, again.payload) == (first[0].topic, first[0].payload)


def test_a_document_too_large_for_a_message_is_announced_by_its_hash(harness: StationHarness) -> None:
    alert_states.active(harness.console, **alert_states.LARGE)
    (letter,) = harness.sent()
    notice = harness.opened(letter.payload)
    size = harness.console.context.content.stat(notice.sha256).bytes
    assert (notice.cap, notice.bytes) == ("", size)


def test_what_our_own_check_refuses_is_not_told_and_still_ends_what_it_replaces(
    harness: StationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = alert_states.active(harness.console)
    harness.sent()
    monkeypatch.setattr("cms.exchange.service.cap_publisher.identifier_of", lambda _: "not, a name")
    harness.updated(first)
    (cleared,) = harness.sent()
    assert (cleared.topic, cleared.payload) == (topics.device_cap(HERE, str(first.order_id)), b"")


def test_a_station_out_of_service_holds_nothing_and_one_that_moves_holds_what_means_its_new_place(
    harness: StationHarness,
) -> None:
    warned = alert_states.active(harness.console)
    alert_states.active(harness.console, kind=AlertKind.DRILL)
    assert len(harness.sent()) == 2
    with harness.console.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(HERE), retired_at=harness.console.clock()))
        unit[Devices].save(replace(unit[Devices].get(FAR), area_id=DISTRICT))
        for name in (HERE, FAR):
            unit.outbox.add(OutboxKind.RECEIVER, name)
        unit.commit()
    letters = harness.relayed()
    cleared = [each.topic for each in letters if not each.payload]
    assert topics.device_cap(HERE, str(warned.order_id)) in cleared
    assert len(cleared) == 2
    assert sorted(each.topic.split("/")[-2] for each in letters if each.payload) == ["cap", "drill"]
    assert {each.topic.split("/")[-3] for each in letters if each.payload} == {FAR}
    alert_states.active(harness.console)
    assert {each.topic.split("/")[-3] for each in harness.sent()} == {FAR}


def test_a_station_that_comes_back_is_told_what_holds_ends_first(harness: StationHarness) -> None:
    cancelled, kept = (alert_states.active(harness.console) for _ in range(2))
    harness.sent()
    ended(harness.console, cancelled, is_cancel=True)
    harness.sent()
    context = harness.console.context
    request = SyncRequest(v=1, ts=0, boot="b", desired_ver=1)
    hearing = InboundHandler(context, harness.letters, AlertMessages(context.keyring))
    with context.uow() as unit:
        letters = hearing.apply(unit, [InboundMessage(HERE, request), InboundMessage(FAR, request)], context.now())
        unit.commit()
    found = [harness.opened(each.payload) for each in letters if "/cap/" in each.topic]
    assert [each.document for each in found] == [f"{cancelled.order_id}-end", kept.order_id]
    assert {each.device for each in found} == {HERE}
