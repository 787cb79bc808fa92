"""Steps of tickets by people, the right that each needs, and resolve of tickets whose cause is gone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.health.repository.notices import Notices
from cms.platform.store.uow import UnitOfWork
from cms.tickets.repository import TicketRecords
from cms.tickets.service.faults import SERVER, acknowledge, add_faults, forget, mark
from cms.tickets.service.new_tickets import TEXT_MAX
from devices.health.faults import Fault, FaultState
from devices.health.incidents import Incident
from devices.health.kinds import FaultKind
from devices.tickets.checklists import checks_of
from devices.tickets.lifecycle import (
    NEEDS_TEXT,
    SERVERS_OWN,
    TAKES,
    TRANSITIONS,
    done_at,
    stepped,
    with_faults,
)
from devices.tickets.model import Check, EntryId, Ticket, TicketEntry, TicketId, TicketState, TicketStep
from province.areas import AreaId
from province.call import Call
from province.errors import ConflictError, NotFoundError, NotPossibleError, Problem, problem_if, refuse, too_long
from province.events import Event
from province.people import Action, Actor
from province.policy import may
from province.state_machine import following

CLOSED_AT_ONCE: Final = 300
"""As many as the list of tickets shows."""
GONE: Final = "Đã tự hết; đóng cùng các phiếu đã tự hết khác"
TOLD: Final = {
    TicketStep.TAKE: "taken",
    TicketStep.TAKE_OVER: "taken_over",
    TicketStep.GIVE_BACK: "released",
    TicketStep.WAIT: "set_waiting",
    TicketStep.NOTE: "noted",
    TicketStep.CHECK: "checked",
    TicketStep.FINISH: "finished",
    TicketStep.DROP: "dropped",
    TicketStep.RESOLVE: "resolved",
}
"""Name of each step's event."""


def places_of(uow: UnitOfWork, ticket: Ticket) -> frozenset[AreaId]:
    """Return the ticket's areas, an incident's being those of all its devices, past ones too; in a unit of work."""
    found = uow[Notices].areas_of([ticket.incident_id]) if ticket.incident_id else {}
    return found.get(ticket.incident_id) or frozenset({ticket.area_id})


def needed_for(uow: UnitOfWork, ticket: Ticket, step: TicketStep, actor: Actor) -> tuple[Action, list[AreaId]]:
    """Return the right that this step needs, and where; within a unit of work.

    Taking an incident on, or ending its ticket, needs the right in all its areas; a note needs the right to ask for
    work in one of them.
    """
    places, tree = sorted(places_of(uow, ticket)), uow[Places].tree()
    if step is not TicketStep.NOTE:
        return Action.DEVICE_MANAGE, places
    own = [each for each in places if may(actor, Action.WORK_ASK, each, tree)]
    return Action.WORK_ASK, own[:1] or places


def seen_ticket(uow: UnitOfWork, ticket_id: str, actor: Actor) -> Ticket:
    """Return the ticket, within a unit of work. Raises NotFoundError if the actor may not read it."""
    found = uow[TicketRecords].get(TicketId(ticket_id))
    tree = uow[Places].tree()
    if not any(may(actor, Action.DEVICE_READ, each, tree) for each in {found.area_id, *places_of(uow, found)}):
        raise NotFoundError("ticket", ticket_id)
    return found


def kinds_of(ticket: Ticket, about: Iterable[Fault]) -> frozenset[FaultKind]:
    """Return the kinds of the faults that the ticket is about, ended ones too: its checklist loses no step."""
    return frozenset({each.kind for each in about} | ({ticket.fault_kind} if ticket.fault_kind else set()))


def settle(uow: UnitOfWork, faults: Sequence[Fault], incidents: Sequence[Incident], now: datetime) -> None:
    """Update the tickets of these faults and incidents, within the unit of work that has stored them.

    A kind of fault that returns under another id continues in the same ticket, with the same holder.
    """
    told = [each for each in faults if each.state is not FaultState.PENDING]
    for ticket, about in uow[TicketRecords].of_faults_at({each.device_id for each in told}):
        known, kinds = {each.id for each in about}, {each.kind for each in about}
        mine = [each for each in told if each.device_id == ticket.device_id and each.kind in kinds and each.is_open]
        again = [each for each in mine if each.id not in known]
        if again:
            add_faults(uow, ticket, again, now)
        else:
            mark(uow, ticket, with_faults(ticket, about), now)
    ends = {each.id: each.over_at for each in incidents}
    for ticket in uow[TicketRecords].of_incidents(incidents):
        mark(uow, ticket, replace(ticket, over_at=ends[ticket.incident_id]), now)


def resolve_gone(uow: UnitOfWork, new_id: Callable[[], str], now: datetime, limit: int) -> int:
    """Close tickets whose subject has been gone for long, with an entry; return how many; within a unit of work."""
    gone = uow[TicketRecords].to_resolve(now, limit)
    for ticket in gone:
        entry = TicketEntry(
            id=EntryId(new_id()),
            ticket_id=ticket.id,
            step=TicketStep.RESOLVE,
            at=now,
            done_at=ticket.over_at or now,
            by=SERVER.user_id,
            by_name=SERVER.name,
        )
        write(uow, stepped(ticket, following(TRANSITIONS, ticket.state, entry.step), entry), entry)
    return len(gone)


def close_over(uow: UnitOfWork, *, call: Call) -> int:
    """Finish the tickets whose cause is gone, where the actor manages devices; return how many.

    A ticket that another person holds is left to them.

    Raises:
        NotAllowedError: the actor manages no devices anywhere.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.DEVICE_MANAGE, (), tree)
        mine, closed = [each.id for each in tree if may(call.actor, Action.DEVICE_MANAGE, each.id, tree)], 0
        for ticket in uow[TicketRecords].over(mine, call.actor.user_id, CLOSED_AT_ONCE):
            if not all(may(call.actor, Action.DEVICE_MANAGE, each, tree) for each in places_of(uow, ticket)):
                continue
            act = TicketStep.FINISH
            entry = TicketEntry(
                id=EntryId(call.new_id()),
                ticket_id=ticket.id,
                step=act,
                at=call.now,
                done_at=call.now,
                by=call.actor.user_id,
                by_name=call.actor.name,
                text=GONE,
            )
            write(uow, stepped(ticket, following(TRANSITIONS, ticket.state, act), entry), entry)
            closed += 1
        uow.commit()
    return closed


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
        refuse(_problems(uow, old, act))
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
    checks = checks_of(kind, kinds_of(ticket, uow[TicketRecords].faults_of([ticket.id]).get(ticket.id, ())))
    problems += problem_if(act.check is None or act.check not in checks, "check", "MISSING")
    problems += problem_if(act.is_good is None, "is_good", "MISSING")
    return problems
