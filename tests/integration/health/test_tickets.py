"""What the server finds opens tickets, and marks them when it is over; a person closes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cms.health.dispatching import AT_ONCE, Dispatcher
from cms.store.engine import reading
from cms.store.health import SqlHealth
from cms.store.queries.log import events_of
from cms.store.queries.tickets import living_tickets
from cms.work import overs
from devices.health.faults import Fault, FaultState
from devices.health.incidents import Incident
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from devices.work.model import Origin, Ticket, TicketState, TicketStep
from tests import acting_room, health_room, newsroom, work_room
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
        SqlHealth(uow.session).save(faults, incidents or [])
        overs.settle(uow, faults, incidents or [], console.clock())
        uow.commit()


def closed(fault: Fault, at: datetime) -> Fault:
    return replace(fault, state=FaultState.CLOSED, closed_at=at)


def names_of(console: Console, ticket: Ticket) -> list[str]:
    with reading(console.context.engine) as session:
        return sorted(event.name for event in events_of(session, ticket.id))


def test_what_somebody_should_hear_of_has_a_ticket_and_nothing_else_has(console: Console) -> None:
    fault = health_room.fault(console)
    health_room.fault(console, FaultKind.CERTIFICATE_ENDS)
    muted = health_room.fault(console, FaultKind.AMP_FAULT, DeviceId(f"{COMMUNE}-l02"))
    acting_room.window(console, device_id=muted.device_id)
    assert dispatched(console) == 1
    (ticket,) = living(console)
    assert (ticket.origin, ticket.fault_id, ticket.device_name, ticket.state) == (
        *(Origin.FAULT, fault.id, "Cụm loa 1", TicketState.OPEN),
    )
    assert dispatched(console) == 0


def test_many_devices_with_one_cause_have_one_ticket(console: Console) -> None:
    incident = health_room.incident(console)
    assert dispatched(console) == 1
    (ticket,) = living(console)
    assert (ticket.incident_id, ticket.area_id) == (incident.id, COMMUNE)
    settled(console, [], [replace(incident, affected=0, over_at=console.clock())])
    (ticket,) = living(console)
    assert ticket.over_at == console.clock()


def test_a_storm_is_written_in_pieces(console: Console) -> None:
    newsroom.more_devices(console, AT_ONCE + 5)
    for each in newsroom.devices(console):
        health_room.fault(console, device_id=each.id)
    assert dispatched(console) == AT_ONCE
    assert dispatched(console) > 0
    assert dispatched(console) == 0


def test_it_is_not_looked_for_at_every_step(console: Console) -> None:
    dispatcher = Dispatcher(console.context.uow, console.clock, console.context.new_id)
    dispatcher.step()
    health_room.fault(console)
    assert dispatcher.step() == 0
    console.clock.pass_by(seconds=10)
    assert dispatcher.step() == 1


def test_what_a_person_ended_is_not_opened_again_for_the_same_fault(console: Console) -> None:
    health_room.fault(console)
    dispatched(console)
    (ticket,) = living(console)
    work_room.step(console, ticket, TicketStep.DROP, text="Cột đã dỡ")
    assert dispatched(console) == 0
    assert living(console) == []


def test_what_is_over_by_itself_is_marked_and_comes_back_to_whoever_has_it(console: Console) -> None:
    fault = health_room.fault(console)
    found = work_room.step(console, work_room.ticket(console, fault_id=fault.id), TicketStep.TAKE)
    settled(console, [closed(fault, console.clock())])
    settled(console, [closed(fault, console.clock())])
    assert work_room.stored(console, found).over_at == console.clock()
    console.clock.pass_by(hours=3)
    again = replace(fault, id="f-again", opened_at=console.clock())
    settled(console, [again])
    back = work_room.stored(console, found)
    assert (back.over_at, back.fault_id, back.state) == (None, again.id, TicketState.TAKEN)
    with reading(console.context.engine) as session:
        assert again.id in SqlHealth(session).taken_on()
    assert dispatched(console) == 0
    assert names_of(console, found) == ["ticket.opened", "ticket.over", "ticket.relapsed", "ticket.taken"]


def test_a_ticket_for_what_is_over_already_says_so(console: Console) -> None:
    fault = closed(health_room.fault(console), console.clock() + timedelta(minutes=1))
    settled(console, [fault])
    assert work_room.ticket(console, fault_id=fault.id).over_at == fault.closed_at
