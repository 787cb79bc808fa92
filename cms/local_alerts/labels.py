"""Words for local alerts, the states of boxes, and what may be wrong with a form."""

from collections.abc import Mapping
from typing import Final

from broadcast.alerts.local_alerts import LocalAlertStatus, LocalIssueState
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence

STATUS: Final[dict[str, LabelText]] = {
    LocalAlertStatus.PROPOSED: __("Waits for a second person"),
    LocalAlertStatus.APPROVED: __("Approved"),
    LocalAlertStatus.WITHDRAWN: __("Withdrawn"),
}
STATUS_TONE: Final[dict[str, str]] = {LocalAlertStatus.PROPOSED: "wait", LocalAlertStatus.APPROVED: "good"}
BOX: Final[dict[str, LabelText]] = {
    LocalIssueState.NONE: __("nothing can be raised here"),
    LocalIssueState.WAITING: __("has not received its orders yet"),
    LocalIssueState.OUTDATED: __("has older orders"),
    LocalIssueState.VALID: __("ready"),
    LocalIssueState.EXPIRED: __("orders expired"),
}
BOX_TONE: Final[dict[str, str]] = {
    LocalIssueState.WAITING: "wait",
    LocalIssueState.OUTDATED: "wait",
    LocalIssueState.VALID: "good",
    LocalIssueState.EXPIRED: "bad",
}
EVENT: Final[dict[str, LabelText]] = {
    "local_alert.proposed": __("Alert at the loudspeaker proposed"),
    "local_alert.approved": __("Alert at the loudspeaker approved"),
    "local_alert.withdrawn": __("Alert at the loudspeaker withdrawn"),
    "local_alert.sounded": __("Speech of an alert at the loudspeaker made"),
    "local_alert.sound_failed": __("Speech of an alert at the loudspeaker failed"),
    "key_holder.issued": __("Key and PIN given to a person"),
    "key_holder.pin_changed": __("PIN of a key holder changed"),
    "key_holder.withdrawn": __("PIN of a key holder withdrawn"),
    "device.unknown_key_press": __("A loudspeaker told of an alert that nobody has agreed on"),
}
PROBLEMS: Mapping[str, Sentence] = {}
FIELDS: Final[dict[str, LabelText]] = {
    "area_id": __("Place"),
    "hazard": __("Kind of hazard"),
    "level": __("Level"),
    "headline": __("Headline, said first"),
    "text": __("What boards show"),
    "minutes": __("Minutes until it ends"),
    "person_name": __("Name of the key holder"),
    "phone": __("Telephone"),
    "devices": __("Loudspeakers of this place"),
}
