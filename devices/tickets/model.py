"""Ticket: work that a person has to do at a device, for an incident, or in a place; and the log of that work."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from devices.health.kinds import FaultKind
from devices.model import DeviceId
from province.areas import AreaId

TicketId = NewType("TicketId", str)
EntryId = NewType("EntryId", str)


class TicketState(StrEnum):
    """Life cycle. OPEN: no holder · TAKEN: has one · WAITING: for a part, a permit, the weather · the others: ended."""

    OPEN = "open"
    TAKEN = "taken"
    WAITING = "waiting"
    DONE = "done"
    DROPPED = "dropped"


class TicketStep(StrEnum):
    """Step that a person takes on it.

    TAKE_OVER: from its holder · GIVE_BACK: it has no holder then · NOTE: words, a photograph · CHECK: the result of one
    part of the test at the pole · RESOLVE: the server's alone: the cause has been gone for long.
    """

    TAKE = "take"
    TAKE_OVER = "take_over"
    GIVE_BACK = "give_back"
    WAIT = "wait"
    NOTE = "note"
    CHECK = "check"
    FINISH = "finish"
    DROP = "drop"
    RESOLVE = "resolve"


class Origin(StrEnum):
    """Origin. FAULT: the server found it · FEEDBACK: a citizen reported it · PERSON: a worker found it."""

    FAULT = "fault"
    FEEDBACK = "feedback"
    PERSON = "person"


class Check(StrEnum):
    """One step of the checklist at the pole; ``devices.tickets.checklists`` has those of each fault, in their order.

    LOOK comes first, MEASURE and LISTEN last, whatever the fault.
    """

    LOOK = "look"
    BREAKER = "breaker"
    MAINS = "mains"
    BATTERY = "battery"
    SIM = "sim"
    ANTENNA = "antenna"
    RESTART = "restart"
    RESYNC = "resync"
    LINE_OFF = "line_off"
    LINE_HALVES = "line_halves"
    LINE_EARTH = "line_earth"
    JOINTS = "joints"
    HORNS = "horns"
    AMP_LAMPS = "amp_lamps"
    COOLING = "cooling"
    AMP_SPARE = "amp_spare"
    VOLUME = "volume"
    MICROPHONE = "microphone"
    CARD = "card"
    CLOCK_CELL = "clock_cell"
    DOOR = "door"
    STRANGER = "stranger"
    LABEL = "label"
    NEW_KEY = "new_key"
    DATA_PLAN = "data_plan"
    FIRMWARE = "firmware"
    MEASURE = "measure"
    LISTEN = "listen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket at ``area_id``; about a device where ``device_id`` is set, an incident where ``incident_id`` is.

    All faults of a device are one ticket: ``fault_kind`` and ``fault_id`` name the open one that has to be put right
    first. ``text`` is what a person wrote. Names are frozen copies. ``over_at``: since when all that the server found
    is gone, while the ticket is still open.
    """

    id: TicketId
    origin: Origin
    area_id: AreaId
    opened_at: datetime
    opened_by: str
    opened_by_name: str
    device_id: DeviceId | None = None
    device_name: str = ""
    fault_kind: FaultKind | None = None
    fault_id: str = ""
    incident_id: str = ""
    feedback_id: str = ""
    text: str = ""
    state: TicketState = TicketState.OPEN
    holder: str = ""
    holder_name: str = ""
    held_since_at: datetime | None = None
    over_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by_name: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEntry:
    """One step of a ticket; its author names it by ``id``, so that it is done once however often it is sent.

    ``done_at`` is when it was done, ``at`` when the server received it: at a pole the link may be away for long.
    ``check`` and ``is_good`` belong to CHECK; ``feedback_id``: a citizen's report that a person added here.
    """

    id: EntryId
    ticket_id: TicketId
    step: TicketStep
    at: datetime
    done_at: datetime
    by: str
    by_name: str
    text: str = ""
    photo_sha256: str = ""
    check: Check | None = None
    is_good: bool | None = None
    feedback_id: str = ""
