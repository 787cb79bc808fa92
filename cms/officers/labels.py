"""Labels of officers' keys."""

from typing import Final

from cms.officers.model import OfficerKeyStatus
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence
from devices.protocol.authorisation import SignaturePolicy

PROBLEMS: dict[str, Sentence] = {
    "PASSKEY_KIND": __("This kind of passkey cannot sign alerts. Make one on a telephone, or on a key you plug in."),
}
STATES: Final[dict[str, LabelText]] = {
    "confirmed": __("confirmed or revoked already"),
    "revoked": __("revoked already"),
}
STATUS: Final[dict[str, LabelText]] = {
    OfficerKeyStatus.ASKED: __("Waits for two others"),
    OfficerKeyStatus.CONFIRMED: __("Confirmed; waits for the operator"),
    OfficerKeyStatus.IN_FORCE: __("In force"),
    OfficerKeyStatus.REVOKING: __("Revoked; in force until the operator has published it"),
    OfficerKeyStatus.REVOKED: __("Revoked"),
}
STATUS_TONE: Final[dict[str, str]] = {
    OfficerKeyStatus.ASKED: "wait",
    OfficerKeyStatus.CONFIRMED: "wait",
    OfficerKeyStatus.IN_FORCE: "good",
    OfficerKeyStatus.REVOKING: "bad",
}
POLICY: Final[dict[str, LabelText]] = {
    SignaturePolicy.OFF: __("No alert needs its people’s own signatures."),
    SignaturePolicy.BOTH_HAVE_KEYS: __("Alerts of two people who both have a key need the signatures of both."),
    SignaturePolicy.REQUIRED: __("Every alert needs the signatures of two people; an all-clear that of one."),
}
