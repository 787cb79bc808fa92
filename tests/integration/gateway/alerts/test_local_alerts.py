"""Alerts raised at a device: from two people's agreement to the box's key, and told to the server once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.local_alerts import (
    BYTES_MAX,
    LASTS,
    RENEWED_AFTER,
    KeyHolderId,
    LocalAlertStatus,
    LocalIssueState,
)
from broadcast.alerts.model import AlertId, AlertPolicy, AlertStatus, OrderId
from broadcast.alerts.orders import DeclarationRight, OrderEnd, ReachState
from cms.alerts.repository.alerts import Declarations
from cms.alerts.repository.orders import Orders
from cms.alerts.service import ends
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.local_alerts.queries import boxes
from cms.local_alerts.repository import KeyHolders, KeyPresses, LocalIssues
from cms.local_alerts.service import agreement, holders
from cms.notifications.queries import LoggedEvent
from cms.notifications.service.composer import Composer
from cms.platform.gateway.uplink import Uplink
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.limits import KEY_HOLDERS_MAX
from devices.protocol.messages import Code, DeviceEvent, LocalOrderReport, LocalOrders, RaisedAlert
from devices.protocol.verdict import weigh
from firmware_sim.core.effects import StopSound
from province.areas import AreaId
from province.errors import InvalidError, NotAllowedError, NotPossibleError
from province.people import UserId
from tests.integration.gateway.local_boxes import BINH, HEAD, LAN, Box, Province, ms
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, TINH, XA_1, XA_2, make_station


@pytest.fixture
def province(tmp_path: Path, database_url: str) -> Iterator[Province]:
    station, engine = make_station(tmp_path / "home", url=database_url)
    yield Province(station)
    engine.dispose()


def test_what_two_people_agreed_on_is_raised_with_key_and_pin_and_told_once(province: Province) -> None:
    local = province.agreed()
    holder, pin = province.issue(LOA_1)
    box = province.box()
    raised_at = province.station.now
    assert box.turn("000000" if pin != "000000" else "111111") is Code.WRONG_PIN
    assert box.turn(pin) is None, "one slip costs no wait"
    assert box.sounds == 1
    province.station.pass_by(hours=1)
    box.power_on()
    box.connect()
    province.hear(box, again=True)
    province.hear(box)
    province.uplink = Uplink(
        province.station.context,
        InboundHandler(province.station.context, province.station.letters, province.station.alerts),
    )
    box.connect()
    province.hear(box)
    (alert,) = province.alerts()
    assert (alert.status, alert.author_name, alert.approver_id) == (AlertStatus.EXPIRED, holder.person_name, BINH)
    assert (alert.created_at, alert.ended_at) == (raised_at, raised_at + timedelta(minutes=30))
    assert (alert.headline, alert.audience.targets.areas) == (HEAD, (XA_1,))
    with province.station.context.uow() as unit:
        press = unit[KeyPresses].get(alert.id)
        order = unit[Orders].get(OrderId(alert.id))
        (reach,) = unit[Orders].reaches(order.id)
    assert (press.raised_at, press.told_at - raised_at) == (raised_at, timedelta(hours=1))
    assert (press.device_id, press.holder_id, press.local_alert_id) == (LOA_1, holder.id, local.id)
    assert (order.end_reason, order.origin_id) == (OrderEnd.EXPIRED, LOA_1)
    assert reach.started_at == raised_at
    province.dispatch()
    province.deliver(box)
    box.outbox.clear()
    box.connect()
    told = [codec.decode(DeviceEvent, each.body) for each in box.outbox if each.topic == topics.device_event(LOA_1)]
    assert not any(event.local.raised for event in told if event.local), "the receipt has come"


def test_with_a_link_it_is_an_alert_in_force_that_officers_stop(province: Province) -> None:
    province.agreed()
    _holder, pin = province.issue(LOA_1)
    box = province.box()
    box.connect()
    province.hear(box)
    assert province.state() is LocalIssueState.VALID
    assert box.turn(pin) is None
    province.hear(box)
    (alert,) = province.alerts()
    with province.station.context.uow() as unit:
        (reach,) = unit[Orders].reaches(OrderId(alert.id))
        others = [AlertId(each.alert_id) for each in unit[Orders].open()]
    assert (alert.status, reach.state, others) == (AlertStatus.ACTIVE, ReachState.SOUNDING, [alert.id])
    province.station.link.published.clear()
    province.publish_alerts()
    assert not [sent for sent in province.station.link.published if sent.topic.endswith("/alert")]
    ends.cancel(
        province.station.context.uow(),
        alert.id,
        reason="Nhầm",
        call=province.call(),
        voices=province.station.context.voices,
    )
    province.publish_alerts()
    box.effects.clear()
    province.deliver(box)
    assert any(isinstance(each, StopSound) for each in box.effects)
    province.station.pass_by(seconds=1)
    box.connect()
    province.hear(box)
    with province.station.context.uow() as unit:
        (reach,) = unit[Orders].reaches(OrderId(alert.id))
    assert reach.state is ReachState.CANCELLED
    assert reach.closed_at is not None


def test_no_other_box_is_sent_it_or_sounds_it(province: Province) -> None:
    province.agreed(TINH)
    _holder, pin = province.issue(LOA_1, LOA_2)
    box, neighbour = province.box(), province.box(LOA_2)
    box.connect()
    assert box.turn(pin) is None
    province.hear(box)
    province.station.link.published.clear()
    neighbour.effects.clear()
    neighbour.connect()
    province.hear(neighbour)
    province.publish_alerts()
    province.deliver(neighbour)
    assert neighbour.sounds == 0
    assert not [sent for sent in province.station.link.published if b"play" in sent.payload]


def test_orders_of_a_box_are_of_no_use_to_another(province: Province) -> None:
    province.agreed(TINH)
    _holder, pin = province.issue(LOA_1)
    held = next(each for each in province.box().flash.load()["doc"].items() if each[0] == "local_orders")
    thief = Box(province.station, LOA_2)
    thief.power_on()
    province.deliver(thief)
    thief.flash.facts["doc"][held[0]] = held[1]
    thief.power_on()
    assert thief.turn(pin) is Code.NOT_TARGET
    assert thief.sounds == 0


def test_the_signed_orders_name_device_place_dates_and_no_person(province: Province) -> None:
    local = province.agreed()
    holder, _pin = province.issue(LOA_1)
    province.dispatch()
    (sent,) = [each for each in province.station.link.published if each.topic == topics.device_local(LOA_1)]
    body = sent.read(LocalOrders)
    assert (body.device, body.area, body.ver) == (LOA_1, XA_1, 1)
    assert body.exp - body.iat == LASTS / timedelta(milliseconds=1)
    assert [(each.id, each.lasts_ms, each.alert.head) for each in body.orders] == [(local.id, 1_800_000, HEAD)]
    assert body.orders[0].alert.issued_at == 0
    assert body.orders[0].alert.blasts is not None or body.orders[0].alert.tone_ms
    assert holder.person_name.encode() not in codec.encode(body)
    keys = province.station.context.keyring
    trusted = TrustedKeys.from_root(keys.root_x, keys.keyset_jws)
    there = {"device_id": LOA_1, "areas": [XA_1], "groups": [], "now_ms": body.iat, "seen": ()}
    assert weigh(sent.payload, trusted, **there).refusal is Code.MALFORMED, "it is no command"  # type: ignore[arg-type]


def test_withdrawing_reaches_the_box_and_expiry_those_that_are_not_reached(province: Province) -> None:
    local = province.agreed()
    holder, pin = province.issue(LOA_1)
    box, far = province.box(), Box(province.station)
    far.power_on()
    province.deliver(far)
    box.connect()
    province.hear(box)
    holders.withdraw(province.station.context.uow(), holder.id, call=province.call())
    province.dispatch()
    province.deliver(box)
    assert box.turn(pin) is Code.NO_ORDER
    province.station.pass_by(days=29)
    assert far.turn(pin) is None
    province.station.pass_by(days=2)
    assert far.turn(pin) is Code.EXPIRED
    with pytest.raises(NotPossibleError):
        holders.withdraw(province.station.context.uow(), holder.id, call=province.call())
    agreement.withdraw(province.station.context.uow(), local.id, call=province.call())
    with pytest.raises(NotPossibleError):
        agreement.withdraw(province.station.context.uow(), local.id, call=province.call())


def test_a_changed_pin_replaces_the_old_one(province: Province) -> None:
    province.agreed()
    holder, old = province.issue(LOA_1)
    box = province.box()
    changed, new = holders.change_pin(province.station.context.uow(), holder.id, call=province.call())
    assert (changed.id, changed.person_name) == (holder.id, holder.person_name)
    province.dispatch()
    province.deliver(box)
    assert (old == new) or box.turn(old) is Code.WRONG_PIN
    assert box.turn(new) is None


def test_orders_are_renewed_each_week_and_an_expired_box_is_shown(province: Province) -> None:
    province.agreed()
    province.issue(LOA_1)
    box = province.box()
    assert province.state() is LocalIssueState.WAITING
    box.connect()
    province.hear(box)
    assert (province.state(), province.renew()) == (LocalIssueState.VALID, 0)
    province.station.pass_by(days=RENEWED_AFTER.days)
    assert province.renew() == 1
    assert province.renew() == 0
    assert province.state() is LocalIssueState.OUTDATED
    province.dispatch()
    province.deliver(box)
    province.hear(box)
    assert (province.state(), province.expired()) == (LocalIssueState.VALID, 0)
    province.station.pass_by(days=31)
    assert (province.state(), province.expired()) == (LocalIssueState.EXPIRED, 1)
    with reading(province.station.context.engine) as session:
        (line,) = boxes(session, [XA_1], 10)
        assert boxes(session, [XA_2], 10) == []
    assert (line.device_id, [each.person_name for each in line.holders]) == (LOA_1, ["Lò Văn Pọng"])


def test_the_policy_is_off_by_default_and_takes_everything_back(province: Province) -> None:
    province.allow(is_allowed=False)
    province.agreed()
    _holder, pin = province.issue(LOA_1)
    assert province.renew() == 0
    province.allow()
    assert province.renew() == 1
    box = province.box()
    province.allow(is_allowed=False)
    assert province.renew() == 1
    province.dispatch()
    province.deliver(box)
    assert box.turn(pin) is Code.NO_ORDER
    assert province.state() is LocalIssueState.NONE
    assert AlertPolicy().allows_local_alerts is False


def test_a_box_in_doubt_or_out_of_service_is_issued_nothing(province: Province) -> None:
    province.agreed()
    province.issue(LOA_1)
    province.dispatch()
    with province.station.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_1), revoked=True))
        unit.commit()
    assert province.renew() == 1
    assert province.state() is LocalIssueState.NONE


def test_two_people_agree_and_each_has_the_right_and_a_code(province: Province) -> None:
    made = province.propose()
    uow = province.station.context.uow
    with pytest.raises(NotAllowedError, match="OWN_ALERT"):
        province.approve(made, province.call(LAN))
    with pytest.raises(NotAllowedError, match="SECOND_FACTOR"):
        province.approve(made, province.call(BINH, has_code=False))
    with uow() as unit:
        unit[Declarations].take(DeclarationRight(BINH, TINH, AlertLevel.THREE))
        unit[Declarations].give(DeclarationRight(BINH, TINH, AlertLevel.ONE))
        unit.commit()
    with pytest.raises(NotAllowedError, match="LEVEL"):
        province.approve(made, province.call(BINH))
    with pytest.raises(NotAllowedError, match="SECOND_FACTOR"):
        holders.issue(uow(), person_name="A", phone="", device_ids=[LOA_1], call=province.call(has_code=False))
    gone = agreement.withdraw(uow(), made.id, call=province.call(BINH))
    assert gone.status is LocalAlertStatus.WITHDRAWN
    with pytest.raises(NotPossibleError):
        province.approve(made, province.call(BINH))


def test_a_proposal_is_for_a_place_that_there_is(province: Province) -> None:
    with pytest.raises(InvalidError, match="AREA_UNKNOWN"):
        province.propose(AreaId("nowhere"))


def test_the_most_that_one_place_gets_fits_one_message(province: Province) -> None:
    for _ in range(4):
        province.agreed(XA_2, text="ữ" * 540, headline="ữ" * 30)
    with pytest.raises(InvalidError, match="TOO_MUCH_TO_SEND"):
        province.propose(TINH, text="ữ" * 540)
    province.issue(LOA_3)
    with province.station.context.uow() as unit:
        (holder,) = unit[KeyHolders].standing()
        for number in range(KEY_HOLDERS_MAX - 1):
            unit[KeyHolders].add(other := replace(holder, id=KeyHolderId(f"holder-{number}")))
            unit[KeyHolders].give(other.id, [LOA_3])
        unit.commit()
    with pytest.raises(InvalidError, match="TOO_MANY"):
        province.issue(LOA_3)
    province.dispatch()
    (sent,) = [each for each in province.station.link.published if each.topic == topics.device_local(LOA_3)]
    body = sent.read(LocalOrders)
    assert (len(body.orders), len(body.holders)) == (4, KEY_HOLDERS_MAX)
    assert len(sent.payload) > BYTES_MAX


def test_a_report_of_what_nobody_agreed_on_makes_no_alert(province: Province) -> None:
    local = province.propose()
    forged = [
        {"cid": "box-" + "0" * 32, "order": local.id},
        {"cid": "box-" + "1" * 32, "order": "no-such-order"},
    ]
    for each in forged:
        raised = RaisedAlert(**each, holder="h", ver=1, at=ms(province.station.now), exp=ms(province.station.now))
        event = DeviceEvent(v=1, type="local", ts=1, boot="b", local=LocalOrderReport(raised=[raised]))
        topic = topics.device_event(LOA_1)
        province.uplink.store([Incoming(topic, codec.encode(event), retain=False, qos=1, mid=1, connection=1)])
    assert province.alerts() == []
    receipts = [row for row in province.station.messages() if row.kind is OutboxKind.RECEIPT]
    assert [row.payload["refs"] for row in receipts if row.payload]


def test_a_restored_database_issues_above_what_the_box_holds(province: Province) -> None:
    province.agreed()
    _holder, pin = province.issue(LOA_1)
    box = province.box()
    with province.station.context.uow() as unit:
        unit[LocalIssues].remove(LOA_1)
        unit.commit()
    box.connect()
    province.hear(box)
    province.dispatch()
    province.deliver(box)
    assert box.turn(pin) is None
    province.hear(box)
    assert province.state() is LocalIssueState.VALID


def test_everybody_who_may_end_it_is_told_at_once(province: Province) -> None:
    province.agreed()
    _holder, pin = province.issue(LOA_1)
    box = province.box()
    box.connect()
    box.turn(pin)
    province.hear(box)
    (alert,) = province.alerts()
    event = LoggedEvent(1, province.station.now, "alert.raised_at_device", alert.id, UserId("gateway"), "gateway", {})
    with reading(province.station.context.engine) as session:
        ((people, news),) = list(Composer(session, province.station.now).told(event))
    assert set(people) == {LAN, BINH}
    assert "CẢNH BÁO PHÁT TẠI CỤM LOA" in news.title
    assert "Lò Văn Pọng" in news.text
    assert "Loa đang phát" in news.text


def test_a_holder_stands_for_devices_with_a_loudspeaker_only(province: Province) -> None:
    with pytest.raises(InvalidError, match="devices"):
        province.issue(DeviceId("no-such-device"))
    holder, _pin = province.issue(LOA_1, LOA_2)
    with province.station.context.uow() as unit:
        assert unit[KeyHolders].devices_of([holder.id]) == {holder.id: [LOA_1, LOA_2]}
