"""Labels of tickets. The source language is Vietnamese."""

from cms.health import labels as fault_labels
from cms.platform.web import wording
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText
from cms.tickets.service.faults import SERVER
from devices.health.kinds import FaultKind
from devices.tickets.checklists import CHECKLISTS
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
    Check.BREAKER: __("Breaker and fuse"),
    Check.MAINS: __("Mains at the terminals"),
    Check.BATTERY: __("Battery"),
    Check.SIM: __("SIM card"),
    Check.ANTENNA: __("Antenna and signal"),
    Check.RESTART: __("Start the box again"),
    Check.RESYNC: __("Synchronise"),
    Check.LINE_OFF: __("Measure the line"),
    Check.LINE_HALVES: __("Halve the line"),
    Check.LINE_EARTH: __("Line against earth"),
    Check.JOINTS: __("Joints"),
    Check.HORNS: __("Each horn"),
    Check.AMP_LAMPS: __("Lamps of the amplifier"),
    Check.COOLING: __("Cooling"),
    Check.AMP_SPARE: __("Another amplifier"),
    Check.VOLUME: __("Volume"),
    Check.MICROPHONE: __("Microphone"),
    Check.CARD: __("Memory card"),
    Check.CLOCK_CELL: __("Clock battery"),
    Check.DOOR: __("Door and lock"),
    Check.STRANGER: __("What is not ours"),
    Check.LABEL: __("Label of the box"),
    Check.NEW_KEY: __("New certificate"),
    Check.DATA_PLAN: __("Data plan"),
    Check.FIRMWARE: __("Firmware"),
    Check.MEASURE: __("Self-test of the device"),
    Check.LISTEN: __("Listen"),
}
CHECK_HOW: dict[str, LabelText] = {
    Check.LOOK: __("Look at pole, door, mains, line and lamps."),
    Check.BREAKER: __(
        "Switch the breaker on once and look at the fuse. If it goes again there is a short: leave it off and "
        "write that."
    ),
    Check.MAINS: __(
        "Measure between the mains terminals: 198 to 242 V. No voltage: ask the power company or the house that feeds "
        "the box."
    ),
    Check.BATTERY: __(
        "Measure its voltage without mains. Below nine tenths of what its label says, or swollen: put in a new one."
    ),
    Check.SIM: __(
        "Take it out, wipe it, put it back. If the network lamp stays dark ask the operator whether the number is "
        "blocked or unpaid."
    ),
    Check.ANTENNA: __("Tighten its plug, put it upright and clear of metal; then see the signal on the device's page."),
    Check.RESTART: __(
        "Switch the box off for ten seconds and on again. Within three minutes its page has to say “connected”."
    ),
    Check.RESYNC: __("On the device's page choose “Act from afar”, then “Resync”, and wait for two minutes."),
    Check.LINE_OFF: __(
        "Amplifier off, both wires loose: measure the resistance. Far above that of the installation: broken; "
        "near zero: shorted."
    ),
    Check.LINE_HALVES: __(
        "Open the joint in the middle and measure both halves. Go on in the half that is broken until the place "
        "is found."
    ),
    Check.LINE_EARTH: __(
        "Measure each wire against earth. If the pointer moves, look for a wire that touches metal, a tree or water."
    ),
    Check.JOINTS: __("Open, scrape clean, tighten and wrap each joint against rain."),
    Check.HORNS: __(
        "Loosen one horn after the other: the fault goes away with the horn that is broken. Put in another."
    ),
    Check.AMP_LAMPS: __("Power must be lit and protection dark. Protection lit: loosen the line, switch on again."),
    Check.COOLING: __(
        "Clean fan and grille, shade the box from the sun. A hot amplifier switches itself off and comes back "
        "when cool."
    ),
    Check.AMP_SPARE: __("Connect a spare amplifier. If it plays, the old one goes to the workshop."),
    Check.VOLUME: __("The volume on the device's page must not be 0; so must the knob of the amplifier."),
    Check.MICROPHONE: __("It must be plugged in, dry, and not covered."),
    Check.CARD: __("Put in a new card, start the box again and wait until it holds its plan."),
    Check.CLOCK_CELL: __("Put in a new cell of the clock. With a link the box sets its clock within some minutes."),
    Check.DOOR: __("Close and lock it; if the lock is broken, photograph it and ask for a new one."),
    Check.STRANGER: __(
        "Look for wires, radios, USB sticks or telephones that are not ours. Photograph them, touch nothing, and "
        "call the office."
    ),
    Check.LABEL: __("The serial on the box must be the one on this page. If it is another box, write its serial here."),
    Check.NEW_KEY: __(
        "Have the office revoke the certificate, then claim the box again with the code on its label; no other "
        "box gets in with the old one."
    ),
    Check.DATA_PLAN: __("Ask the operator what is left, and for a larger plan if a day is not enough."),
    Check.FIRMWARE: __("Ask the office for a firmware roll-out; nothing has to be done at the pole."),
    Check.MEASURE: __("The device measures amplifier and line and answers right below. Nobody hears it."),
    Check.LISTEN: __(
        "The device sounds a chime of 2 seconds, which people hear. Stand near the loudspeaker, then press."
    ),
}


def steps(kind: FaultKind) -> str:
    """Return the steps that mend a fault of this kind, in a line."""
    return ", ".join(str(CHECK[each]) for each in CHECKLISTS[kind])


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
