"""Labels of faults and causes, as message ids for screens; for mails in the default language, with the stages."""

from collections.abc import Mapping
from typing import Final

from cms.platform.errors import N_
from cms.translations import in_default_language
from devices.health.incidents import Cause
from devices.health.kinds import FaultKind
from devices.health.notices import IncidentStage

FAULT: Final[Mapping[FaultKind, str]] = {
    FaultKind.SHUT_OFF: N_("Shut off, or its certificate was revoked"),
    FaultKind.IDENTITY_SHARED: N_("Two boxes share one certificate"),
    FaultKind.SOUND_UNORDERED: N_("Sound without a command"),
    FaultKind.MAINS_LOST: N_("Mains lost"),
    FaultKind.LINK_LOST: N_("Disconnected"),
    FaultKind.AMP_CUT_OUT: N_("Amplifier switched itself off, too hot"),
    FaultKind.AMP_FAULT: N_("Amplifier fault"),
    FaultKind.SPEAKER_SHORT: N_("Speaker line shorted"),
    FaultKind.SPEAKER_OPEN: N_("Speaker line open"),
    FaultKind.SILENT_PLAYBACK: N_("Says that it plays, and no sound comes out"),
    FaultKind.SELF_TEST_FAILED: N_("Self-test failed"),
    FaultKind.DISK_READ_ONLY: N_("Flash takes no writes"),
    FaultKind.DISK_FULL: N_("Flash is full"),
    FaultKind.CLOCK_OFF: N_("Clock is off"),
    FaultKind.SPEAKER_EARTH: N_("Speaker line touches earth"),
    FaultKind.BATTERY_LOW: N_("Battery low"),
    FaultKind.AMP_HOT: N_("Amplifier too hot"),
    FaultKind.LINE_DRIFT: N_("Impedance of the speaker line has drifted"),
    FaultKind.PLAN_NOT_HELD: N_("Does not hold the newest plan"),
    FaultKind.LINK_FLAPS: N_("Link flaps"),
    FaultKind.MESSAGES_BAD: N_("Gets many foreign or malformed commands"),
    FaultKind.TRESPASSES: N_("Asks to hear or writes what is not its own"),
    FaultKind.TALKS_TOO_MUCH: N_("Talks too much"),
    FaultKind.TELEMETRY_LOST: N_("Tells nothing of its health"),
    FaultKind.DOOR_OPEN: N_("Door of the box is open"),
    FaultKind.CERTIFICATE_ENDS: N_("Certificate is about to end"),
    FaultKind.DATA_PLAN_ENDS: N_("Data of the day nearly used up"),
    FaultKind.FIRMWARE_OLD: N_("Old firmware"),
}
CAUSE: Final[Mapping[Cause, str]] = {
    Cause.SERVER: N_("The server or its line"),
    Cause.CLOCK: N_("Server clock"),
    Cause.POWER: N_("Power cut"),
    Cause.CARRIER: N_("Mobile network"),
    Cause.FIRMWARE: N_("Firmware just installed"),
    Cause.LINK: N_("Many lost at once"),
}
STAGE: Final[Mapping[IncidentStage, str]] = {
    IncidentStage.OPENED: "Sự cố mới",
    IncidentStage.ESCALATED: "Sự cố chưa ai nhận",
    IncidentStage.OVER: "Sự cố đã hết",
}


def fault_name(kind: FaultKind) -> str:
    """Return the label of a fault in the default language."""
    return in_default_language(FAULT[kind])


def cause_name(cause: Cause) -> str:
    """Return the label of a cause in the default language."""
    return in_default_language(CAUSE[cause])
