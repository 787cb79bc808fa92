"""Virtual timeline: events happen in order, and only as far as time is advanced."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.virtual_fleet.timeline import Timeline


@given(st.lists(st.integers(0, 1_000), max_size=30))
def test_what_is_due_first_happens_first_and_equals_in_the_order_of_asking(instants: list[int]) -> None:
    timeline = Timeline(0)
    seen: list[tuple[int, int]] = []
    for number, at_ms in enumerate(instants):
        timeline.at(at_ms, lambda n=number: seen.append((timeline.now_ms, n)))  # type: ignore[misc]
    timeline.run_until(1_000)
    assert seen == sorted((at_ms, number) for number, at_ms in enumerate(instants))
    assert timeline.happened == len(instants)


def test_what_is_asked_for_the_past_happens_now() -> None:
    timeline, seen = Timeline(500), []
    timeline.at(10, lambda: seen.append(timeline.now_ms))
    timeline.after(0.4, lambda: seen.append(timeline.now_ms))
    timeline.run_until(500)
    assert seen == [500, 500]


def test_what_is_cancelled_or_later_does_not_happen() -> None:
    timeline, seen = Timeline(0), []
    timeline.after(10, lambda: seen.append("cancelled")).cancel()
    timeline.after(11, lambda: timeline.after(5, lambda: seen.append("in time")))
    timeline.after(30, lambda: seen.append("later"))
    timeline.run_until(20)
    assert (seen, timeline.now_ms) == (["in time"], 20)
