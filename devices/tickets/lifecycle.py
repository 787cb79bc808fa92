"""Life cycle of tickets: one table of states and steps, from which ``docs/lifecycle.md`` is drawn; and its rules."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from devices.health.faults import Fault
from devices.health.kinds import REOPENS_WITHIN, first_of
from devices.tickets.model import Ticket, TicketEntry, TicketState, TicketStep

_S, _T = TicketState, TicketStep

TRANSITIONS: Final[Mapping[tuple[TicketState, TicketStep], TicketState]] = {
    (_S.OPEN, _T.TAKE): _S.TAKEN,
    (_S.OPEN, _T.NOTE): _S.OPEN,
    (_S.OPEN, _T.CHECK): _S.OPEN,
    # The cause went away by itself, or a neighbour had closed the door.
    (_S.OPEN, _T.FINISH): _S.DONE,
    (_S.OPEN, _T.DROP): _S.DROPPED,
    (_S.OPEN, _T.RESOLVE): _S.DONE,
    (_S.TAKEN, _T.TAKE_OVER): _S.TAKEN,
    (_S.TAKEN, _T.GIVE_BACK): _S.OPEN,
    (_S.TAKEN, _T.WAIT): _S.WAITING,
    (_S.TAKEN, _T.NOTE): _S.TAKEN,
    (_S.TAKEN, _T.CHECK): _S.TAKEN,
    (_S.TAKEN, _T.FINISH): _S.DONE,
    (_S.TAKEN, _T.DROP): _S.DROPPED,
    (_S.TAKEN, _T.RESOLVE): _S.DONE,
    (_S.WAITING, _T.TAKE): _S.TAKEN,
    (_S.WAITING, _T.TAKE_OVER): _S.TAKEN,
    (_S.WAITING, _T.GIVE_BACK): _S.OPEN,
    (_S.WAITING, _T.NOTE): _S.WAITING,
    (_S.WAITING, _T.CHECK): _S.WAITING,
    (_S.WAITING, _T.FINISH): _S.DONE,
    (_S.WAITING, _T.DROP): _S.DROPPED,
    (_S.WAITING, _T.RESOLVE): _S.DONE,
    # A note written at a pole without a link is kept, however late it arrives.
    (_S.DONE, _T.NOTE): _S.DONE,
    (_S.DONE, _T.CHECK): _S.DONE,
    (_S.DROPPED, _T.NOTE): _S.DROPPED,
    (_S.DROPPED, _T.CHECK): _S.DROPPED,
}
LIVING: Final = frozenset({_S.OPEN, _S.TAKEN, _S.WAITING})
NEEDS_TEXT: Final = frozenset({_T.WAIT, _T.FINISH, _T.DROP})
"""A later reader has to know for what, by what, and why."""
LATE_MOST: Final = timedelta(days=14)
"""A step that a telephone dates further back was dated by a wrong clock."""
TAKES: Final = frozenset({_T.TAKE, _T.TAKE_OVER})
"""These make their author the holder."""
SERVERS_OWN: Final = frozenset({_T.RESOLVE})
"""Steps that no person takes."""
RESOLVES_AFTER: Final = REOPENS_WITHIN
"""A cause that comes back by then is the same fault, in the same ticket."""
HELD_RESOLVES_AFTER: Final = timedelta(days=1)
"""The holder may have mended it, and is left the time to say by what."""
_ENDS: Final = frozenset({_T.FINISH, _T.DROP, _T.RESOLVE})


def subject_of(ticket: Ticket) -> str:
    """Return a key unique among living tickets: one a device, one an incident; places have any number.

    People's reports on a device are one ticket, beside that of its faults.
    """
    if ticket.incident_id:
        return f"incident:{ticket.incident_id}"
    if ticket.device_id is not None:
        return f"device:{ticket.device_id}" if ticket.fault_kind else f"device:{ticket.device_id}:said"
    return f"place:{ticket.id}"


def with_faults(ticket: Ticket, faults: Iterable[Fault]) -> Ticket:
    """Return the ticket with these: it names the open one to put right first; ``over_at``: when the last one ended."""
    known = list(faults)
    going = {each.kind: each.id for each in known if each.is_open}
    if (first := first_of(going)) is not None:
        return replace(ticket, fault_kind=first, fault_id=going[first], over_at=None)
    return replace(ticket, over_at=max((each.closed_at for each in known if each.closed_at), default=ticket.over_at))


def resolves_at(ticket: Ticket) -> datetime | None:
    """Return the time at which the server closes it, unless its cause comes back; None: it goes on, or has ended."""
    if ticket.over_at is None or ticket.state not in LIVING:
        return None
    return ticket.over_at + (HELD_RESOLVES_AFTER if ticket.holder else RESOLVES_AFTER)


def stepped(ticket: Ticket, state: TicketState, entry: TicketEntry) -> Ticket:
    """Return the ticket after that step, which led to ``state``."""
    after = replace(ticket, state=state, version=ticket.version + 1)
    if entry.step in TAKES:
        return replace(after, holder=entry.by, holder_name=entry.by_name, held_since_at=entry.at)
    if entry.step is TicketStep.GIVE_BACK:
        return replace(after, holder="", holder_name="", held_since_at=None)
    if entry.step in _ENDS:
        return replace(after, ended_at=entry.at, ended_by_name=entry.by_name)
    return after


def done_at(said: datetime | None, now: datetime) -> datetime:
    """Return the time at which it was done, by the author's clock, unless that clock cannot be right."""
    return said if said is not None and now - LATE_MOST <= said <= now else now
