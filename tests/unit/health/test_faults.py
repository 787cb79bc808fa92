from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.health.faults import Ending, Fault, FaultState, begin, due_at, hold_of, open_early, retire, step
from devices.health.kinds import REOPENS_WITHIN, RULES, FaultKind
from devices.health.symptoms import Symptom
from tests.unit.health.device_states import BOX, NOW, after

SHOWN, ABSENT, UNKNOWN = True, False, None
LINK, CLOCK, TEST = FaultKind.LINK_LOST, FaultKind.CLOCK_OFF, FaultKind.SELF_TEST_FAILED


def seen(kind: FaultKind, *looks: tuple[float, bool | None]) -> Fault | None:
    """Return the fault that began at ``NOW``, after these observations, each so many seconds later."""
    fault: Fault | None = begin("f1", BOX, kind, Symptom(shown=True, at=NOW), NOW)
    for seconds, is_shown in looks:
        assert fault is not None
        fault = step(fault, Symptom(is_shown, after(seconds)), after(seconds))
    return fault


def state(fault: Fault | None) -> FaultState | None:
    return None if fault is None else fault.state


def test_what_needs_no_time_is_a_fault_at_once() -> None:
    fault = seen(TEST)
    assert fault is not None
    assert (fault.state, fault.opened_at) == (FaultState.OPEN, NOW)


def test_what_passes_before_its_time_leaves_no_trace() -> None:
    assert state(seen(LINK, (119, SHOWN))) is FaultState.PENDING
    assert seen(LINK, (119, SHOWN), (120, ABSENT)) is None


def test_what_lasts_is_a_fault_and_is_over_only_when_it_stays_away() -> None:
    assert state(seen(LINK, (120, SHOWN))) is FaultState.OPEN
    almost = seen(LINK, (120, SHOWN), (200, ABSENT), (499, ABSENT))
    assert state(almost) is FaultState.OPEN
    over = seen(LINK, (120, SHOWN), (200, ABSENT), (500, ABSENT))
    assert over is not None
    assert (over.state, over.ending, over.closed_at) == (FaultState.CLOSED, Ending.CLEARED, after(500))


def test_what_comes_back_while_taken_for_over_was_never_over() -> None:
    fault = seen(LINK, (120, SHOWN), (200, ABSENT), (300, SHOWN), (310, ABSENT), (600, ABSENT))
    assert fault is not None
    assert (fault.state, fault.relapses, fault.clear_at) == (FaultState.OPEN, 1, after(310))


def test_what_flaps_has_to_stay_away_for_longer() -> None:
    looks = [(120.0, True)] + [(120.0 + 60 * n, n % 2 == 0) for n in range(1, 8)]
    fault = seen(LINK, *looks)
    assert fault is not None
    assert fault.relapses == 3
    assert hold_of(fault).closes_after == RULES[LINK].settles_after
    assert state(step(fault, Symptom(shown=False, at=after(540 + 3599)), after(540 + 3599))) is FaultState.OPEN
    assert state(step(fault, Symptom(shown=False, at=after(540 + 3600)), after(540 + 3600))) is FaultState.CLOSED


def test_a_sampled_sign_counts_from_record_to_record() -> None:
    once = begin("f1", BOX, CLOCK, Symptom(shown=True, at=NOW), NOW)
    assert state(step(once, Symptom(shown=True, at=NOW), after(3_600))) is FaultState.PENDING
    assert state(step(once, Symptom(shown=True, at=after(300)), after(301))) is FaultState.OPEN
    assert due_at(once) is None


def test_what_comes_again_soon_is_the_same_fault() -> None:
    over = seen(LINK, (120, SHOWN), (200, ABSENT), (500, ABSENT))
    assert over is not None
    assert step(over, Symptom(shown=False, at=after(600)), after(600)) == over
    assert step(over, Symptom(shown=None, at=after(600)), after(600)) == over
    again = step(over, Symptom(shown=True, at=after(600)), after(600))
    assert again is not None
    assert (again.id, again.state, again.relapses, again.closed_at) == (over.id, FaultState.OPEN, 1, None)
    late = after(500) + REOPENS_WITHIN + timedelta(seconds=1)
    assert step(over, Symptom(shown=True, at=late), late) is None
    assert step(retire(again, after(700)), Symptom(shown=True, at=after(701)), after(701)) is None


def test_what_is_not_known_any_more_stays_until_it_is_given_up() -> None:
    door = FaultKind.DOOR_OPEN
    week = RULES[door].expires_after.total_seconds()
    assert state(seen(door, (60, SHOWN), (90, UNKNOWN), (89 + week, UNKNOWN))) is FaultState.OPEN
    given_up = seen(door, (60, SHOWN), (90, UNKNOWN), (90 + week, UNKNOWN))
    assert given_up is not None
    assert given_up.ending is Ending.EXPIRED
    assert state(seen(door, (30, UNKNOWN))) is FaultState.PENDING
    assert seen(door, (30, UNKNOWN), (30 + week, UNKNOWN)) is None
    known_again = seen(door, (60, SHOWN), (90, UNKNOWN), (100, ABSENT))
    assert known_again is not None
    assert known_again.unknown_at is None


def test_time_alone_is_waited_for_only_where_it_changes_something() -> None:
    pending = seen(LINK)
    assert pending is not None
    assert due_at(pending) == after(120)
    is_open = open_early(pending, NOW)
    assert open_early(is_open, after(9)) == is_open
    assert due_at(is_open) is None
    assert due_at(replace(is_open, clear_at=after(10))) == after(310)
    assert due_at(replace(is_open, unknown_at=after(10))) == after(10) + RULES[LINK].expires_after
    assert due_at(retire(is_open, NOW)) is None


@pytest.mark.parametrize("kind", FaultKind)
@given(looks=st.lists(st.tuples(st.integers(0, 4_000), st.sampled_from([SHOWN, ABSENT, UNKNOWN])), max_size=30))
def test_whatever_is_seen_a_fault_lives_by_its_rule(kind: FaultKind, looks: list[tuple[int, bool | None]]) -> None:
    fault: Fault | None = None
    shown_for = timedelta(0)
    began = at = NOW
    for number, (pause_s, is_shown) in enumerate(looks):
        at += timedelta(seconds=pause_s)
        symptom = Symptom(is_shown, at)
        before = fault
        if before is None:
            began = at
            fault = begin(f"f{number}", BOX, kind, symptom, at) if is_shown else None
        else:
            fault = step(before, symptom, at)
            if fault is not None:
                # The same observation twice changes nothing: a gateway that died before storing it observes it again.
                assert step(fault, symptom, at) in (fault, None)
                assert fault.id == before.id
                assert fault.relapses >= before.relapses
        if fault is None:
            continue
        shown_for = at - began
        if fault.is_open and (before is None or not before.is_open) and fault.relapses == 0:
            assert is_shown
            assert shown_for >= RULES[kind].opens_after
        if fault.state is FaultState.CLOSED and before is not None and before.is_open:
            assert fault.ending in (Ending.CLEARED, Ending.EXPIRED)
            assert fault.clear_at is not None or fault.ending is Ending.EXPIRED
        if (due := due_at(fault)) is not None and is_shown is not None:
            assert due >= at or fault.is_open
