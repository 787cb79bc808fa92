"""Order of several alerts: the one that sounds, and the fate of the others."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.firmware.alert_messages import ROUND_MS, TONE_MS, alert, cancel, later, send, stood, tones, turns
from tests.unit.firmware.device_harness import MINUTE_MS, NOON_MS, PowerCutError, ready_device


def test_the_newer_of_equal_level_cuts_and_the_cut_one_is_heard_whole_after_it() -> None:
    device = ready_device()
    send(device, alert(device, "a"))
    device.run(1_000)
    send(device, alert(device, "b"))
    device.run(5 * MINUTE_MS)
    assert device.heard == [("a", NOON_MS), ("b", NOON_MS + 1_000), ("a", NOON_MS + 1_000 + ROUND_MS)]
    assert device.results() == [("a", "cut", "BUSY_HIGHER"), ("b", "done", None), ("a", "done", None)]
    assert stood(device, "a")[-1] == ("done", None)
    assert turns(device, "a") == [("started", 1, 1), ("cut", 1, 1), ("started", 1, 2), ("done", 1, 2)]
    assert [(record.round, record.turn) for record in device.records() if record.item == "a"] == [(1, 1), (1, 2)]


def test_a_higher_level_cuts_a_newer_one_of_lower_level() -> None:
    device = ready_device()
    high, low = alert(device, "high", level=3), alert(device, "low", level=1, issued_at=NOON_MS + 1)
    send(device, low)
    device.run(1_000)
    send(device, high)
    device.run(5 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["low", "high", "low"]


def test_a_lower_level_waits_for_the_higher_one() -> None:
    device = ready_device()
    send(device, alert(device, "high", level=3))
    device.run(1_000)
    send(device, alert(device, "low", level=1))
    device.run(5 * MINUTE_MS)
    assert device.heard == [("high", NOON_MS), ("low", NOON_MS + ROUND_MS)]


def test_an_older_alert_that_comes_later_waits() -> None:
    device = ready_device()
    send(device, alert(device, "new", issued_at=NOON_MS))
    device.run(1_000)
    send(device, alert(device, "old", issued_at=NOON_MS - 5_000))
    device.run(5 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["new", "old"]


def test_a_later_round_does_not_cut_an_equal_one() -> None:
    device = ready_device()
    send(device, alert(device, "a"))
    device.run(MINUTE_MS)
    send(device, alert(device, "b", rounds_ms=[4 * MINUTE_MS]))
    device.run_until(later(5) - 5_000)
    send(device, alert(device, "c"))
    device.run(5 * MINUTE_MS)
    began = later(5) - 5_000
    assert device.heard[2:] == [("c", began), ("b", began + ROUND_MS)]


def test_an_alert_that_waited_until_its_expiry_was_not_heard_and_says_why() -> None:
    device = ready_device()
    send(device, alert(device, "high", level=3))
    send(device, alert(device, "low", level=1, exp=NOON_MS + 10_000))
    device.run(5 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["high"]
    assert ("low", "missed", "BUSY_HIGHER") in device.results()
    assert stood(device, "low")[-1] == ("failed", "BUSY_HIGHER")


def test_a_live_alert_ends_a_drill_for_good() -> None:
    device = ready_device()
    send(device, alert(device, "d", drill=True, every_ms=MINUTE_MS, level=3))
    device.run(5_000)
    send(device, alert(device, "a", level=1))
    device.run(20 * MINUTE_MS)
    assert device.heard == [("d", NOON_MS), ("a", NOON_MS + 5_000)]
    assert stood(device, "d")[-1] == ("cut", "BUSY_HIGHER")


def test_a_drill_is_refused_while_an_alert_is_in_force() -> None:
    device = ready_device()
    send(device, alert(device, "a"))
    device.run(10 * MINUTE_MS)
    send(device, alert(device, "d", drill=True))
    device.run(10 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["a"]
    assert stood(device, "d") == [("rejected", "BUSY_HIGHER")]


def test_an_update_ends_what_it_replaces_and_sounds() -> None:
    device = ready_device()
    send(device, alert(device, "a", every_ms=MINUTE_MS))
    device.run(15_000)
    send(device, alert(device, "b", replaces=["a"]))
    device.run(20 * MINUTE_MS)
    assert device.heard == [("a", NOON_MS), ("b", NOON_MS + 15_000)]
    assert stood(device, "a")[-1] == ("cut", "CANCELLED")
    assert stood(device, "b")[-1] == ("done", None)


def test_what_was_replaced_before_it_came_is_refused() -> None:
    device = ready_device()
    old = alert(device, "a")
    send(device, alert(device, "b", replaces=["a"]))
    send(device, old)
    device.run(5 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["b"]
    assert stood(device, "a") == [("rejected", "CANCELLED")]


def test_a_minor_update_takes_over_text_and_expiry_in_silence() -> None:
    device = ready_device()
    send(device, alert(device, "a", every_ms=30 * MINUTE_MS))
    device.run(5 * MINUTE_MS)
    update = alert(device, "b", exp=later(40), replaces=["a"], minor=True, every_ms=30 * MINUTE_MS, issued_at=NOON_MS)
    send(device, update)
    assert device.screen is not None
    assert (device.screen.head, device.screen.until_ms) == ("head b", later(40))
    device.run(120 * MINUTE_MS)
    assert device.heard == [("a", NOON_MS), ("b", later(30))]
    assert stood(device, "b")[0] == ("done", None)


def test_a_minor_update_of_what_sounds_lets_the_round_go_on_and_is_done_with_it() -> None:
    device = ready_device()
    send(device, alert(device, "a"))
    device.run(15_000)
    send(device, alert(device, "b", replaces=["a"], minor=True))
    assert device.screen is not None
    assert device.screen.head == "head b"
    device.run(5 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + ROUND_MS, True)]
    assert stood(device, "a")[-1] == ("done", None)
    assert stood(device, "b")[-1] == ("done", None)


def test_a_minor_update_that_a_round_counts_for_tells_that_it_sounds() -> None:
    device = ready_device()
    send(device, alert(device, "a", every_ms=5 * MINUTE_MS))
    device.run(15_000)
    send(device, alert(device, "b", replaces=["a"], minor=True, every_ms=5 * MINUTE_MS))
    assert turns(device, "b") == [("started", 1, 1)]
    device.run(6 * MINUTE_MS)
    assert turns(device, "b") == [("started", 1, 1), ("done", 1, 1), ("started", 2, 2), ("done", 2, 2)]


def test_a_minor_update_during_a_later_round_is_heard_already_and_sounds_yet() -> None:
    device = ready_device()
    send(device, alert(device, "a", every_ms=5 * MINUTE_MS))
    device.run(5 * MINUTE_MS + 10_000)
    send(device, alert(device, "b", replaces=["a"], minor=True))
    assert stood(device, "b") == [("done", None), ("started", None)]
    send(device, cancel(device, "b"))
    device.run(MINUTE_MS)
    assert turns(device, "b") == [("started", 1, 2), ("cancelled", 1, 2)]


def test_a_minor_update_whose_round_is_cut_tells_that_too() -> None:
    device = ready_device()
    send(device, alert(device, "a", level=1))
    device.run(5_000)
    send(device, alert(device, "b", level=1, replaces=["a"], minor=True))
    send(device, alert(device, "high", level=3))
    device.run(5 * MINUTE_MS)
    assert turns(device, "b") == [("started", 1, 1), ("cut", 1, 1), ("started", 1, 2), ("done", 1, 2)]


def test_a_minor_update_of_a_minor_update_lets_the_round_go_on_too() -> None:
    device = ready_device()
    send(device, alert(device, "a"))
    device.run(5_000)
    send(device, alert(device, "b", replaces=["a"], minor=True))
    send(device, alert(device, "c", replaces=["b"], minor=True))
    device.run(5 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + ROUND_MS, True)]
    assert stood(device, "c")[-1] == ("done", None)


def test_a_minor_update_whose_predecessor_was_cut_short_sounds_itself() -> None:
    device = ready_device()
    send(device, alert(device, "a", level=1))
    device.run(5_000)
    send(device, alert(device, "b", level=1, replaces=["a"], minor=True))
    send(device, alert(device, "high", level=3))
    device.run(5 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["a", "high", "b"]


def test_a_power_cut_while_a_minor_update_waits_for_the_round_makes_it_sound_once() -> None:
    device = ready_device()
    send(device, alert(device, "a"))
    device.run(5_000)
    send(device, alert(device, "b", replaces=["a"], minor=True))
    device.power_cut(1_000)
    device.run(5 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["a", "b"]


def test_a_minor_update_of_what_never_sounded_sounds() -> None:
    device = ready_device()
    send(device, alert(device, "high", level=3))
    send(device, alert(device, "a", level=1))
    send(device, alert(device, "b", level=1, replaces=["a"], minor=True))
    device.run(5 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["high", "b"]


def test_a_minor_update_of_a_silent_alert_sounds_as_nothing_was_heard() -> None:
    device = ready_device()
    send(device, alert(device, "a", silent=True))
    device.run(MINUTE_MS)
    assert stood(device, "a")[-1] == ("done", None)
    device.power_cut()
    device.connect()
    send(device, alert(device, "b", replaces=["a"], minor=True))
    device.run(5 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["b"]
    assert stood(device, "b")[-1] == ("done", None)


def test_minor_updates_of_what_was_heard_stay_silent_with_a_silent_one_between() -> None:
    device = ready_device()
    send(device, alert(device, "a"))
    device.run(5 * MINUTE_MS)
    send(device, alert(device, "b", replaces=["a"], minor=True, silent=True))
    device.run(MINUTE_MS)
    device.power_cut()
    device.connect()
    send(device, alert(device, "c", replaces=["b"], minor=True))
    device.run(5 * MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["a"]
    assert stood(device, "c")[-1] == ("done", None)


def test_a_silent_minor_update_of_a_silent_alert_is_done_at_once() -> None:
    device = ready_device()
    send(device, alert(device, "a", silent=True))
    device.run(MINUTE_MS)
    send(device, alert(device, "b", replaces=["a"], minor=True, silent=True))
    device.run(MINUTE_MS)
    assert device.heard == []
    assert stood(device, "b")[-1] == ("done", None)


def test_a_cancel_of_a_minor_update_silences_the_round_it_took_over() -> None:
    device = ready_device()
    send(device, alert(device, "a"))
    device.run(5_000)
    send(device, alert(device, "b", replaces=["a"], minor=True))
    send(device, cancel(device, "b"))
    device.run(5 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + 5_000, False)]
    assert stood(device, "b")[-1] == ("cancelled", "CANCELLED")


def test_a_drill_cannot_replace_an_alert() -> None:
    device = ready_device()
    send(device, alert(device, "d", drill=True))
    device.run(1_000)
    send(device, alert(device, "e", drill=True, replaces=["a"]))
    send(device, alert(device, "a"))
    device.run(5 * MINUTE_MS)
    assert device.heard[-1][0] == "a"
    assert stood(device, "a")[-1] == ("done", None)


ARRIVALS = st.lists(
    st.tuples(st.integers(0, 60_000), st.integers(1, 3), st.booleans(), st.integers(0, 3)), min_size=1, max_size=6
)


@settings(max_examples=60, deadline=None)
@given(arrivals=ARRIVALS)
def test_every_live_alert_is_heard_whole_exactly_once_in_whatever_order_they_come(
    arrivals: list[tuple[int, int, bool, int]],
) -> None:
    """No alert is lost and none sounds twice; drills sound only before the first live alert."""
    device = ready_device()
    for number, (wait_ms, level, drill, repeats) in enumerate(arrivals):
        command = alert(device, f"n{number}", level=level, drill=drill, tone_ms=TONE_MS)
        for _ in range(1 + repeats):
            send(device, command)
        device.run(wait_ms)
    device.run(30 * MINUTE_MS)
    live = {f"n{number}" for number, (_, _, drill, _) in enumerate(arrivals) if not drill}
    whole = [cid for cid, _, is_whole in device.ended if is_whole and cid in live]
    assert sorted(whole) == sorted(live)
    first_live = min((at for cid, at in device.heard if cid in live), default=None)
    assert all(first_live is None or at <= first_live for cid, at in device.heard if cid not in live)


@settings(max_examples=40, deadline=None)
@given(effects=st.integers(0, 60), arrivals=st.integers(1, 3))
def test_a_power_cut_at_any_effect_loses_no_alert(effects: int, arrivals: int) -> None:
    device = ready_device()
    device.effects_until_power_cut = effects
    commands = [alert(device, f"n{number}") for number in range(arrivals)]
    try:
        for command in commands:
            send(device, command)
        device.run(20_000)
    except PowerCutError:
        device.power_cut()
    device.effects_until_power_cut = None
    device.connect()
    for command in commands:
        send(device, command)
    device.run(10 * MINUTE_MS)
    whole = [cid for cid, _, is_whole in device.ended if is_whole]
    assert sorted(whole) == [command.cid for command in commands]
    assert len(tones(device)) >= 4 * arrivals
