"""Tickets opened by the server for its findings, marked when the cause is gone, and closed some time after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cms.audit.queries import events_of
from cms.health.repository.faults import FaultRecords
from cms.health.service.ticket_dispatcher import AT_ONCE, Dispatcher
from cms.platform.store.engine import reading
from cms.tickets.queries import living_tickets
from cms.tickets.repository import TicketRecords
from cms.tickets.service import steps
from devices.health.faults import Fault, FaultState
from devices.health.incidents import Incident
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from devices.tickets.lifecycle import HELD_RESOLVES_AFTER, RESOLVES_AFTER
from devices.tickets.model import Origin, Ticket, TicketState, TicketStep
from province.errors import NotPossibleError
from tests.builders import bulletins, commands, tickets
from tests.builders import faults as fault_builders
from tests.console import COMMUNE, Console, open_console


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as made:
        yield made


def dispatched(console: Console) -> int:
    return Dispatcher(console.context.uow, console.clock, console.context.new_id).step()


def living(console: Console) -> list[Ticket]:
    with reading(console.context.engine) as session:
        return [line.ticket for line in living_tickets(session, None, 500)]


def settled(console: Console, faults: list[Fault], incidents: list[Incident] | None = None) -> None:
    with console.context.uow() as uow:
        uow[FaultRecords].save(faults, incidents or [])
        steps.settle(uow, faults, incidents or [], console.clock())
        uow.commit()


def closed(fault: Fault, at: datetime) -> Fault:
    return replace(fault, state=FaultState.CLOSED, closed_at=at)


def faults_of(console: Console, ticket: Ticket) -> Sequence[Fault]:
    with reading(console.context.engine) as session:
        return TicketRecords(session).faults_of([ticket.id])[ticket.id]


def names_of(console: Console, ticket: Ticket) -> list[str]:
    with reading(console.context.engine) as session:
        return sorted(event.name for event in events_of(session, ticket.id))


def test_what_somebody_should_hear_of_has_a_ticket_and_nothing_else_has(console: Console) -> None:
    fault = fault_builders.fault(console)
    fault_builders.fault(console, FaultKind.CERTIFICATE_ENDS)
    muted = fault_builders.fault(console, FaultKind.AMP_FAULT, DeviceId(f"{COMMUNE}-l02"))
    commands.window(console, device_id=muted.device_id)
    assert dispatched(console) == 1
    (ticket,) = living(console)
    assert (ticket.origin, ticket.fault_id, ticket.device_name, ticket.state) == (
        *(Origin.FAULT, fault.id, "Cụm loa 1", TicketState.OPEN),
    )
    assert dispatched(console) == 0


def test_all_that_is_wrong_with_one_device_is_one_ticket(console: Console) -> None:
    """Before, a box without mains and link had two tickets, and each was closed by hand."""
    power = fault_builders.fault(console, FaultKind.MAINS_LOST)
    line = fault_builders.fault(console, FaultKind.SPEAKER_OPEN)
    assert dispatched(console) == 1
    (ticket,) = living(console)
    assert ticket.fault_id == power.id
    later = fault_builders.fault(console, FaultKind.AMP_FAULT)
    assert dispatched(console) == 1
    assert dispatched(console) == 0
    (ticket,) = living(console)
    about = faults_of(console, ticket)
    assert {each.id for each in about} == {power.id, line.id, later.id}
    settled(console, [closed(power, console.clock())])
    (ticket,) = living(console)
    assert (ticket.fault_id, ticket.over_at) == (later.id, None)
    settled(console, [closed(each, console.clock()) for each in (line, later)])
    (ticket,) = living(console)
    assert ticket.over_at == console.clock()


def test_a_ticket_closes_itself_when_its_cause_has_been_gone_for_long_and_says_so(console: Console) -> None:
    fault = fault_builders.fault(console)
    dispatched(console)
    settled(console, [closed(fault, console.clock())])
    console.clock.pass_by(seconds=RESOLVES_AFTER.total_seconds() - 1)
    assert dispatched(console) == 0
    (ticket,) = living(console)
    console.clock.pass_by(seconds=1)
    assert dispatched(console) == 1
    ended = tickets.stored(console, ticket)
    assert (ended.state, ended.ended_at) == (TicketState.DONE, console.clock())
    with reading(console.context.engine) as session:
        (entry,) = TicketRecords(session).entries(ticket.id)
    assert (entry.step, entry.by) == (TicketStep.RESOLVE, "health")
    assert names_of(console, ticket) == ["ticket.fault_ended", "ticket.opened", "ticket.resolved"]
    # A fault after that is a new one.
    again = fault_builders.fault(console)
    assert dispatched(console) == 1
    assert [each.fault_id for each in living(console)] == [again.id]


def test_what_somebody_has_is_left_to_them_for_a_day(console: Console) -> None:
    fault = fault_builders.fault(console)
    found = tickets.step(console, tickets.ticket(console, fault_id=fault.id), TicketStep.TAKE)
    settled(console, [closed(fault, console.clock())])
    console.clock.pass_by(seconds=HELD_RESOLVES_AFTER.total_seconds() - 1)
    assert dispatched(console) == 0
    console.clock.pass_by(seconds=1)
    assert dispatched(console) == 1
    assert tickets.stored(console, found).state is TicketState.DONE


def test_no_person_does_what_is_the_servers(console: Console) -> None:
    found = tickets.of_fault(console)
    with pytest.raises(NotPossibleError):
        tickets.step(console, found, TicketStep.RESOLVE)


def test_whoever_has_the_ticket_has_what_comes_to_it(console: Console) -> None:
    fault = fault_builders.fault(console)
    tickets.step(console, tickets.ticket(console, fault_id=fault.id), TicketStep.TAKE)
    other = fault_builders.fault(console, FaultKind.AMP_FAULT)
    dispatched(console)
    with reading(console.context.engine) as session:
        assert {fault.id, other.id} <= FaultRecords(session).taken_on()
    (ticket,) = living(console)
    tickets.step(console, ticket, TicketStep.GIVE_BACK)
    with reading(console.context.engine) as session:
        assert FaultRecords(session).taken_on() == frozenset()


def test_many_devices_with_one_cause_have_one_ticket(console: Console) -> None:
    incident = fault_builders.incident(console)
    assert dispatched(console) == 1
    (ticket,) = living(console)
    assert (ticket.incident_id, ticket.area_id) == (incident.id, COMMUNE)
    settled(console, [], [replace(incident, affected=0, over_at=console.clock())])
    (ticket,) = living(console)
    assert ticket.over_at == console.clock()


def test_a_storm_is_written_in_pieces(console: Console) -> None:
    bulletins.more_devices(console, AT_ONCE + 5)
    for each in bulletins.devices(console):
        fault_builders.fault(console, device_id=each.id)
    assert dispatched(console) == AT_ONCE
    assert dispatched(console) > 0
    assert dispatched(console) == 0


def test_it_is_not_looked_for_at_every_step(console: Console) -> None:
    dispatcher = Dispatcher(console.context.uow, console.clock, console.context.new_id)
    dispatcher.step()
    fault_builders.fault(console)
    assert dispatcher.step() == 0
    console.clock.pass_by(seconds=10)
    assert dispatcher.step() == 1


def test_what_a_person_ended_is_not_opened_again_for_the_same_fault(console: Console) -> None:
    fault_builders.fault(console)
    dispatched(console)
    (ticket,) = living(console)
    tickets.step(console, ticket, TicketStep.DROP, text="Cột đã dỡ")
    assert dispatched(console) == 0
    assert living(console) == []


def test_what_is_over_by_itself_is_marked_and_comes_back_to_whoever_has_it(console: Console) -> None:
    fault = fault_builders.fault(console)
    found = tickets.step(console, tickets.ticket(console, fault_id=fault.id), TicketStep.TAKE)
    settled(console, [closed(fault, console.clock())])
    settled(console, [closed(fault, console.clock())])
    assert tickets.stored(console, found).over_at == console.clock()
    console.clock.pass_by(hours=3)
    again = replace(fault, id="f-again", opened_at=console.clock())
    settled(console, [again])
    back = tickets.stored(console, found)
    assert (back.over_at, back.fault_id, back.state) == (None, again.id, TicketState.TAKEN)
    with reading(console.context.engine) as session:
        assert again.id in FaultRecords(session).taken_on()
    assert dispatched(console) == 0
    assert names_of(console, found) == [
        "ticket.fault_added",
        "ticket.fault_ended",
        "ticket.fault_returned",
        "ticket.opened",
        "ticket.taken",
    ]


def test_a_ticket_for_what_is_over_already_says_so(console: Console) -> None:
    fault = closed(fault_builders.fault(console), console.clock() + timedelta(minutes=1))
    settled(console, [fault])
    assert tickets.ticket(console, fault_id=fault.id).over_at == fault.closed_at
