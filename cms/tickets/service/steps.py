"""Ticket steps of people. Every step has a key: sent twice, or an hour late, it is done once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from cms.tickets.repository import TicketRecords
from cms.tickets.service.access import needed_for
from cms.tickets.service.faults import acknowledge, forget
from cms.tickets.service.new_tickets import TEXT_MAX
from devices.tickets.lifecycle import NEEDS_TEXT, SERVERS_OWN, TAKES, TRANSITIONS, checks_of, done_at, stepped
from devices.tickets.model import Check, EntryId, Ticket, TicketEntry, TicketId, TicketState, TicketStep
from province.call import Call
from province.errors import ConflictError, InvalidError, NotPossibleError, Problem, too_long
from province.events import Event
from province.people import Actor
from province.state_machine import following

TOLD: Final = {
    TicketStep.TAKE: "taken",
    TicketStep.TAKE_OVER: "taken_over",
    TicketStep.GIVE_BACK: "given_back",
    TicketStep.WAIT: "set_waiting",
    TicketStep.NOTE: "noted",
    TicketStep.CHECK: "checked",
    TicketStep.FINISH: "finished",
    TicketStep.DROP: "dropped",
    TicketStep.RESOLVE: "resolved",
}
"""Name of each step's event."""


@dataclass(frozen=True, slots=True)
class Act:
    """Step of a person. ``done_at``: time by that person's clock; None: now. ``check`` and ``is_good``: of CHECK."""

    step: TicketStep
    text: str = ""
    photo_sha256: str = ""
    check: Check | None = None
    is_good: bool | None = None
    done_at: datetime | None = None


def step(uow: UnitOfWork, ticket_id: TicketId, entry_id: EntryId, act: Act, *, call: Call) -> Ticket:
    """Do a step; return the ticket after it. The same key again by the same person changes nothing.

    Raises:
        NotFoundError: no such ticket.
        NotAllowedError: the actor does not manage devices in all its areas, or, for a note, may not ask for work
            in any.
        NotPossibleError: the ticket's state does not allow it; a ticket with a holder is not taken by mistake.
        InvalidError: with all problems.
        ConflictError: another person's step has that key, or another step was quicker: send it again.
    """
    with uow:
        old = uow[TicketRecords].get(ticket_id)
        action, places = needed_for(uow, old, act.step, call.actor)
        call.require(action, places, uow[Places].tree())
        known = uow[TicketRecords].entry(entry_id)
        if known is not None:
            if (known.by, known.ticket_id) != (call.actor.user_id, ticket_id):
                raise ConflictError("ticket_entry", entry_id, 0, 1)
            return old
        if act.step in SERVERS_OWN:
            raise NotPossibleError(old.state, act.step)
        state = following(TRANSITIONS, old.state, act.step)
        if problems := _problems(uow, old, act):
            raise InvalidError(problems)
        entry = TicketEntry(
            id=entry_id,
            ticket_id=ticket_id,
            step=act.step,
            at=call.now,
            done_at=done_at(act.done_at, call.now),
            by=call.actor.user_id,
            by_name=call.actor.name,
            text=act.text.strip(),
            photo_sha256=act.photo_sha256,
            check=act.check,
            is_good=act.is_good,
        )
        new = stepped(old, state, entry)
        write(uow, new, entry)
        if act.step in TAKES:
            acknowledge(uow, new, call.now)
        if act.step is TicketStep.GIVE_BACK:
            forget(uow, new, entry)
        uow.commit()
    return new


def take_for(uow: UnitOfWork, ticket: Ticket, entry_id: EntryId, *, actor: Actor, note: str, now: datetime) -> Ticket:
    """Give the ticket to the person who took its fault or incident on; within a unit of work."""
    act = TicketStep.TAKE_OVER if ticket.state is TicketState.TAKEN else TicketStep.TAKE
    entry = TicketEntry(
        id=entry_id,
        ticket_id=ticket.id,
        step=act,
        at=now,
        done_at=now,
        by=actor.user_id,
        by_name=actor.name,
        text=note,
    )
    new = stepped(ticket, following(TRANSITIONS, ticket.state, act), entry)
    write(uow, new, entry)
    return new


def write(uow: UnitOfWork, ticket: Ticket, entry: TicketEntry) -> None:
    """Store the ticket after the step, the step, and its event; within a unit of work."""
    uow[TicketRecords].save(ticket)
    uow[TicketRecords].add_entry(entry)
    detail: dict[str, object] = {"area": ticket.area_id, "device": ticket.device_id or ""}
    if entry.step in NEEDS_TEXT:
        detail["reason"] = entry.text
    uow.record(Event(f"ticket.{TOLD[entry.step]}", ticket.id, entry.at, entry.by, entry.by_name, detail))


def _problems(uow: UnitOfWork, ticket: Ticket, act: Act) -> list[Problem]:
    text = act.text.strip()
    problems = too_long("text", text, TEXT_MAX)
    is_empty = not text and not act.photo_sha256
    if (act.step in NEEDS_TEXT and not text) or (act.step is TicketStep.NOTE and is_empty):
        problems.append(Problem("text", "MISSING"))
    if act.step is not TicketStep.CHECK:
        return problems
    kind = None
    if ticket.device_id is not None:
        kind = uow[Devices].get(ticket.device_id).kind
    if act.check is None or act.check not in checks_of(kind):
        problems.append(Problem("check", "MISSING"))
    if act.is_good is None:
        problems.append(Problem("is_good", "MISSING"))
    return problems
