"""Labels of the device life cycle. The source language is Vietnamese."""

from collections.abc import Iterable

from cms.commands.service.quarantine import Astray
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence
from devices.lifecycle import CertificateState, LifecycleAction, LifecycleState
from devices.model import DeviceKind

KIND: dict[str, LabelText] = {
    DeviceKind.CLUSTER: __("Loudspeaker cluster"),
    DeviceKind.BOARD: __("Electronic boards"),
    DeviceKind.STATION: __("The station’s receiver"),
    DeviceKind.BRIDGE: __("Bridge"),
}
COLUMN: dict[str, LabelText] = {
    "serial": __("Serial"),
    "kind": __("Kind"),
    "area": __("Place"),
    "name": __("Name"),
    "code": __("Claim code"),
}
"""Names of the columns of a sheet on the page; the reader accepts each of them."""
STATE: dict[str, LabelText] = {
    LifecycleState.REGISTERED: __("Registered"),
    LifecycleState.CLAIMED: __("Claimed, not heard yet"),
    LifecycleState.IN_SERVICE: __("In use"),
    LifecycleState.QUARANTINED: __("In quarantine"),
    LifecycleState.REVOKED: __("Certificate revoked"),
    LifecycleState.RETIRED: __("No longer in use"),
}
STATE_TONE: dict[str, str] = {
    LifecycleState.CLAIMED: "wait",
    LifecycleState.IN_SERVICE: "good",
    LifecycleState.QUARANTINED: "bad",
    LifecycleState.REVOKED: "bad",
}
CERTIFICATE: dict[str, LabelText] = {
    CertificateState.ISSUED: __("Issued, not used yet"),
    CertificateState.IN_USE: __("In use"),
    CertificateState.SUPERSEDED: __("Superseded"),
    CertificateState.REVOKED: __("Withdrawn"),
}
ACTION: dict[str, LabelText] = {
    LifecycleAction.QUARANTINE: __("Quarantine"),
    LifecycleAction.RELEASE: __("Release from quarantine"),
    LifecycleAction.REVOKE: __("Revoke its certificate"),
    LifecycleAction.RETIRE: __("Retire"),
    LifecycleAction.UNCLAIM: __("Undo the claim, back to the register"),
}
WHAT_IT_DOES: dict[str, LabelText] = {
    LifecycleAction.QUARANTINE: __(
        "The device stays connected but sounds no bulletin, live address or drill until it is released. Emergency "
        "alerts still sound, unless there is an intruder or a leaked key; then whoever raises an alert sees it refuse."
    ),
    LifecycleAction.RELEASE: __("The device plays by its plan and takes alerts again."),
    LifecycleAction.REVOKE: __(
        "Its connection is ended at once, and its certificate is good no more. To be used again it has to be claimed "
        "at its pole with the code on its label."
    ),
    LifecycleAction.RETIRE: __("The device leaves the network for good; its as-run log is kept."),
    LifecycleAction.UNCLAIM: __("For a claim by mistake: the box goes back to the register, and stands nowhere."),
}
SEEN: dict[str, LabelText] = {
    Astray.SOUNDS: __("sound that nobody ordered"),
    Astray.TRESPASSES: __("it asked to hear or wrote what is not its own"),
    Astray.SHARED: __("two boxes share one certificate"),
    Astray.CODE_SPENT: __("another box asked for a certificate with the same code"),
}
EVENT: dict[str, LabelText] = {
    "device.registered": __("Entered in the register"),
    "device.relabelled": __("Make a new code"),
    "device.claimed": __("Claimed at the pole"),
    "device.unclaimed": __("Claim undone"),
    "device.enrolled": __("Added at the command line"),
    "device.certificate_issued": __("Certificate issued"),
    "device.first_connected": __("Connected for the first time"),
    "device.quarantined": __("Quarantine"),
    "device.released": __("Release from quarantine"),
    "device.revoked": __("Revoke its certificate"),
    "device.moved": __("Moved to another area"),
    "device.described": __("Name, position corrected"),
    "device.retired": __("Retire"),
    "device.claim_locked": __("Wrong code several times, locked for a while"),
    "device.enrolment_refused": __("Another box asked for a certificate with the same code"),
    "device.renewal_refused": __("Asked for too many certificates, refused"),
    "device.subscribe_denied": __("Asked to hear what is not its own"),
    "device.publish_denied": __("Wrote where only others may"),
    "device.identity_shared": __("Two boxes share one certificate"),
    "enrolment.subscribe_denied": __("A box without a certificate asked to hear another"),
    "enrolment.publish_denied": __("A box without a certificate wrote where only others may"),
    "device.security": __("The device tells of forged orders"),
    "device.fault": __("The device tells of a fault"),
    "broker.refused": __("Connections refused"),
}
REFUSED: dict[str, LabelText] = {
    "certificate verify failed": __("certificate foreign, expired or taken back"),
    "peer did not return a certificate": __("no certificate"),
    "too many to name": __("too many to name"),
    "tlsv1 alert unknown ca": __("the box trusts another server: have it delivered with this server's files"),
    "sslv3 alert certificate unknown": __(
        "the box does not take this server's certificate: see its clock and its files"
    ),
    "sslv3 alert bad certificate": __("the box does not take this server's certificate: see its clock and its files"),
    "sslv3 alert certificate expired": __("to the box this server's certificate is expired: its clock is wrong"),
    "wrong version number": __("no box of ours: it speaks without encryption"),
    "http request": __("no box of ours: a browser or a scanner"),
    "unsupported protocol": __("too old an encryption: the box needs newer firmware"),
    "no shared cipher": __("too old an encryption: the box needs newer firmware"),
    "unexpected eof while reading": __("it hung up in the middle: a poor link, or a scanner"),
}
PROBLEMS: dict[str, Sentence] = {
    "SERIAL_MALFORMED": __("Serial “%(serial)s” may have letters without marks, digits and hyphens only, at most 40."),
    "SERIAL_TWICE": __("Serial %(serial)s is in the file twice. Leave one line out."),
    "SERIAL_TAKEN": __("Serial %(serial)s is registered already. Leave this line out."),
    "SERIAL_SPOILT": __(
        "Excel has turned the serial into “%(serial)s” and lost its last digits. Make the column text, and type it "
        "again."
    ),
    "KIND_UNKNOWN": __("There is no kind of device “%(kind)s”. Write: cluster, board, station or bridge."),
    "AREA_NOT_FOUND": __("There is no area “%(area)s” among those you manage. Write its code or its name as it is."),
    "AREA_AMBIGUOUS": __("Several places are called “%(area)s”. Write the code: %(ids)s."),
    "CLAIM_CODE_MALFORMED": __("A claim code has 16 letters and digits, printed on the label, as 7Q4K-M2XW-9RTA-C3BD."),
    "CLAIM_WRONG": __(
        "Serial or code is wrong. Look at the label again; if it cannot be read, have whoever keeps the register make "
        "a new code."
    ),
    "CLAIM_LOCKED": __("Wrong code several times. Wait %(minutes)s minutes and try again."),
    "BOX_OF_ANOTHER_AREA": __(
        "This box is registered for %(area)s. Choose a place that belongs to it, or have whoever keeps the register "
        "put it right."
    ),
    "KIND_DIFFERS": __("A box has to be of the same kind as the one it replaces."),
    "BOX_IS_A_DEVICE": __("This box was another device before, and cannot replace this one."),
    "STILL_CONNECTED": __(
        "The old box is still connected. Switch it off at its pole, wait two minutes, and claim this one again."
    ),
    "POSITION_UNREADABLE": __("Write latitude and longitude, as 10.9412 and 108.2837, or leave both empty."),
    "SHEET_TOO_LARGE": __("The file is larger than %(max_mb)s MB."),
    "SHEET_TOO_LONG": __("Too many lines, at most %(max)s at a time. Split the file."),
    "SHEET_EMPTY": __("The file has no line below its heading."),
    "SHEET_WITHOUT_SERIALS": __("The file's first line must be a heading, with a column of serial numbers."),
    "SHEET_UNREADABLE": __("The file cannot be read. Save it again as .xlsx or CSV UTF-8."),
}


def refused(reason: str) -> LabelText | str:
    """Return why the broker refused a connection, and what to do."""
    return REFUSED.get(reason) or _("a reason that is in the broker's log")


def told(seen: Iterable[str]) -> str:
    """Return the server's observations of a device, in one line."""
    return ", ".join(str(SEEN.get(each, each)) for each in seen)
