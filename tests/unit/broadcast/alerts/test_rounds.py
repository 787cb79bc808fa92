from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.alerts.hazard_rules import Rounds
from broadcast.alerts.orders import OrderReach, ReachState
from broadcast.alerts.rounds import InRound, RoundState, due_at, round_at, round_state_now, state_in_round
from devices.protocol.messages import AlertContent
from firmware_sim.core.alerts.active_alert import round_number
from tests.fakes.warnings import reach

S, N, R = ReachState, RoundState, InRound
ISSUED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE_MS = 60_000
ROUNDS = Rounds((5 * MINUTE_MS, 10 * MINUTE_MS), 30 * MINUTE_MS)


def at(minutes: float) -> datetime:
    return ISSUED + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "number"), [(-1, 1), (0, 1), (4.99, 1), (5, 2), (9, 2), (10, 3), (39.9, 3), (40, 4), (70, 5)]
)
def test_the_round_that_is_on_is_the_last_one_that_was_due(minutes: float, number: int) -> None:
    assert round_at(ISSUED, ROUNDS, at(minutes)) == number


def test_every_round_is_due_when_the_schedule_says() -> None:
    assert [due_at(ISSUED, ROUNDS, number) for number in (1, 2, 3, 4, 5)] == [at(0), at(5), at(10), at(40), at(70)]
    assert due_at(ISSUED, Rounds((5 * MINUTE_MS,)), 2) == at(5)
    assert due_at(ISSUED, Rounds((5 * MINUTE_MS,)), 3) is None
    assert round_at(ISSUED, Rounds(), at(999)) == 1


@given(
    st.lists(st.integers(1, 100), max_size=4, unique=True),
    st.integers(0, 20),
    st.integers(0, 20_000),
)
def test_server_and_device_count_rounds_alike(fixed: list[int], every: int, seconds: int) -> None:
    rounds = Rounds(tuple(minute * MINUTE_MS for minute in sorted(fixed)), every * MINUTE_MS)
    issued_ms = round(ISSUED.timestamp() * 1000)
    alert = AlertContent(
        id="a", level=1, hazard="flood", issued_at=issued_ms, rounds_ms=list(rounds.at_ms), every_ms=rounds.every_ms
    )
    assert round_at(ISSUED, rounds, ISSUED + timedelta(seconds=seconds)) == round_number(
        alert, issued_ms + seconds * 1000
    )


def now(state: ReachState, latest: ReachState | None = None, **changes: bool) -> RoundState:
    facts = {"is_in_force": True, "has_begun": True, "is_closed": False, "is_online": True, **changes}
    return round_state_now(state, latest, **facts)


def test_a_device_that_sounds_does_so_in_whatever_round_and_after_the_end_too() -> None:
    assert now(S.DONE, S.SOUNDING, has_begun=False, is_closed=True) is N.SOUNDING
    assert now(S.DONE, S.SOUNDING, is_in_force=False) is N.SOUNDING


def test_a_device_without_a_connection_is_not_green_however_far_it_got() -> None:
    for latest in (S.SOUNDING, S.DONE, S.CUT):
        assert now(S.DONE, latest, is_online=False) is N.LOST
    assert now(S.DONE, S.SOUNDING, is_online=False, is_in_force=False) is N.LOST
    assert now(S.WAITING, is_online=False) is N.WAITING


def test_what_was_heard_in_an_earlier_round_has_not_begun_this_one() -> None:
    assert now(S.DONE, S.DONE) is N.DONE
    assert now(S.DONE, S.DONE, has_begun=False) is N.RECEIVED
    assert now(S.DONE, S.CUT) is N.CUT
    assert now(S.RECEIVED) is N.RECEIVED


def test_what_was_ended_on_a_device_is_over_there_and_afterwards_it_is_what_it_heard() -> None:
    assert now(S.DONE, S.DONE, is_closed=True) is N.CANCELLED
    assert now(S.DONE, S.DONE, is_closed=True, is_in_force=False) is N.DONE
    assert now(S.REFUSED, is_closed=True) is N.REFUSED


def in_round(state: ReachState, latest: ReachState | None = None, **changes: bool) -> InRound:
    return state_in_round(state, latest, **{"has_begun": True, "is_closed": False, "is_online": True, **changes})


def test_in_the_round_that_is_on_every_device_is_counted_once() -> None:
    assert in_round(S.DONE, S.SOUNDING) is R.SOUNDING
    assert in_round(S.DONE, S.SOUNDING, is_online=False) is R.LOST
    assert in_round(S.DONE, S.DONE, is_online=False, is_closed=True) is R.DONE
    assert in_round(S.DONE, S.DONE, has_begun=False) is R.NOT_BEGUN
    assert in_round(S.DONE, S.DONE, has_begun=False, is_closed=True) is R.STOPPED
    assert in_round(S.CUT, S.CUT) is R.CUT
    assert in_round(S.CANCELLED, S.CANCELLED) is R.STOPPED
    assert in_round(S.DONE) is R.DONE
    assert in_round(S.REFUSED) is R.REFUSED
    assert in_round(S.WAITING) is R.NOT_BEGUN
    assert in_round(S.RECEIVED) is R.NOT_BEGUN


def word(turn: int, latest: ReachState, minutes: float = 0, number: int = 0) -> OrderReach:
    return reach(state=latest, latest=latest, turn=turn, round=number or turn, latest_at=at(minutes))


@given(
    st.permutations([word(1, S.SOUNDING), word(1, S.CUT), word(2, S.SOUNDING), word(2, S.DONE), word(3, S.SOUNDING)])
)
def test_the_newest_word_of_a_round_stands_in_whatever_order_they_come(words: list[OrderReach]) -> None:
    found = reach()
    for each in words:
        found = found.told(each)
    assert (found.state, found.latest, found.turn, found.round) == (S.DONE, S.SOUNDING, 3, 3)


def test_of_words_without_a_number_the_later_one_is_the_newer() -> None:
    first, second = word(0, S.DONE, 1), word(0, S.DONE, 6)
    assert first.told(second).latest_at == at(6)
    assert second.told(first).latest_at == at(6)
    assert second.told(reach()).latest_at == at(6)
    assert reach().told(first).latest_at == at(1)
    assert reach(latest=S.DONE).told(first).latest_at == at(1)
