"""Alerts raised at the device with a key and a PIN."""

from __future__ import annotations

import pytest

from devices.protocol import key_presses, topics
from devices.protocol.messages import (
    AlertContent,
    Code,
    DeviceEvent,
    ExecutionState,
    HolderPin,
    LocalOrder,
    LocalOrders,
    RaisedAlert,
)
from firmware_sim.core.effects import ShowKeypad, StartTrack
from firmware_sim.core.events import KeyTurned
from tests.unit.firmware import signing
from tests.unit.firmware.alert_messages import VI, cancel, send, speech
from tests.unit.firmware.device_harness import AREA, DEVICE, MINUTE_MS, NOON_MS, DeviceHarness, ready_device
from tests.unit.firmware.sync_requests import asks

DAY_MS = 86_400_000
PIN, SALT = "246810", "0f" * 16
HOLDER = HolderPin(id="h1", salt=SALT, pin_hash=key_presses.pin_hash(PIN, SALT))


def orders(ver: int = 1, **changes: object) -> LocalOrders:
    content = AlertContent(id="o1", level=3, hazard="flash_flood", issued_at=0, head="Lên chỗ cao. Lũ quét.")
    fields: dict[str, object] = {
        "device": DEVICE,
        "area": AREA,
        "iat": NOON_MS,
        "nbf": NOON_MS - 120_000,
        "exp": NOON_MS + 30 * DAY_MS,
        "holders": [HOLDER],
        "orders": [LocalOrder(id="o1", lasts_ms=30 * MINUTE_MS, alert=content)],
        **changes,
    }
    return LocalOrders(v=1, ver=ver, **fields)  # type: ignore[arg-type] # each test names fields of it


def give(device: DeviceHarness, held: LocalOrders, *, kid: str = "alert") -> None:
    device.deliver(topics.device_local(DEVICE), signing.signed(held, kid, signing.KEYS[kid]))


def holding(**changes: object) -> DeviceHarness:
    device = ready_device()
    give(device, orders(**changes))  # type: ignore[arg-type] # as above
    return device


def turn(device: DeviceHarness, pin: str = PIN, choice: int = 1) -> ShowKeypad:
    device.done.clear()
    device.feed(KeyTurned(choice, pin))
    return next(each for each in device.done if isinstance(each, ShowKeypad))


def sounded(device: DeviceHarness) -> bool:
    return any(isinstance(each, StartTrack) for each in device.done)


def local_events(device: DeviceHarness) -> list[DeviceEvent]:
    return [each for each in device.events() if each.type == "local"]


def raised(device: DeviceHarness) -> list[RaisedAlert]:
    return [each for event in local_events(device) if event.local for each in event.local.raised]


def test_key_and_pin_begin_the_siren_without_a_network_and_without_speech() -> None:
    device = holding()
    device.disconnect()
    shown = turn(device)
    assert shown == ShowKeypad(None, "Lên chỗ cao. Lũ quét.")
    device.run(1)
    assert [at for _item, at in device.heard] == [NOON_MS]
    assert not raised(device), "nothing can be told yet"


def test_with_a_link_it_is_told_at_once_and_before_its_answers() -> None:
    device = holding()
    turn(device)
    device.run(2_000)
    (report,) = raised(device)
    assert report == RaisedAlert(
        cid=key_presses.raised_id(DEVICE, "o1", NOON_MS),
        order="o1",
        holder="h1",
        ver=1,
        at=NOON_MS,
        exp=NOON_MS + 30 * MINUTE_MS,
    )
    order = [sent.topic for sent in device.published if report.cid.encode() in sent.body]
    assert order[0] == topics.device_event(DEVICE)
    assert device.last_ack(report.cid).st is ExecutionState.STARTED


def test_it_is_told_until_the_receipt_names_it_and_then_never_again() -> None:
    device = holding()
    device.disconnect()
    turn(device)
    device.run(MINUTE_MS)
    device.power_cut(MINUTE_MS)
    device.connect()
    (report,) = raised(device)
    assert report.at == NOON_MS
    assert report.cid not in asks(device)[-1].orders, "the server does not know of it yet"
    device.disconnect()
    device.connect()
    assert [each.cid for each in raised(device)] == [report.cid] * 2
    device.order(device.command("r", type="receipt", refs=[report.cid]))
    device.disconnect()
    device.connect()
    assert len(raised(device)) == 2
    assert report.cid in asks(device)[-1].orders


def test_after_a_power_cut_it_goes_on_and_ends_at_its_time() -> None:
    device = holding()
    turn(device)
    device.run(2_000)
    device.power_cut(1_000)
    device.run(40 * MINUTE_MS)
    items = {item for item, _at in device.heard}
    assert len(items) >= 1
    assert all(at <= NOON_MS + 30 * MINUTE_MS for _item, at in device.heard)


def test_the_servers_cancel_ends_it() -> None:
    device = holding()
    turn(device)
    device.run(2_000)
    cid = raised(device)[0].cid
    send(device, cancel(device, cid))
    device.run(1_000)
    assert device.last_ack(cid).st is ExecutionState.CANCELLED


def test_one_press_is_one_alert_and_a_second_while_it_lasts_is_refused() -> None:
    device = holding()
    turn(device)
    device.run(MINUTE_MS)
    assert turn(device).refusal is Code.DUPLICATE
    assert not sounded(device)
    device.run(31 * MINUTE_MS)
    assert turn(device).refusal is None
    assert len({each.cid for each in raised(device)}) == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"device": "xa-1-l02"}, Code.NO_ORDER),
        ({"area": "xa-2"}, Code.NOT_TARGET),
        ({"exp": NOON_MS - 1, "nbf": NOON_MS - 2}, Code.EXPIRED),
        ({"nbf": NOON_MS + 1}, Code.NOT_YET),
        ({"orders": []}, Code.NO_ORDER),
        ({"holders": []}, Code.NO_ORDER),
    ],
)
def test_orders_of_another_box_place_or_time_raise_nothing(changes: dict[str, object], code: Code) -> None:
    device = holding(**changes)
    assert turn(device).refusal is code
    assert not sounded(device)


def test_a_box_that_was_given_anothers_files_plays_nothing() -> None:
    """The files of another box, or of its own with orders for another: none is verified as its own."""
    device = ready_device()
    for foreign in (orders(device="xa-1-l02"), orders(area="xa-9")):
        signed = signing.signed(foreign, "alert", signing.KEYS["alert"])
        device.flash.facts.setdefault("doc", {})["local_orders"] = signed.decode()
        device.power_cut()
        assert turn(device).refusal is Code.NOT_TARGET
    forged = signing.signed(orders(), "alert", signing.STRANGER)
    device.flash.facts["doc"]["local_orders"] = forged.decode()
    device.power_cut()
    assert turn(device).refusal is Code.NO_ORDER
    assert not sounded(device)


@pytest.mark.parametrize("kid", ["plan", "drill", "firmware"])
def test_only_the_alert_key_signs_local_orders(kid: str) -> None:
    device = ready_device()
    give(device, orders(), kid=kid)
    assert turn(device).refusal is Code.NO_ORDER


def test_without_a_trusted_time_nothing_is_raised() -> None:
    device = holding()
    device.clock_known = False
    device.power_cut(DAY_MS)
    assert turn(device).refusal is Code.NO_CLOCK
    device.connect()
    device.beacon(device.now)
    assert turn(device).refusal is None


def test_older_orders_never_come_back_and_a_withdrawal_stands() -> None:
    device = holding(ver=3)
    give(device, orders(ver=4, orders=[], holders=[]))
    give(device, orders(ver=3))
    assert turn(device).refusal is Code.NO_ORDER
    give(device, orders(ver=1, epoch=1))
    assert turn(device).refusal is None


def test_a_holder_whose_pin_was_withdrawn_raises_nothing() -> None:
    device = holding()
    other = HolderPin(id="h2", salt="aa" * 16, pin_hash=key_presses.pin_hash("135790", "aa" * 16))
    give(device, orders(ver=2, holders=[other]))
    assert turn(device).refusal is Code.WRONG_PIN
    assert turn(device, "135790").refusal is None
    assert raised(device)[0].holder == "h2"


def test_wrong_pins_are_counted_paused_told_and_locked_over_a_power_cut() -> None:
    device = holding()
    assert turn(device, "111111") == ShowKeypad(Code.WRONG_PIN, "", 5, 0)
    assert turn(device, "222222") == ShowKeypad(Code.WRONG_PIN, "", 4, 5_000)
    assert turn(device) == ShowKeypad(Code.LOCKED, "", 4, 5_000), "the right one has to wait too"
    device.power_cut(1_000)
    assert turn(device).refusal is Code.LOCKED
    device.run(4_000)
    for left in (3, 2, 1, 0):
        shown = turn(device, "333333")
        assert (shown.refusal, shown.tries_left) == (Code.WRONG_PIN, left)
        device.run(shown.wait_ms if left else 0)
    assert turn(device) == ShowKeypad(Code.LOCKED, "", 0, DAY_MS)
    device.connect()
    told = [(each.type, each.code, each.detail) for each in device.events() if each.code == Code.WRONG_PIN]
    assert [detail for _type, _code, detail in told] == ["5", "4", "3", "2", "1", "0"]
    give(device, orders(ver=2))
    assert turn(device).refusal is None, "the server has issued new ones"


def test_the_right_pin_resets_the_count() -> None:
    device = holding()
    turn(device, "111111")
    turn(device)
    device.run(31 * MINUTE_MS)
    assert turn(device, "111111").tries_left == 5


@pytest.mark.parametrize("choice", [0, 2, -1])
def test_a_number_without_an_order_raises_nothing_and_costs_no_try(choice: int) -> None:
    device = holding()
    assert turn(device, choice=choice) == ShowKeypad(Code.NO_ORDER, "", 6, 0)


def test_a_device_in_quarantine_raises_nothing_unless_alerts_pass() -> None:
    device = holding()
    device.desire(quarantined=True)
    assert turn(device).refusal is Code.QUARANTINED
    device.desire(quarantined=True, alerts_pass=True)
    assert turn(device).refusal is None


def test_it_tells_what_it_holds_on_every_connect_and_change() -> None:
    device = holding()
    give(device, orders(ver=2, orders=[]))
    device.disconnect()
    device.connect()
    found = [(each.local.ver, each.local.count) for each in local_events(device) if each.local]
    assert found == [(1, 1), (2, 0), (2, 0)]


def test_it_keeps_the_speech_of_its_orders_on_flash() -> None:
    device = ready_device()
    said = speech(device)
    content = AlertContent(id="o1", level=3, hazard="flood", issued_at=0, speech=[said], tone_ms=1_000, times=1)
    give(device, orders(orders=[LocalOrder(id="o1", lasts_ms=30 * MINUTE_MS, alert=content)]))
    device.run(10 * MINUTE_MS)
    assert device.flash.held(said.sha256) == VI
    assert [each.local.spoken for each in local_events(device) if each.local] == [0, 1]
    device.disconnect()
    device.server_has_content = False
    fetched = len(device.fetched)
    turn(device)
    device.run(30_000)
    device.connect()
    assert {record.sha256 for record in device.records()} == {said.sha256}
    assert len(device.fetched) == fetched + 1, "asked once more, and found on flash"


def test_speech_that_flash_has_lost_is_fetched_again() -> None:
    device = ready_device()
    said = speech(device)
    content = AlertContent(id="o1", level=3, hazard="flood", issued_at=0, speech=[said])
    give(device, orders(orders=[LocalOrder(id="o1", lasts_ms=30 * MINUTE_MS, alert=content)]))
    device.run(10 * MINUTE_MS)
    fetched = len(device.fetched)
    device.spoil(said.sha256)
    device.spoil("0" * 64)
    assert [each.sha256 for each in device.fetched[fetched:]] == [said.sha256]
    assert [each.local.spoken for each in local_events(device) if each.local][-1] == 1
