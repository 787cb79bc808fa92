"""Ends of alerts: cancel, stop, hush, and the key at the device."""

from __future__ import annotations

import pytest

from devices.protocol.limits import HUSH_MAX_MS
from devices.protocol.messages import Play, Target
from tests.unit.firmware.alert_messages import ROUND_MS, alert, cancel, later, send, stood
from tests.unit.firmware.device_harness import MINUTE_MS, NOON_MS, ready_device

HOUR_MS = 60 * MINUTE_MS


def test_a_cancel_silences_at_once_and_is_answered_when_it_is_silent() -> None:
    device = ready_device()
    send(device, alert(device, every_ms=MINUTE_MS))
    device.run(12_345)
    send(device, cancel(device, "a"))
    device.run(20 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + 12_345, False)]
    assert stood(device, "a")[-1] == ("cancelled", "CANCELLED")
    assert stood(device, "c") == [("done", None)]
    assert device.results() == [("a", "cut", "CANCELLED")]
    assert device.screen is None


def test_an_alert_after_its_cancel_is_refused_even_after_a_power_cut() -> None:
    device = ready_device()
    command = alert(device)
    send(device, cancel(device, "a"))
    device.power_cut(1_000)
    device.connect()
    send(device, command)
    device.run(5 * MINUTE_MS)
    assert device.heard == []
    assert stood(device, "a") == [("rejected", "CANCELLED")]


def test_a_late_copy_of_a_cancelled_alert_is_refused_until_its_expiry_though_the_cancel_s_is_sooner() -> None:
    device = ready_device()
    command = alert(device, exp=later(120))
    send(device, command)
    send(device, cancel(device, "a"))
    device.run(100 * MINUTE_MS)
    send(device, command)
    device.run(5 * MINUTE_MS)
    assert len(device.heard) == 1
    assert stood(device, "a")[-1] == ("cancelled", "DUPLICATE")


def test_what_an_alert_cut_goes_on_after_its_cancel() -> None:
    device = ready_device()
    device.plan(device.item("kept", later(5), after="resume"))
    device.run_until(later(5) + 20_000)
    send(device, alert(device))
    device.run(5_000)
    send(device, cancel(device, "a"))
    device.run(5 * MINUTE_MS)
    assert device.heard[-1] == ("kept", later(5) + 25_000)


def test_a_cancel_names_what_it_ends_and_leaves_the_rest() -> None:
    device = ready_device()
    send(device, alert(device, "b"))
    device.run(ROUND_MS)
    send(device, alert(device, "a"))
    device.run(1_000)
    send(device, cancel(device, "b"))
    device.run(5 * MINUTE_MS)
    assert device.ended[-1] == ("a", NOON_MS + 2 * ROUND_MS, True)


def test_a_cancel_from_below_the_level_of_alerts_neither_ends_nor_bars_one() -> None:
    device = ready_device()
    device.order(device.command("before", type="cancel", prio=7, refs=["a"]))
    send(device, alert(device))
    device.run(1_000)
    device.order(device.command("during", type="cancel", prio=7, refs=["a"]))
    device.run(5 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + ROUND_MS, True)]
    assert stood(device, "during") == [("rejected", "BUSY_HIGHER")]


def test_a_drill_s_cancel_ends_a_drill() -> None:
    device = ready_device()
    send(device, alert(device, "d", drill=True))
    device.run(1_000)
    send(device, cancel(device, "d", drill=True))
    device.run(5 * MINUTE_MS)
    assert device.ended == [("d", NOON_MS + 1_000, False)]


def test_a_drill_s_cancel_and_stop_touch_no_alert_and_nothing_else() -> None:
    device = ready_device()
    send(device, cancel(device, "a", "p", drill=True, cid="before"))
    send(device, alert(device))
    device.run(1_000)
    send(device, cancel(device, "a", drill=True, cid="during"))
    send(device, device.command("s", type="stop", prio=9, drill=True, hush_until=later(60)))
    device.run(5 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + ROUND_MS, True)]
    assert stood(device, "during") == [("rejected", "KEY_ROLE")]
    device.order(device.play("p"))
    device.run(5_000)
    send(device, device.command("s2", type="stop", prio=9, drill=True))
    device.run(5 * MINUTE_MS)
    assert device.ended[-1] == ("p", later(5) + 1_000 + MINUTE_MS, True)


def test_a_drill_s_stop_ends_every_drill() -> None:
    device = ready_device()
    send(device, alert(device, "d", drill=True, every_ms=MINUTE_MS))
    device.run(1_000)
    send(device, device.command("s", type="stop", prio=9, drill=True))
    device.run(10 * MINUTE_MS)
    assert device.ended == [("d", NOON_MS + 1_000, False)]
    assert stood(device, "s") == [("done", None)]


def test_a_live_cancel_ends_a_live_alert_only_and_bars_a_drill_of_that_name_too() -> None:
    device = ready_device()
    send(device, alert(device, "d", drill=True))
    device.run(1_000)
    send(device, cancel(device, "d", "e"))
    send(device, alert(device, "e", drill=True))
    device.run(5 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["d"]
    assert device.ended == [("d", NOON_MS + ROUND_MS, True)]


def test_a_stop_ends_every_alert_its_later_rounds_and_all_else() -> None:
    device = ready_device()
    send(device, alert(device, "low", level=1))
    send(device, alert(device, "a", every_ms=MINUTE_MS))
    device.order(device.play("p"))
    device.run(12_000)
    send(device, device.command("s", type="stop", prio=9))
    device.run(20 * MINUTE_MS)
    assert [ended for ended in device.ended if ended[1] > NOON_MS] == [("a", NOON_MS + 12_000, False)]
    assert stood(device, "s") == [("done", None)]
    assert stood(device, "a")[-1] == ("cut", "CANCELLED")
    assert stood(device, "low")[-1] == ("cut", "CANCELLED")


def test_an_alert_that_was_stopped_before_it_sounded_is_cancelled() -> None:
    device = ready_device()
    send(device, alert(device, "a", level=3))
    send(device, alert(device, "low", level=1))
    send(device, device.command("s", type="stop", prio=9))
    assert stood(device, "low")[-1] == ("cancelled", "CANCELLED")


def test_a_stop_that_names_one_alert_leaves_the_other() -> None:
    device = ready_device()
    send(device, alert(device, "a"))
    send(device, alert(device, "b"))
    send(device, device.command("s", type="stop", prio=9, refs=["b"]))
    device.run(5 * MINUTE_MS)
    assert [cid for cid, _, whole in device.ended if whole] == ["a"]


def test_a_stop_from_below_ends_no_alert() -> None:
    device = ready_device()
    send(device, alert(device))
    device.run(1_000)
    device.order(device.command("s", type="stop", prio=7))
    device.run(5 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + ROUND_MS, True)]
    assert stood(device, "s") == [("done", None)]


def test_a_stop_is_answered_when_what_it_ended_is_silent() -> None:
    device = ready_device()
    device.plan(device.item("i", later(1)))
    device.run_until(later(1) + 5_000)
    send(device, device.command("s", type="stop", prio=9))
    assert stood(device, "s") == [("done", None)]
    assert device.ended == [("i", later(1) + 5_000, False)]


@pytest.mark.parametrize("off_ms", [0, MINUTE_MS])
def test_a_hush_keeps_everything_below_an_alert_silent_through_a_power_cut(off_ms: int) -> None:
    device = ready_device()
    device.plan(device.item("i", later(10)), device.item("j", later(30)))
    send(device, device.command("s", type="stop", prio=9, hush_until=later(20)))
    if off_ms:
        device.power_cut(off_ms)
        device.connect()
    device.order(device.play("p", prio=7))
    device.order(device.play("q", prio=7, play=Play(start_at=later(25)), exp=later(40)))
    device.run(60 * MINUTE_MS)
    assert [item for item, _ in device.heard] == ["q", "j"]
    assert ("i", "missed", "HUSHED") in device.results()
    assert stood(device, "p")[-1] == ("rejected", "HUSHED")


def test_a_stop_silences_an_alert_issued_before_it_that_arrives_after_it() -> None:
    device = ready_device()
    command = alert(device)
    device.run(1_000)
    send(device, device.command("s", type="stop", prio=9))
    device.power_cut(1_000)
    device.connect()
    send(device, command)
    device.run(5 * MINUTE_MS)
    assert device.heard == []
    assert stood(device, "a") == [("rejected", "HUSHED")]


def test_a_stop_that_arrives_late_leaves_an_alert_issued_after_it() -> None:
    device = ready_device()
    stop = device.command("s", type="stop", prio=9)
    device.run(1_000)
    send(device, alert(device))
    send(device, stop)
    device.run(5 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + 1_000 + ROUND_MS, True)]
    assert stood(device, "s") == [("done", None)]


def test_a_drill_s_stop_silences_earlier_drills_that_arrive_late_and_no_alert() -> None:
    device = ready_device()
    drill, live = alert(device, "d", drill=True), alert(device)
    device.run(1_000)
    send(device, device.command("s", type="stop", prio=9, drill=True))
    send(device, drill)
    send(device, live)
    device.run(5 * MINUTE_MS)
    assert stood(device, "d") == [("rejected", "HUSHED")]
    assert [item for item, _ in device.heard] == ["a"]


def test_each_stop_keeps_its_own_hush_and_lifting_one_leaves_the_other() -> None:
    device = ready_device()
    send(device, device.command("s", type="stop", prio=9, hush_until=later(60)))
    send(device, device.command("t", type="stop", prio=8, hush_until=later(20)))
    send(device, device.command("u", type="stop", prio=9, hush_until=device.now, refs=["s"]))
    device.order(device.play("p"))
    assert stood(device, "p")[-1] == ("rejected", "HUSHED")
    device.run(21 * MINUTE_MS)
    device.order(device.play("q"))
    device.run(1_000)
    assert [item for item, _ in device.heard] == ["q"]


def test_a_stop_from_below_an_alert_hushes_what_is_below_it() -> None:
    device = ready_device()
    send(device, alert(device))
    device.run(1_000)
    send(device, device.command("s", type="stop", prio=8, hush_until=later(20)))
    device.run(5 * MINUTE_MS)
    device.order(device.play("p"))
    assert device.ended == [("a", NOON_MS + ROUND_MS, True)]
    assert stood(device, "p")[-1] == ("rejected", "HUSHED")


def test_an_alert_sounds_in_a_hush() -> None:
    device = ready_device()
    send(device, device.command("s", type="stop", prio=9, hush_until=later(20)))
    device.run(1_000)
    send(device, alert(device))
    device.run(5 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + 1_000 + ROUND_MS, True)]


def test_what_was_cut_does_not_go_on_in_a_hush() -> None:
    device = ready_device()
    device.plan(device.item("kept", later(5), after="resume"))
    device.run_until(later(5) + 20_000)
    send(device, alert(device))
    send(device, device.command("s", type="stop", prio=9, hush_until=later(20), refs=["nothing"]))
    device.run(30 * MINUTE_MS)
    assert [item for item, _ in device.heard] == ["kept", "a"]
    assert ("kept", "cut", "HUSHED") in device.results()


def test_a_hush_is_lifted_by_a_stop_whose_hush_is_over_and_kept_by_one_that_names_none() -> None:
    device = ready_device()
    send(device, device.command("s", type="stop", prio=9, hush_until=later(60)))
    send(device, device.command("t", type="stop", prio=9))
    device.order(device.play("p"))
    assert stood(device, "p")[-1] == ("rejected", "HUSHED")
    send(device, device.command("u", type="stop", prio=9, hush_until=device.now))
    device.order(device.play("q"))
    device.run(1_000)
    assert device.heard == [("q", NOON_MS)]


def test_a_stop_that_names_only_another_stop_lifts_its_hush_and_silences_nothing() -> None:
    device = ready_device()
    send(device, device.command("s", type="stop", prio=9, hush_until=later(60)))
    device.run(1_000)
    send(device, alert(device, every_ms=5 * MINUTE_MS))
    device.run(1_000)
    send(device, device.command("u", type="stop", prio=9, hush_until=device.now, refs=["s"]))
    device.plan(device.item("kept", later(3)))
    device.run_until(later(7))
    assert [item for item, _ in device.heard] == ["a", "kept", "a"]
    assert stood(device, "u") == [("done", None)]
    assert stood(device, "a")[-1] == ("done", None)


def test_a_hush_is_changed_from_its_own_level_only_while_it_holds() -> None:
    device = ready_device()
    send(device, device.command("s", type="stop", prio=9, hush_until=later(10)))
    device.order(device.command("t", type="stop", prio=7, hush_until=device.now))
    assert stood(device, "t") == [("rejected", "BUSY_HIGHER")]
    device.run(11 * MINUTE_MS)
    device.order(device.command("u", type="stop", prio=7, hush_until=later(20)))
    device.order(device.play("p"))
    assert stood(device, "p") == [("rejected", "HUSHED")]


def test_a_hush_that_nobody_lifts_ends_by_itself() -> None:
    device = ready_device()
    send(device, device.command("s", type="stop", prio=9, hush_until=NOON_MS + 40 * HUSH_MAX_MS))
    device.run(HUSH_MAX_MS)
    device.order(device.play("p"))
    device.run(5_000)
    assert [item for item, _ in device.heard] == ["p"]


def test_the_key_at_the_box_silences_the_round_and_people_get_to_know() -> None:
    device = ready_device()
    send(device, alert(device, rounds_ms=[5 * MINUTE_MS]))
    device.run(12_000)
    device.press_stop()
    device.run(20 * MINUTE_MS)
    assert device.heard == [("a", NOON_MS), ("a", later(5))]
    assert device.ended[0] == ("a", NOON_MS + 12_000, False)
    assert ("a", "cut", "LOCAL_STOP") in device.results()
    assert ("cut", "LOCAL_STOP") in stood(device, "a")
    assert [(event.type, event.code, event.detail) for event in device.events() if event.code] == [
        ("security", "LOCAL_STOP", "a")
    ]


def test_the_key_at_the_box_silences_a_bulletin_too() -> None:
    device = ready_device()
    device.plan(device.item("i", later(1)))
    device.run_until(later(1) + 5_000)
    device.press_stop()
    device.run(5 * MINUTE_MS)
    assert device.results() == [("i", "cut", "LOCAL_STOP")]


def test_the_key_at_a_silent_box_is_told_as_well() -> None:
    device = ready_device()
    device.press_stop()
    assert [event.code for event in device.events()] == ["LOCAL_STOP"]


def test_a_key_pressed_while_a_minor_update_waits_leaves_nothing_owed() -> None:
    device = ready_device()
    send(device, alert(device))
    device.run(5_000)
    send(device, alert(device, "b", replaces=["a"], minor=True))
    device.press_stop()
    device.run(10 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["a"]


def test_a_cancel_for_another_place_changes_nothing() -> None:
    device = ready_device()
    send(device, alert(device))
    send(device, device.changed(cancel(device, "a"), target=Target(areas=["xa-2"])))
    device.run(5 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + ROUND_MS, True)]
