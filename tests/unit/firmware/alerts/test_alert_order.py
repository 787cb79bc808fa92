"""Order of several alerts: the one that sounds, and the fate of the others."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.firmware.alerting import ROUND_MS, TONE_MS, alert, cancel, later, send, stood, tones, turns
from tests.unit.firmware.pole import MINUTE_MS, NOON_MS, PowerCutError, ready_pole


def test_the_newer_of_equal_level_cuts_and_the_cut_one_is_heard_whole_after_it() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a"))
    pole.run(1_000)
    send(pole, alert(pole, "b"))
    pole.run(5 * MINUTE_MS)
    assert pole.heard == [("a", NOON_MS), ("b", NOON_MS + 1_000), ("a", NOON_MS + 1_000 + ROUND_MS)]
    assert pole.results() == [("a", "cut", "BUSY_HIGHER"), ("b", "done", None), ("a", "done", None)]
    assert stood(pole, "a")[-1] == ("done", None)
    assert turns(pole, "a") == [("started", 1, 1), ("cut", 1, 1), ("started", 1, 2), ("done", 1, 2)]
    assert [(record.round, record.turn) for record in pole.records() if record.item == "a"] == [(1, 1), (1, 2)]


def test_a_higher_level_cuts_a_newer_one_of_lower_level() -> None:
    pole = ready_pole()
    high, low = alert(pole, "high", level=3), alert(pole, "low", level=1, issued_at=NOON_MS + 1)
    send(pole, low)
    pole.run(1_000)
    send(pole, high)
    pole.run(5 * MINUTE_MS)
    assert [cid for cid, _ in pole.heard] == ["low", "high", "low"]


def test_a_lower_level_waits_for_the_higher_one() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "high", level=3))
    pole.run(1_000)
    send(pole, alert(pole, "low", level=1))
    pole.run(5 * MINUTE_MS)
    assert pole.heard == [("high", NOON_MS), ("low", NOON_MS + ROUND_MS)]


def test_an_older_alert_that_comes_later_waits() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "new", issued_at=NOON_MS))
    pole.run(1_000)
    send(pole, alert(pole, "old", issued_at=NOON_MS - 5_000))
    pole.run(5 * MINUTE_MS)
    assert [cid for cid, _ in pole.heard] == ["new", "old"]


def test_a_later_round_does_not_cut_an_equal_one() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a"))
    pole.run(MINUTE_MS)
    send(pole, alert(pole, "b", rounds_ms=[4 * MINUTE_MS]))
    pole.run_until(later(5) - 5_000)
    send(pole, alert(pole, "c"))
    pole.run(5 * MINUTE_MS)
    began = later(5) - 5_000
    assert pole.heard[2:] == [("c", began), ("b", began + ROUND_MS)]


def test_an_alert_that_waited_until_its_expiry_was_not_heard_and_says_why() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "high", level=3))
    send(pole, alert(pole, "low", level=1, exp=NOON_MS + 10_000))
    pole.run(5 * MINUTE_MS)
    assert [cid for cid, _ in pole.heard] == ["high"]
    assert ("low", "missed", "BUSY_HIGHER") in pole.results()
    assert stood(pole, "low")[-1] == ("failed", "BUSY_HIGHER")


def test_a_live_alert_ends_a_drill_for_good() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "d", drill=True, every_ms=MINUTE_MS, level=3))
    pole.run(5_000)
    send(pole, alert(pole, "a", level=1))
    pole.run(20 * MINUTE_MS)
    assert pole.heard == [("d", NOON_MS), ("a", NOON_MS + 5_000)]
    assert stood(pole, "d")[-1] == ("cut", "BUSY_HIGHER")


def test_a_drill_is_refused_while_an_alert_is_in_force() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a"))
    pole.run(10 * MINUTE_MS)
    send(pole, alert(pole, "d", drill=True))
    pole.run(10 * MINUTE_MS)
    assert [cid for cid, _ in pole.heard] == ["a"]
    assert stood(pole, "d") == [("rejected", "BUSY_HIGHER")]


def test_an_update_ends_what_it_replaces_and_sounds() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a", every_ms=MINUTE_MS))
    pole.run(15_000)
    send(pole, alert(pole, "b", replaces=["a"]))
    pole.run(20 * MINUTE_MS)
    assert pole.heard == [("a", NOON_MS), ("b", NOON_MS + 15_000)]
    assert stood(pole, "a")[-1] == ("cut", "CANCELLED")
    assert stood(pole, "b")[-1] == ("done", None)


def test_what_was_replaced_before_it_came_is_refused() -> None:
    pole = ready_pole()
    old = alert(pole, "a")
    send(pole, alert(pole, "b", replaces=["a"]))
    send(pole, old)
    pole.run(5 * MINUTE_MS)
    assert [cid for cid, _ in pole.heard] == ["b"]
    assert stood(pole, "a") == [("rejected", "CANCELLED")]


def test_a_minor_update_takes_over_text_and_expiry_in_silence() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a", every_ms=30 * MINUTE_MS))
    pole.run(5 * MINUTE_MS)
    update = alert(pole, "b", exp=later(40), replaces=["a"], minor=True, every_ms=30 * MINUTE_MS, issued_at=NOON_MS)
    send(pole, update)
    assert pole.screen is not None
    assert (pole.screen.head, pole.screen.until_ms) == ("head b", later(40))
    pole.run(120 * MINUTE_MS)
    assert pole.heard == [("a", NOON_MS), ("b", later(30))]
    assert stood(pole, "b")[0] == ("done", None)


def test_a_minor_update_of_what_sounds_lets_the_round_go_on_and_is_done_with_it() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a"))
    pole.run(15_000)
    send(pole, alert(pole, "b", replaces=["a"], minor=True))
    assert pole.screen is not None
    assert pole.screen.head == "head b"
    pole.run(5 * MINUTE_MS)
    assert pole.ended == [("a", NOON_MS + ROUND_MS, True)]
    assert stood(pole, "a")[-1] == ("done", None)
    assert stood(pole, "b")[-1] == ("done", None)


def test_a_minor_update_that_a_round_counts_for_tells_that_it_sounds() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a", every_ms=5 * MINUTE_MS))
    pole.run(15_000)
    send(pole, alert(pole, "b", replaces=["a"], minor=True, every_ms=5 * MINUTE_MS))
    assert turns(pole, "b") == [("started", 1, 1)]
    pole.run(6 * MINUTE_MS)
    assert turns(pole, "b") == [("started", 1, 1), ("done", 1, 1), ("started", 2, 2), ("done", 2, 2)]


def test_a_minor_update_during_a_later_round_is_heard_already_and_sounds_yet() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a", every_ms=5 * MINUTE_MS))
    pole.run(5 * MINUTE_MS + 10_000)
    send(pole, alert(pole, "b", replaces=["a"], minor=True))
    assert stood(pole, "b") == [("done", None), ("started", None)]
    send(pole, cancel(pole, "b"))
    pole.run(MINUTE_MS)
    assert turns(pole, "b") == [("started", 1, 2), ("cancelled", 1, 2)]


def test_a_minor_update_whose_round_is_cut_tells_that_too() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a", level=1))
    pole.run(5_000)
    send(pole, alert(pole, "b", level=1, replaces=["a"], minor=True))
    send(pole, alert(pole, "high", level=3))
    pole.run(5 * MINUTE_MS)
    assert turns(pole, "b") == [("started", 1, 1), ("cut", 1, 1), ("started", 1, 2), ("done", 1, 2)]


def test_a_minor_update_of_a_minor_update_lets_the_round_go_on_too() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a"))
    pole.run(5_000)
    send(pole, alert(pole, "b", replaces=["a"], minor=True))
    send(pole, alert(pole, "c", replaces=["b"], minor=True))
    pole.run(5 * MINUTE_MS)
    assert pole.ended == [("a", NOON_MS + ROUND_MS, True)]
    assert stood(pole, "c")[-1] == ("done", None)


def test_a_minor_update_whose_predecessor_was_cut_short_sounds_itself() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a", level=1))
    pole.run(5_000)
    send(pole, alert(pole, "b", level=1, replaces=["a"], minor=True))
    send(pole, alert(pole, "high", level=3))
    pole.run(5 * MINUTE_MS)
    assert [cid for cid, _ in pole.heard] == ["a", "high", "b"]


def test_a_power_cut_while_a_minor_update_waits_for_the_round_makes_it_sound_once() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a"))
    pole.run(5_000)
    send(pole, alert(pole, "b", replaces=["a"], minor=True))
    pole.power_cut(1_000)
    pole.run(5 * MINUTE_MS)
    assert [cid for cid, _ in pole.heard] == ["a", "b"]


def test_a_minor_update_of_what_never_sounded_sounds() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "high", level=3))
    send(pole, alert(pole, "a", level=1))
    send(pole, alert(pole, "b", level=1, replaces=["a"], minor=True))
    pole.run(5 * MINUTE_MS)
    assert [cid for cid, _ in pole.heard] == ["high", "b"]


def test_a_cancel_of_a_minor_update_silences_the_round_it_took_over() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "a"))
    pole.run(5_000)
    send(pole, alert(pole, "b", replaces=["a"], minor=True))
    send(pole, cancel(pole, "b"))
    pole.run(5 * MINUTE_MS)
    assert pole.ended == [("a", NOON_MS + 5_000, False)]
    assert stood(pole, "b")[-1] == ("cancelled", "CANCELLED")


def test_a_drill_cannot_replace_an_alert() -> None:
    pole = ready_pole()
    send(pole, alert(pole, "d", drill=True))
    pole.run(1_000)
    send(pole, alert(pole, "e", drill=True, replaces=["a"]))
    send(pole, alert(pole, "a"))
    pole.run(5 * MINUTE_MS)
    assert pole.heard[-1][0] == "a"
    assert stood(pole, "a")[-1] == ("done", None)


ARRIVALS = st.lists(
    st.tuples(st.integers(0, 60_000), st.integers(1, 3), st.booleans(), st.integers(0, 3)), min_size=1, max_size=6
)


@settings(max_examples=60, deadline=None)
@given(arrivals=ARRIVALS)
def test_every_live_alert_is_heard_whole_exactly_once_in_whatever_order_they_come(
    arrivals: list[tuple[int, int, bool, int]],
) -> None:
    """No alert is lost and none sounds twice; drills sound only before the first live alert."""
    pole = ready_pole()
    for number, (wait_ms, level, drill, repeats) in enumerate(arrivals):
        command = alert(pole, f"n{number}", level=level, drill=drill, tone_ms=TONE_MS)
        for _ in range(1 + repeats):
            send(pole, command)
        pole.run(wait_ms)
    pole.run(30 * MINUTE_MS)
    live = {f"n{number}" for number, (_, _, drill, _) in enumerate(arrivals) if not drill}
    whole = [cid for cid, _, is_whole in pole.ended if is_whole and cid in live]
    assert sorted(whole) == sorted(live)
    first_live = min((at for cid, at in pole.heard if cid in live), default=None)
    assert all(first_live is None or at <= first_live for cid, at in pole.heard if cid not in live)


@settings(max_examples=40, deadline=None)
@given(effects=st.integers(0, 60), arrivals=st.integers(1, 3))
def test_a_power_cut_at_any_effect_loses_no_alert(effects: int, arrivals: int) -> None:
    pole = ready_pole()
    pole.effects_until_power_cut = effects
    commands = [alert(pole, f"n{number}") for number in range(arrivals)]
    try:
        for command in commands:
            send(pole, command)
        pole.run(20_000)
    except PowerCutError:
        pole.power_cut()
    pole.effects_until_power_cut = None
    pole.connect()
    for command in commands:
        send(pole, command)
    pole.run(10 * MINUTE_MS)
    whole = [cid for cid, _, is_whole in pole.ended if is_whole]
    assert sorted(whole) == [command.cid for command in commands]
    assert len(tones(pole)) >= 4 * arrivals
