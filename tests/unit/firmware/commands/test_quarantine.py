"""Quarantined device: it sounds nothing, alerts included, and reports so."""

from __future__ import annotations

from devices.protocol.messages import BoardItem, Code, ExecutionState
from tests.unit.firmware.alert_messages import alert, send
from tests.unit.firmware.device_harness import MINUTE_MS, DeviceHarness, ready_device


def shut_off() -> DeviceHarness:
    device = ready_device()
    device.desire(quarantined=True)
    return device


def test_a_device_in_quarantine_refuses_to_play() -> None:
    device = shut_off()
    play = device.play()
    device.order(play)
    assert device.last_ack(play.cid).code == Code.QUARANTINED
    assert device.heard == []


def test_a_device_in_quarantine_refuses_an_alert() -> None:
    device = shut_off()
    order = alert(device)
    send(device, order)
    device.run(MINUTE_MS)
    assert device.last_ack(order.cid).code == Code.QUARANTINED
    assert device.heard == []


def test_what_is_planned_is_missed_and_the_record_says_why() -> None:
    device = shut_off()
    device.plan(device.item("later", device.now + MINUTE_MS))
    device.run(5 * MINUTE_MS)
    assert device.heard == []
    assert ("later", "missed", Code.QUARANTINED) in device.results()


def test_what_sounds_falls_silent_at_once() -> None:
    device = ready_device()
    play = device.play(dur_ms=10 * MINUTE_MS)
    device.order(play)
    device.run(MINUTE_MS)
    device.desire(quarantined=True)
    device.run(MINUTE_MS)
    assert [whole for _, _, whole in device.ended] == [False]
    assert device.last_ack(play.cid).code == Code.QUARANTINED


def test_an_alert_that_sounds_falls_silent_for_good() -> None:
    device = ready_device()
    order = alert(device)
    send(device, order)
    device.run(5_000)
    device.desire(quarantined=True)
    before = len(device.heard)
    device.run(10 * MINUTE_MS)
    assert len(device.heard) == before
    assert device.last_ack(order.cid).st in {ExecutionState.CUT, ExecutionState.FAILED}


def let_pass() -> DeviceHarness:
    device = ready_device()
    device.desire(quarantined=True, alerts_pass=True)
    return device


def test_alerts_pass_a_quarantine_that_lets_them_also_after_a_power_cut() -> None:
    device = let_pass()
    order = alert(device)
    send(device, order)
    device.run(MINUTE_MS)
    assert device.last_ack(order.cid).st == ExecutionState.DONE
    device.power_cut(1_000)
    device.connect()
    later = alert(device, "later")
    send(device, later)
    device.run(MINUTE_MS)
    assert device.last_ack(later.cid).st == ExecutionState.DONE


def test_nothing_but_alerts_passes_it() -> None:
    device = let_pass()
    play, drill = device.play(), alert(device, "drill", drill=True)
    device.order(play)
    send(device, drill)
    device.plan(device.item("later", device.now + MINUTE_MS))
    device.run(5 * MINUTE_MS)
    assert device.last_ack(play.cid).code == Code.QUARANTINED
    assert device.last_ack(drill.cid).code == Code.QUARANTINED
    assert ("later", "missed", Code.QUARANTINED) in device.results()
    assert device.sounds == []


def test_an_alert_that_sounds_goes_on_and_a_drill_does_not() -> None:
    device = ready_device()
    drill = alert(device, "drill", drill=True)
    send(device, drill)
    device.run(1_000)
    device.desire(quarantined=True, alerts_pass=True)
    device.run(MINUTE_MS)
    assert device.last_ack(drill.cid).st in {ExecutionState.CUT, ExecutionState.FAILED}
    device.desire(quarantined=False)
    order = alert(device)
    send(device, order)
    device.run(1_000)
    device.desire(quarantined=True, alerts_pass=True)
    device.run(MINUTE_MS)
    assert device.last_ack(order.cid).st == ExecutionState.DONE


def test_a_key_found_in_other_hands_mutes_the_alert_that_had_passed() -> None:
    device = let_pass()
    order = alert(device)
    send(device, order)
    device.run(1_000)
    device.desire(quarantined=True)
    device.run(MINUTE_MS)
    assert device.last_ack(order.cid).st in {ExecutionState.CUT, ExecutionState.FAILED}


def test_it_is_remembered_through_a_power_cut_and_lifted_by_a_later_word() -> None:
    device = shut_off()
    device.power_cut(1_000)
    device.connect()
    play = device.play()
    device.order(play)
    assert device.last_ack(play.cid).code == Code.QUARANTINED
    device.desire(quarantined=False)
    again = device.play()
    device.order(again)
    device.run(2 * MINUTE_MS)
    assert device.last_ack(again.cid).st == ExecutionState.DONE


def test_a_board_that_is_shut_off_shows_nothing_and_tells_what_was_cut() -> None:
    device = DeviceHarness(is_board=True)
    device.power_on()
    device.connect()
    device.desire()
    device.boards(*(board_item(name, device.now + at) for name, at in (("now", 0), ("later", 5 * MINUTE_MS))))
    device.run(MINUTE_MS)
    assert showing(device)
    device.desire(quarantined=True)
    device.run(20 * MINUTE_MS)
    assert not showing(device)
    assert sorted(device.results()) == [("later", "missed", Code.QUARANTINED), ("now", "cut", Code.QUARANTINED)]


def showing(device: DeviceHarness) -> bool:
    return device.screen is not None


def board_item(name: str, start_at: int) -> BoardItem:
    return BoardItem(item=name, start_at=start_at, end_at=start_at + 3 * MINUTE_MS, prio=4, head=name)
