"""Ends of alerts: cancel, stop, hush, and the key at the device."""

from __future__ import annotations

import pytest

from devices.protocol.limits import HUSH_MAX_MS
from devices.protocol.messages import Play, Target
from tests.unit.firmware.alerting import ROUND_MS, alert, cancel, later, send, stood
from tests.unit.firmware.pole import MINUTE_MS, NOON_MS, ready_pole

HOUR_MS = 60 * MINUTE_MS


def test_a_cancel_silences_at_once_and_is_answered_when_it_is_silent() -> None:
    pole = ready_pole()
    send(pole, alert(pole, every_ms=MINUTE_MS))
    pole.run(12_345)
    send(pole, cancel(pole, "a"))
    pole.run(20 * MINUTE_MS)
    assert pole.ended == [("a", NOON_MS + 12_345, False)]
    assert stood(pole, "a")[-1] == ("cancelled", "CANCELLED")
    assert stood(pole, "c") == [("done", None)]
    assert pole.results() == [("a", "cut", "CANCELLED")]
    assert pole.screen is None


def test_an_alert_after_its_cancel_is_refused_even_after_a_power_cut() -> None:
    pole = ready_pole()
    command = alert(pole)
    send(pole, cancel(pole, "a"))
    pole.power_cut(1_000)
    pole.connect()
    send(pole, command)
    pole.run(5 * MINUTE_MS)
    assert pole.heard == []
    assert stood(pole, "a") == [("rejected", "CANCELLED")]


def test_a_late_copy_of_a_cancelled_alert_is_refused_until_its_expiry_though_the_cancel_s_is_sooner() -> None:
    pole = ready_pole()
    command = alert(pole, exp=later(120))
    send(pole, command)
    send(pole, cancel(pole, "a"))
    pole.run(100 * MINUTE_MS)
    send(pole, command)
    pole.run(5 * MINUTE_MS)
    assert len(pole.heard) == 1
    assert stood(pole, "a")[-1] == ("cancelled", "DUPLICATE")


def test_what_an_alert_cut_goes_on_after_its_cancel() -> None:
    pole = ready_pole()
    pole.plan(pole.item("kept", later(5), after="resume"))
    pole.run_until(later(5) + 20_000)
    send(pole, alert(pole))
    pole.run(5_000)
    send(pole, cancel(pole, "a"))
    pole.run(5 * MINUTE_MS)
    assert pole.heard[-1] == ("kept", later(5) + 25_000)


def test_a_cancel_names_what_it_ends_and_leaves_the_rest() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "b"))
    pole.run(ROUND_MS)
    send(pole, alert(pole, "a"))
    pole.run(1_000)
    send(pole, cancel(pole, "b"))
    pole.run(5 * MINUTE_MS)
    assert pole.ended[-1] == ("a", NOON_MS + 2 * ROUND_MS, True)


def test_a_cancel_from_below_the_level_of_alerts_neither_ends_nor_bars_one() -> None:
    pole = ready_pole()
    pole.order(pole.command("before", type="cancel", prio=7, refs=["a"]))
    send(pole, alert(pole))
    pole.run(1_000)
    pole.order(pole.command("during", type="cancel", prio=7, refs=["a"]))
    pole.run(5 * MINUTE_MS)
    assert pole.ended == [("a", NOON_MS + ROUND_MS, True)]
    assert stood(pole, "during") == [("rejected", "BUSY_HIGHER")]


def test_a_drill_s_cancel_ends_a_drill() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "d", drill=True))
    pole.run(1_000)
    send(pole, cancel(pole, "d", drill=True))
    pole.run(5 * MINUTE_MS)
    assert pole.ended == [("d", NOON_MS + 1_000, False)]


def test_a_drill_s_cancel_and_stop_touch_no_alert_and_nothing_else() -> None:
    pole = ready_pole()
    send(pole, cancel(pole, "a", "p", drill=True, cid="before"))
    send(pole, alert(pole))
    pole.run(1_000)
    send(pole, cancel(pole, "a", drill=True, cid="during"))
    send(pole, pole.command("s", type="stop", prio=9, drill=True, hush_until=later(60)))
    pole.run(5 * MINUTE_MS)
    assert pole.ended == [("a", NOON_MS + ROUND_MS, True)]
    assert stood(pole, "during") == [("rejected", "KEY_ROLE")]
    pole.order(pole.play("p"))
    pole.run(5_000)
    send(pole, pole.command("s2", type="stop", prio=9, drill=True))
    pole.run(5 * MINUTE_MS)
    assert pole.ended[-1] == ("p", later(5) + 1_000 + MINUTE_MS, True)


def test_a_drill_s_stop_ends_every_drill() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "d", drill=True, every_ms=MINUTE_MS))
    pole.run(1_000)
    send(pole, pole.command("s", type="stop", prio=9, drill=True))
    pole.run(10 * MINUTE_MS)
    assert pole.ended == [("d", NOON_MS + 1_000, False)]
    assert stood(pole, "s") == [("done", None)]


def test_a_live_cancel_ends_a_live_alert_only_and_bars_a_drill_of_that_name_too() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "d", drill=True))
    pole.run(1_000)
    send(pole, cancel(pole, "d", "e"))
    send(pole, alert(pole, "e", drill=True))
    pole.run(5 * MINUTE_MS)
    assert [cid for cid, _ in pole.heard] == ["d"]
    assert pole.ended == [("d", NOON_MS + ROUND_MS, True)]


def test_a_stop_ends_every_alert_its_later_rounds_and_all_else() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "low", level=1))
    send(pole, alert(pole, "a", every_ms=MINUTE_MS))
    pole.order(pole.play("p"))
    pole.run(12_000)
    send(pole, pole.command("s", type="stop", prio=9))
    pole.run(20 * MINUTE_MS)
    assert [ended for ended in pole.ended if ended[1] > NOON_MS] == [("a", NOON_MS + 12_000, False)]
    assert stood(pole, "s") == [("done", None)]
    assert stood(pole, "a")[-1] == ("cut", "CANCELLED")
    assert stood(pole, "low")[-1] == ("cut", "CANCELLED")


def test_an_alert_that_was_stopped_before_it_sounded_is_cancelled() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a", level=3))
    send(pole, alert(pole, "low", level=1))
    send(pole, pole.command("s", type="stop", prio=9))
    assert stood(pole, "low")[-1] == ("cancelled", "CANCELLED")


def test_a_stop_that_names_one_alert_leaves_the_other() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a"))
    send(pole, alert(pole, "b"))
    send(pole, pole.command("s", type="stop", prio=9, refs=["b"]))
    pole.run(5 * MINUTE_MS)
    assert [cid for cid, _, whole in pole.ended if whole] == ["a"]


def test_a_stop_from_below_ends_no_alert() -> None:
    pole = ready_pole()
    send(pole, alert(pole))
    pole.run(1_000)
    pole.order(pole.command("s", type="stop", prio=7))
    pole.run(5 * MINUTE_MS)
    assert pole.ended == [("a", NOON_MS + ROUND_MS, True)]
    assert stood(pole, "s") == [("rejected", "BUSY_HIGHER")]


def test_a_stop_is_answered_when_what_it_ended_is_silent() -> None:
    pole = ready_pole()
    pole.plan(pole.item("i", later(1)))
    pole.run_until(later(1) + 5_000)
    send(pole, pole.command("s", type="stop", prio=9))
    assert stood(pole, "s") == [("done", None)]
    assert pole.ended == [("i", later(1) + 5_000, False)]


@pytest.mark.parametrize("off_ms", [0, MINUTE_MS])
def test_a_hush_keeps_everything_below_an_alert_silent_through_a_power_cut(off_ms: int) -> None:
    pole = ready_pole()
    pole.plan(pole.item("i", later(10)), pole.item("j", later(30)))
    send(pole, pole.command("s", type="stop", prio=9, hush_until=later(20)))
    if off_ms:
        pole.power_cut(off_ms)
        pole.connect()
    pole.order(pole.play("p", prio=7))
    pole.order(pole.play("q", prio=7, play=Play(start_at=later(25)), exp=later(40)))
    pole.run(60 * MINUTE_MS)
    assert [item for item, _ in pole.heard] == ["q", "j"]
    assert ("i", "missed", "HUSHED") in pole.results()
    assert stood(pole, "p")[-1] == ("rejected", "HUSHED")


def test_an_alert_sounds_in_a_hush() -> None:
    pole = ready_pole()
    send(pole, pole.command("s", type="stop", prio=9, hush_until=later(20)))
    send(pole, alert(pole))
    pole.run(5 * MINUTE_MS)
    assert pole.ended == [("a", NOON_MS + ROUND_MS, True)]


def test_what_was_cut_does_not_go_on_in_a_hush() -> None:
    pole = ready_pole()
    pole.plan(pole.item("kept", later(5), after="resume"))
    pole.run_until(later(5) + 20_000)
    send(pole, alert(pole))
    send(pole, pole.command("s", type="stop", prio=9, hush_until=later(20), refs=["nothing"]))
    pole.run(30 * MINUTE_MS)
    assert [item for item, _ in pole.heard] == ["kept", "a"]
    assert ("kept", "cut", "HUSHED") in pole.results()


def test_a_hush_is_lifted_by_a_stop_whose_hush_is_over_and_kept_by_one_that_names_none() -> None:
    pole = ready_pole()
    send(pole, pole.command("s", type="stop", prio=9, hush_until=later(60)))
    send(pole, pole.command("t", type="stop", prio=9))
    pole.order(pole.play("p"))
    assert stood(pole, "p")[-1] == ("rejected", "HUSHED")
    send(pole, pole.command("u", type="stop", prio=9, hush_until=pole.now))
    pole.order(pole.play("q"))
    pole.run(1_000)
    assert pole.heard == [("q", NOON_MS)]


def test_a_stop_that_names_only_another_stop_lifts_its_hush_and_silences_nothing() -> None:
    pole = ready_pole()
    send(pole, pole.command("s", type="stop", prio=9, hush_until=later(60)))
    pole.run(1_000)
    send(pole, alert(pole, every_ms=5 * MINUTE_MS))
    pole.run(1_000)
    send(pole, pole.command("u", type="stop", prio=9, hush_until=pole.now, refs=["s"]))
    pole.plan(pole.item("kept", later(3)))
    pole.run_until(later(7))
    assert [item for item, _ in pole.heard] == ["a", "kept", "a"]
    assert stood(pole, "u") == [("done", None)]
    assert stood(pole, "a")[-1] == ("done", None)


def test_a_hush_is_changed_from_its_own_level_only_while_it_holds() -> None:
    pole = ready_pole()
    send(pole, pole.command("s", type="stop", prio=9, hush_until=later(10)))
    pole.order(pole.command("t", type="stop", prio=7, hush_until=pole.now))
    assert stood(pole, "t") == [("rejected", "BUSY_HIGHER")]
    pole.run(11 * MINUTE_MS)
    pole.order(pole.command("u", type="stop", prio=7, hush_until=later(20)))
    pole.order(pole.play("p"))
    assert stood(pole, "p") == [("rejected", "HUSHED")]


def test_a_hush_that_nobody_lifts_ends_by_itself() -> None:
    pole = ready_pole()
    send(pole, pole.command("s", type="stop", prio=9, hush_until=NOON_MS + 40 * HUSH_MAX_MS))
    pole.run(HUSH_MAX_MS)
    pole.order(pole.play("p"))
    pole.run(5_000)
    assert [item for item, _ in pole.heard] == ["p"]


def test_the_key_at_the_box_silences_the_round_and_people_get_to_know() -> None:
    pole = ready_pole()
    send(pole, alert(pole, rounds_ms=[5 * MINUTE_MS]))
    pole.run(12_000)
    pole.press_stop()
    pole.run(20 * MINUTE_MS)
    assert pole.heard == [("a", NOON_MS), ("a", later(5))]
    assert pole.ended[0] == ("a", NOON_MS + 12_000, False)
    assert ("a", "cut", "LOCAL_STOP") in pole.results()
    assert ("cut", "LOCAL_STOP") in stood(pole, "a")
    assert [(event.type, event.code, event.detail) for event in pole.events() if event.code] == [
        ("security", "LOCAL_STOP", "a")
    ]


def test_the_key_at_the_box_silences_a_bulletin_too() -> None:
    pole = ready_pole()
    pole.plan(pole.item("i", later(1)))
    pole.run_until(later(1) + 5_000)
    pole.press_stop()
    pole.run(5 * MINUTE_MS)
    assert pole.results() == [("i", "cut", "LOCAL_STOP")]


def test_the_key_at_a_silent_box_is_told_as_well() -> None:
    pole = ready_pole()
    pole.press_stop()
    assert [event.code for event in pole.events()] == ["LOCAL_STOP"]


def test_a_key_pressed_while_a_minor_update_waits_leaves_nothing_owed() -> None:
    pole = ready_pole()
    send(pole, alert(pole))
    pole.run(5_000)
    send(pole, alert(pole, "b", replaces=["a"], minor=True))
    pole.press_stop()
    pole.run(10 * MINUTE_MS)
    assert [cid for cid, _ in pole.heard] == ["a"]


def test_a_cancel_for_another_place_changes_nothing() -> None:
    pole = ready_pole()
    send(pole, alert(pole))
    send(pole, pole.changed(cancel(pole, "a"), target=Target(areas=["xa-2"])))
    pole.run(5 * MINUTE_MS)
    assert pole.ended == [("a", NOON_MS + ROUND_MS, True)]
