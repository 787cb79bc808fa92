"""Hold times: the server's state may outlive the ground truth so long, and no longer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.virtual_province.agreement import disagreements, samples

SERIES = st.lists(st.tuples(st.integers(0, 2_000), st.booleans()), min_size=1, max_size=12).map(sorted)


def found(truth: list[tuple[int, bool]], believed: list[tuple[int, bool]], hold: int) -> list[int]:
    wrong = disagreements(truth, believed, hold_ms=lambda _: hold, since_ms=0, until_ms=1_000, every_ms=100)
    return [each.at_ms for each in wrong]


def test_who_is_told_at_once_is_never_wrong() -> None:
    truth = [(0, True), (250, False), (700, True)]
    assert found(truth, truth, 0) == []


def test_a_belief_may_be_held_for_its_time_and_no_longer() -> None:
    truth, believed = [(0, True), (250, False)], [(0, True)]
    assert found(truth, believed, 0) == [300, 400, 500, 600, 700, 800, 900]
    assert found(truth, believed, 350) == [600, 700, 800, 900]
    assert found(truth, believed, 1_000) == []


def test_a_belief_that_was_never_true_is_wrong_whatever_the_hold_time() -> None:
    assert found([(0, True)], [(0, False)], 10_000) == list(range(0, 1_000, 100))


def test_of_truths_that_come_and_go_within_the_hold_time_any_may_be_believed() -> None:
    truth = [(0, True), (410, False), (430, True)]
    assert found(truth, [(0, True), (440, False)], 200) == [700, 800, 900]


def test_nothing_is_asked_of_a_time_before_the_first_word() -> None:
    assert found([(500, True)], [(0, False)], 0) == [500, 600, 700, 800, 900]
    assert found([(0, True)], [(500, True)], 0) == []


def test_of_a_span_in_which_nothing_can_be_known_nothing_is_asked() -> None:
    wrong = disagreements(
        [(0, True), (150, False)],
        [(0, True)],
        hold_ms=lambda _: 0,
        since_ms=0,
        until_ms=1_000,
        every_ms=100,
        but=[(200, 400), (600, 2_000)],
    )
    assert [each.at_ms for each in wrong] == [400, 500]


def test_a_disagreement_tells_both_sides() -> None:
    (wrong, *_) = disagreements(
        [(0, "ok"), (100, "open")],
        [(0, "ok")],
        hold_ms=lambda _: 0,
        since_ms=0,
        until_ms=1_000,
        every_ms=100,
    )
    assert (wrong.at_ms, wrong.true, wrong.believed) == (100, "open", "ok")
    assert samples(0, 1_000, 100) == 10


@given(SERIES, SERIES, st.integers(0, 500), st.integers(0, 500))
def test_a_longer_hold_time_never_finds_more(
    truth: list[tuple[int, bool]], believed: list[tuple[int, bool]], short: int, more: int
) -> None:
    assert set(found(truth, believed, short + more)) <= set(found(truth, believed, short))


@given(SERIES, st.integers(0, 400))
def test_a_belief_that_follows_within_the_hold_time_is_right(truth: list[tuple[int, bool]], late: int) -> None:
    last = dict(truth)  # of several at one instant the last counts
    steps = sorted(last.items())
    assert found(steps, [(at_ms + late, value) for at_ms, value in steps], late) == []


@given(SERIES, SERIES, st.integers(0, 500))
def test_what_is_passed_over_because_nothing_changed_would_have_agreed(
    truth: list[tuple[int, bool]], believed: list[tuple[int, bool]], hold: int
) -> None:
    one_by_one = [
        each.at_ms
        for at_ms in range(0, 1_000, 100)
        for each in disagreements(
            truth, believed, hold_ms=lambda _: hold, since_ms=at_ms, until_ms=at_ms + 1, every_ms=100
        )
    ]
    assert found(truth, believed, hold) == one_by_one
