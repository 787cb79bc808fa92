"""Labels of remote commands, and sentences for their problems."""

from cms.platform.web import formats, messages
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence
from devices.commands import lifecycle
from devices.commands.model import Arguments, BatchDanger, BatchExclusion, BatchState, CommandKind, CommandState
from devices.protocol.messages import TestResult

OPEN_OHM = 5_000
"""A line of 100 V with a single small horn has less; what a device measures above it is no line."""
KIND: dict[str, LabelText] = {
    CommandKind.RESYNC: __("Resync"),
    CommandKind.LOG: __("Fetch the device’s log"),
    CommandKind.SELFTEST: __("Self-test"),
    CommandKind.VOLUME: __("Set the volume"),
    CommandKind.REBOOT: __("Reboot"),
    CommandKind.QUARANTINE: __("Quarantine"),
    CommandKind.RELEASE: __("Release from quarantine"),
    CommandKind.REVOKE: __("Revoke its certificate"),
    CommandKind.RETIRE: __("Retire"),
}
WHAT: dict[str, LabelText] = {
    CommandKind.RESYNC: __(
        "The device asks the server for what it lacks: plan, settings, keys. Nobody hears anything."
    ),
    CommandKind.LOG: __("The device sends what has happened to it since it started. Nobody hears anything."),
    CommandKind.SELFTEST: __(
        "The device measures amplifier and line. With a tone people hear a chime of 2 seconds; in quiet hours, and "
        "while anything sounds or soon will, it refuses."
    ),
    CommandKind.VOLUME: __(
        "The volume holds at once, until the device is told its settings anew. Alerts keep their own volume."
    ),
    CommandKind.REBOOT: __(
        "The device turns off and starts again, and is away for about a minute. It refuses while anything sounds or "
        "will within 1 minute."
    ),
    CommandKind.QUARANTINE: __(
        "The device stays connected but sounds no bulletin, live address or drill until it is released. Emergency "
        "alerts still sound, unless there is an intruder or a leaked key. A second person is always needed."
    ),
    CommandKind.RELEASE: __("The device sounds again: plans, commands and alerts. Always needs another person."),
    CommandKind.REVOKE: __(
        "Its connection is ended and its certificate is worth nothing: the device is silent, alerts included, until "
        "somebody claims it anew at its pole with the code on its label. Always needs a second person."
    ),
    CommandKind.RETIRE: __(
        "The device leaves the network for good and sounds nothing any more, alerts included; its as-run log is kept. "
        "Always needs a second person."
    ),
}
STATE: dict[str, LabelText] = {
    CommandState.QUEUED: __("Waiting"),
    CommandState.SENT: __("Sent"),
    CommandState.RECEIVED: __("Received by the device"),
    CommandState.DONE: __("Done"),
    CommandState.FAILED: __("Unsuccessful"),
    CommandState.EXPIRED: __("Expired"),
    CommandState.ABORTED: __("Cancelled"),
}
STATE_TONE: dict[str, str] = {
    CommandState.QUEUED: "wait",
    CommandState.SENT: "brand",
    CommandState.RECEIVED: "brand",
    CommandState.DONE: "good",
    CommandState.FAILED: "bad",
    CommandState.EXPIRED: "bad",
}
BATCH: dict[str, LabelText] = {
    BatchState.WAITING: __("Waits for a second person"),
    BatchState.RUNNING: __("Running"),
    BatchState.ENDED: __("Finished"),
    BatchState.REFUSED: __("Was rejected"),
    BatchState.ABORTED: __("Cancelled"),
    BatchState.LAPSED: __("Lapsed"),
}
BATCH_TONE: dict[str, str] = {
    BatchState.WAITING: "wait",
    BatchState.RUNNING: "brand",
    BatchState.ENDED: "good",
    BatchState.REFUSED: "bad",
}
DANGER: dict[str, LabelText] = {
    BatchDanger.MANY: __("many devices at once"),
    BatchDanger.REBOOT_SEVERAL: __("rebooting several"),
    BatchDanger.AUDIBLE_SEVERAL: __("a tone in several places"),
    BatchDanger.ABOVE_CAP: __("louder than the cap of the area"),
    BatchDanger.SILENCES: __("devices fall silent, alerts included"),
    BatchDanger.RESTRICTS: __("the device sounds nothing but emergency alerts"),
    BatchDanger.LIFTS: __("devices sound again"),
    BatchDanger.LASTS: __("cannot be undone from afar"),
}
LEFT: dict[str, LabelText] = {
    BatchExclusion.RETIRED: __("out of service"),
    BatchExclusion.UNKNOWN: __("no such id"),
    BatchExclusion.BOARD: __("an electronic board, which sounds nothing"),
    BatchExclusion.IN_ALERT: __("in an alert"),
    BatchExclusion.ON_AIR: __("on air, or about to be"),
    BatchExclusion.AS_IT_IS: __("is so already"),
    BatchExclusion.NOT_IN_SERVICE: __("not in service, or taken back"),
}
CODE: dict[str, LabelText] = {
    lifecycle.NOT_SENT: __("could not be sent in time"),
    lifecycle.NO_ANSWER: __("the device did not answer"),
    lifecycle.NO_RESULT: __("the device took it on and told no result"),
    lifecycle.GONE: __("the device is out of service"),
    lifecycle.NOT_ENTITLED: __("who asked may not do it here any more"),
    lifecycle.NOT_SIGNED: __("the server does not sign this command: tell the administrator"),
    lifecycle.AS_IT_IS: __("when it was agreed to, the device was so already or no longer in service"),
    lifecycle.SPOILT: __("the log came spoilt"),
    "BUSY": __("something sounds or soon will; try again later"),
    "AMP_FAULT": __("amplifier or line is faulty; send somebody"),
    "UNSUPPORTED": __("an older device that does not know this command"),
}
CODE_HERE: dict[str, LabelText] = {
    "AMP_FAULT": __(
        "the amplifier gives no current or the line is broken: measure the line, then look at the amplifier"
    ),
    lifecycle.NO_ANSWER: __("the device did not answer: see that it has power and a link, then press again"),
    lifecycle.NOT_SENT: __("the device is not connected: see that it has power and a link, then press again"),
}
"""Reasons for a person who stands before the device."""
LINE: dict[str, LabelText] = {
    "ok": __("line in order"),
    "open": __("line open"),
    "short": __("line shorted"),
    "earth": __("line earthed"),
}
PROBLEMS: dict[str, Sentence] = {
    "DOUBT_MISSING": __("Choose why it is silenced: that decides whether emergency alerts sound."),
    "NOT_TAKEN": __("This command does not take this. Leave it empty."),
    "NONE_CHOSEN": __("No device is chosen. Tick an area or write the ids of devices."),
    "NOTHING_NARROWED": __("Nothing is narrowed down: all devices are the list as it is."),
    "NONE_LEFT": __("Every device chosen has to be left out now. See the reasons below, or try again later."),
    "QUIET_THEN": __("This time, or the hour after it, is quiet there. Choose another time."),
    "NOTHING_SEEN": __(
        "The server does not see the device do what nobody ordered, so a second person is needed. Take the tick away "
        "and send it again; if it is speaking what nobody ordered, quarantine it at once."
    ),
    "TOO_MANY_AT_ONCE": __(
        "Within an hour only %(max)s devices are shut off at once without a second person. Clear the tick and send "
        "again, for a second person to agree."
    ),
    "NO_ADDRESS": __("Write a mail address like truc@tinh.vn, or an address that begins with https://."),
    "WINDOW_TOO_LONG": __("At most %(days)s days. Choose an earlier end."),
}


def code(name: str) -> str:
    """Return the reason for which a command failed, in words."""
    return str(CODE[name]) if name in CODE else messages.wire_reason(name)


def code_here(name: str) -> str:
    """Return the reason for which a command failed, and what to do, for a person at the device."""
    return str(CODE_HERE[name]) if name in CODE_HERE else code(name)


DOUBT: dict[str, LabelText] = {
    "no": __("A loudspeaker that is faulty, sounds by mistake or disturbs: emergency alerts still sound"),
    "yes": __("An intruder, or a leaked key: wholly silent, emergency alerts included"),
}
"""Reasons to shut a device off, each with what follows from it."""


def argument(kind: CommandKind, arguments: Arguments) -> str:
    """Return the arguments of a command in words; empty if it has none."""
    if kind is CommandKind.QUARANTINE:
        return _("emergency alerts still sound") if arguments.alerts_pass else _("emergency alerts muted too")
    if arguments.volume_pct is not None:
        return f"{arguments.volume_pct}%"
    return _("with a tone") if arguments.is_audible else ""


def ohms(value: float) -> str:
    """Return the impedance of a line in words where it is out of a meter's range: no line has so much."""
    if value >= OPEN_OHM:
        return _("no connection (more than %(n)s Ω)", n=formats.number(OPEN_OHM))
    return _("%(n)s Ω", n=formats.decimal(value))


def measured(test: TestResult) -> str:
    """Return the results of a self-test in words."""
    found = []
    if test.spk:
        found.append(str(LINE.get(test.spk, test.spk)))
    if test.line_ohm is not None:
        found.append(ohms(test.line_ohm))
    if test.amp_ma is not None:
        found.append(_("amplifier %(n)s mA", n=test.amp_ma))
    if test.mic_db is not None:
        found.append(_("microphone %(n)s dB", n=round(test.mic_db)))
    return ", ".join(found)
