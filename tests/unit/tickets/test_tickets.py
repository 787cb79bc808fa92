"""Life cycle of a ticket: every pair of state and step, and the result of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.health.faults import Fault, FaultState
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from devices.tickets.lifecycle import (
    HELD_RESOLVES_AFTER,
    LATE_MOST,
    LIVING,
    RESOLVES_AFTER,
    SERVERS_OWN,
    TRANSITIONS,
    done_at,
    resolves_at,
    stepped,
    subject_of,
    with_faults,
)
from devices.tickets.model import EntryId, Origin, Ticket, TicketEntry, TicketId, TicketState, TicketStep
from province.areas import AreaId
from province.state_machine import final
from scripts.state_diagram import diagram

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TICKET = Ticket(
    id=TicketId("t1"),
    origin=Origin.PERSON,
    area_id=AreaId("xa-1"),
    opened_at=NOW,
    opened_by="u1",
    opened_by_name="Lan",
)
HELD = replace(TICKET, state=TicketState.TAKEN, holder="u1", holder_name="Lan", held_since_at=NOW)


def entry(step: TicketStep) -> TicketEntry:
    later = NOW + timedelta(hours=1)
    return TicketEntry(
        id=EntryId("e1"), ticket_id=TICKET.id, step=step, at=later, done_at=later, by="u2", by_name="Minh", text="Xong"
    )


@pytest.mark.parametrize(("state", "step"), list(product(TicketState, TicketStep)))
def test_what_is_over_stays_over_and_still_takes_what_was_written(state: TicketState, step: TicketStep) -> None:
    after = TRANSITIONS.get((state, step))
    is_told = step in {TicketStep.NOTE, TicketStep.CHECK}
    assert (after is state) == (is_told or (state, step) == (TicketState.TAKEN, TicketStep.TAKE_OVER))
    if state not in LIVING:
        assert (after is None) == (not is_told)
    if step in SERVERS_OWN:
        assert (after is TicketState.DONE) == (state in LIVING)
    if step is TicketStep.TAKE and after is not None:
        assert state is not TicketState.TAKEN


def test_every_state_is_reached_and_what_is_over_leads_nowhere() -> None:
    assert set(TRANSITIONS.values()) == set(TicketState)
    assert set(final(TRANSITIONS, TicketState)) == set(TicketState) - LIVING


def test_the_diagram_in_the_document_is_the_table() -> None:
    text = (Path(__file__).parents[3] / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    drawn = diagram(TRANSITIONS, TicketState.OPEN, final(TRANSITIONS, TicketState))
    assert f"```mermaid\n{drawn}```" in text


@pytest.mark.parametrize(
    ("step", "holder", "is_ended"),
    [
        (TicketStep.TAKE, "u2", False),
        (TicketStep.TAKE_OVER, "u2", False),
        (TicketStep.GIVE_BACK, "", False),
        (TicketStep.WAIT, "u1", False),
        (TicketStep.NOTE, "u1", False),
        (TicketStep.FINISH, "u1", True),
        (TicketStep.DROP, "u1", True),
        (TicketStep.RESOLVE, "u1", True),
    ],
)
def test_a_step_says_who_has_it_and_who_ended_it(step: TicketStep, holder: str, is_ended: bool) -> None:
    done = entry(step)
    after = stepped(HELD, TicketState.DONE, done)
    assert (after.state, after.version, after.holder) == (TicketState.DONE, 2, holder)
    assert (after.held_since_at is None) == (not holder)
    assert (after.ended_at, after.ended_by_name) == ((done.at, "Minh") if is_ended else (None, ""))


def test_there_is_one_a_device_one_an_incident_and_any_number_a_place() -> None:
    """A ticket of feedback is separate from the server's, because only people can tell that its cause is gone."""
    box = replace(TICKET, device_id=DeviceId("xa-1-l1"))
    other = {"id": TicketId("t2"), "origin": Origin.FEEDBACK}
    assert subject_of(box) == subject_of(replace(box, **other))  # type: ignore[arg-type] # fields of a ticket
    line = replace(box, fault_kind=FaultKind.SPEAKER_OPEN)
    power = replace(box, fault_kind=FaultKind.MAINS_LOST)
    assert subject_of(line) == subject_of(power)
    assert len({subject_of(each) for each in (box, line, replace(box, device_id=DeviceId("xa-1-l2")))}) == 3
    cut = replace(power, incident_id="i1")
    assert subject_of(cut) == subject_of(replace(line, incident_id="i1")) != subject_of(replace(cut, incident_id="i2"))
    assert subject_of(TICKET) != subject_of(replace(TICKET, id=TicketId("t2")))


def fault(name: str, kind: FaultKind, closed_after: timedelta | None = None) -> Fault:
    state = FaultState.OPEN if closed_after is None else FaultState.CLOSED
    closed_at = None if closed_after is None else NOW + closed_after
    return Fault(name, DeviceId("xa-1-l1"), kind, state, NOW, NOW, closed_at=closed_at)


def test_a_ticket_names_what_has_to_be_put_right_first_and_is_over_with_the_last() -> None:
    hot, power = fault("f1", FaultKind.AMP_HOT), fault("f2", FaultKind.MAINS_LOST)
    both = with_faults(replace(TICKET, over_at=NOW), [hot, power])
    assert (both.fault_kind, both.fault_id, both.over_at) == (FaultKind.MAINS_LOST, "f2", None)
    ended = fault("f2", FaultKind.MAINS_LOST, timedelta(minutes=9))
    one = with_faults(both, [hot, ended])
    assert (one.fault_kind, one.fault_id, one.over_at) == (FaultKind.AMP_HOT, "f1", None)
    cold = fault("f1", FaultKind.AMP_HOT, timedelta(minutes=5))
    none = with_faults(one, [cold, ended])
    assert (none.fault_kind, none.fault_id, none.over_at) == (FaultKind.AMP_HOT, "f1", ended.closed_at)
    assert with_faults(none, []) == none


def test_what_is_gone_closes_by_itself_and_later_where_somebody_has_it() -> None:
    over = replace(TICKET, over_at=NOW)
    assert resolves_at(TICKET) is None
    assert resolves_at(over) == NOW + RESOLVES_AFTER
    assert resolves_at(replace(HELD, over_at=NOW)) == NOW + HELD_RESOLVES_AFTER
    assert resolves_at(replace(over, state=TicketState.DONE)) is None


@given(st.timedeltas(min_value=-timedelta(days=60), max_value=timedelta(days=60)))
def test_a_clock_that_cannot_be_right_is_not_believed(ago: timedelta) -> None:
    said = NOW - ago
    found = done_at(said, NOW)
    assert found in {said, NOW}
    assert NOW - LATE_MOST <= found <= NOW


def test_whoever_does_not_say_when_did_it_now() -> None:
    assert done_at(None, NOW) == NOW
