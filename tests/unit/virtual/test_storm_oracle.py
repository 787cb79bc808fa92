"""Oracle of a storm: the rules of docs/alerts.md, one by one."""

from __future__ import annotations

from bench.virtual_province.storms.facts import Cancelled, Fact, Lifted, Raised, Repeated, Stopped
from bench.virtual_province.storms.oracle import DeviceEnd, end_of

A, B = "xa-a", "xa-b"
BOTH = frozenset({A, B})
NOW_MS = 10_000


def raised(name: str, at_ms: int, *communes: str, level: int = 2, updates: str = "", **changes: object) -> Raised:
    values: dict[str, object] = {"by": (BOTH, BOTH), "until_ms": 2 * NOW_MS, **changes}
    there = frozenset(communes) or BOTH
    return Raised(at_ms, name, f"{name}-1", level, there, updates=updates, **values)  # type: ignore[arg-type] # by name


def end(commune: str, *facts: Fact) -> DeviceEnd:
    return end_of(commune, facts, NOW_MS)


def orders(commune: str, *facts: Fact) -> set[str]:
    return set(end(commune, *facts).orders)


def test_an_alert_is_in_force_in_its_communes_until_it_is_cancelled_or_expires() -> None:
    alert = raised("a", 1, A)
    assert (orders(A, alert), orders(B, alert)) == ({"a-1"}, set())
    assert orders(A, alert, Cancelled(2, "a")) == set()
    assert orders(A, raised("a", 1, A, until_ms=NOW_MS)) == set()


def test_the_highest_level_is_on_top_and_of_the_same_the_newest() -> None:
    alerts = raised("a", 1, level=3), raised("b", 2, level=1), raised("c", 3, level=3)
    assert (end(A, *alerts).top, end(B).top) == ("c-1", "")


def test_an_update_ends_the_older_everywhere_where_its_people_may_and_else_in_the_common_communes() -> None:
    old = raised("a", 1)
    everywhere, here = raised("b", 2, A, updates="a"), raised("b", 2, A, updates="a", by=(BOTH, frozenset({A})))
    assert (orders(A, old, everywhere), orders(B, old, everywhere)) == ({"b-1"}, set())
    assert (orders(A, old, here), orders(B, old, here)) == ({"b-1"}, {"a-1"})
    assert orders(B, old, here, Cancelled(3, "a")) == set()
    assert orders(A, old, Cancelled(2, "a"), everywhere) == {"b-1"}


def test_a_minor_update_counts_as_heard_where_the_older_was() -> None:
    old, new = raised("a", 1), raised("b", 2, updates="a", is_minor=True)
    assert end(A, old, new).orders == {"b-1": {"a-1", "b-1"}}
    assert end(A, old, raised("b", 2, updates="a")).orders == {"b-1": {"b-1"}}
    assert end(A, old, Stopped(1, "s", BOTH, mutes_alerts=True, until_ms=0), new).orders == {"b-1": {"b-1"}}
    assert end(A, raised("a", 1, is_silent=True)).orders == {"a-1": frozenset()}


def test_a_warning_ends_the_all_clears_in_its_communes() -> None:
    calm = raised("calm", 1, is_calm=True)
    warning = raised("a", 2, A)
    assert (orders(A, calm, warning), orders(B, calm, warning)) == ({"a-1"}, {"calm-1"})
    assert orders(A, calm, raised("d", 2, A, is_drill=True)) == {"calm-1"}


def test_a_stop_silences_what_was_issued_before_it_and_the_order_sounds_again_only_as_a_new_one() -> None:
    stop = Stopped(5, "s", frozenset({A}), mutes_alerts=True, until_ms=0)
    before, after = raised("a", 1), raised("b", 6)
    assert (orders(A, before, stop, after), orders(B, before, stop, after)) == ({"b-1"}, {"a-1", "b-1"})
    assert orders(A, before, Stopped(5, "s", frozenset({A}), mutes_alerts=False, until_ms=0)) == {"a-1"}
    again = Repeated(7, "a", "a-2")
    assert end(A, before, stop, again).orders == {"a-2": {"a-2"}}
    assert end(B, before, stop, again).orders == {"a-2": {"a-1", "a-2"}}
    assert orders(A, raised("b", 1, B), Repeated(7, "b", "b-2")) == set()


def test_a_drill_ends_with_an_alert_and_may_come_back_after_it() -> None:
    drill, alert = raised("d", 1, is_drill=True), raised("a", 2, A)
    assert (orders(A, drill), orders(A, drill, alert), orders(B, drill, alert)) == ({"d-1"}, {"a-1"}, {"d-1"})
    over = end(A, drill, alert, Cancelled(3, "a"))
    assert (set(over.orders), set(over.possible)) == (set(), {"d-1"})


def test_each_silence_lasts_until_its_end_or_its_lift() -> None:
    one, other = (Stopped(1, name, BOTH, mutes_alerts=False, until_ms=NOW_MS + 5) for name in "st")
    assert end(A, one, other, Lifted(2, "s")).silences == {"t": NOW_MS + 5}
    assert end(A, Stopped(1, "s", BOTH, mutes_alerts=False, until_ms=NOW_MS), Lifted(2, "t")).silences == {}
