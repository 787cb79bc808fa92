"""Labels of tickets. The source language is Vietnamese."""

from cms.health import labels as fault_labels
from cms.platform.web import wording
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText
from cms.tickets.service.faults import SERVER
from devices.tickets.model import Check, Origin, Ticket, TicketEntry, TicketState, TicketStep

TITLE_LETTERS = 80
STATE: dict[str, LabelText] = {
    TicketState.OPEN: __("Nobody has it"),
    TicketState.TAKEN: __("On its way"),
    TicketState.WAITING: __("On hold"),
    TicketState.DONE: __("Finished"),
    TicketState.DROPPED: __("Discarded"),
}
STATE_TONE: dict[str, str] = {
    TicketState.OPEN: "bad",
    TicketState.TAKEN: "brand",
    TicketState.WAITING: "wait",
    TicketState.DONE: "good",
}
STEP: dict[str, LabelText] = {
    TicketStep.TAKE: __("Take it"),
    TicketStep.TAKE_OVER: __("Take it over"),
    TicketStep.GIVE_BACK: __("Give it back"),
    TicketStep.WAIT: __("Put it on hold"),
    TicketStep.NOTE: __("Notes"),
    TicketStep.CHECK: __("Test"),
    TicketStep.FINISH: __("Work done"),
    TicketStep.DROP: __("Drop the ticket"),
    TicketStep.RESOLVE: __("The cause has gone; the ticket closed itself"),
}
ORIGIN: dict[str, LabelText] = {
    Origin.FAULT: __("Found by the system"),
    Origin.FEEDBACK: __("A citizen said so"),
    Origin.PERSON: __("An official said so"),
}
CHECK: dict[str, LabelText] = {
    Check.LOOK: __("Look"),
    Check.MEASURE: __("Self-test of the device"),
    Check.LISTEN: __("Listen"),
}
CHECK_HOW: dict[str, LabelText] = {
    Check.LOOK: __("Look at pole, door, mains, line and lamps."),
    Check.MEASURE: __("The device measures amplifier and line and answers right below. Nobody hears it."),
    Check.LISTEN: __(
        "The device sounds a chime of 2 seconds, which people hear. Stand near the loudspeaker, then press."
    ),
}


def what(ticket: Ticket) -> str:
    """Return the subject of a ticket in a few words."""
    if ticket.fault_kind is not None:
        return str(fault_labels.FAULT[ticket.fault_kind])
    if ticket.incident_id:
        return _("Incidents of many devices")
    return ticket.text if len(ticket.text) <= TITLE_LETTERS else ticket.text[: TITLE_LETTERS - 1] + "…"


def opened_by(ticket: Ticket) -> str:
    """Return the person who opened it; empty if the server did."""
    return "" if ticket.opened_by == ticket.opened_by_name else ticket.opened_by_name


def ended_by(ticket: Ticket) -> str:
    """Return the person who closed it, or a note that the server did."""
    return _("closed itself") if ticket.ended_by_name == SERVER.name else ticket.ended_by_name


def done_by(entry: TicketEntry) -> str:
    """Return the person who did it; empty if the server did."""
    return "" if entry.by == SERVER.user_id else entry.by_name


def did(entry: TicketEntry) -> str:
    """Return the step in words; of a check, with its result."""
    if entry.check is None:
        return wording.word(STEP, entry.step)
    came_to = _("passed") if entry.is_good else _("not good")
    return f"{wording.word(CHECK, entry.check)}: {came_to}"
