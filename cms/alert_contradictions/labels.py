"""Sentences on contradictions between alerts: what contradicts, and the ways out."""

from broadcast.alerts.contradictions import ContradictionKind
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText

SAYS: dict[str, LabelText] = {
    ContradictionKind.OPPOSED: __("One asks people to leave, the other to stay inside."),
    ContradictionKind.CALM: __("One says that the danger is over, the other warns."),
    ContradictionKind.LOWER: __("Two alerts of the same hazard at different levels."),
    ContradictionKind.GOES_ON: __("The update leaves out places in which the older alert goes on."),
    ContradictionKind.UNSAID: __("The update leaves out places in which the older alert ends without a word."),
    ContradictionKind.UNCHECKED: __("Between the rounds people hear words there that nobody compared with the alert."),
    ContradictionKind.STILL_SHOWN: __("Devices have not taken the end of this alert: they still show or repeat it."),
}
WAYS_OUT: dict[str, LabelText] = {
    ContradictionKind.OPPOSED: __(
        "Say in both what to do first, take the common places out of one, or end one of them."
    ),
    ContradictionKind.CALM: __("End the all-clear, or the warning, in these places."),
    ContradictionKind.LOWER: __("Update the other alert in place of a second one, or take these places out."),
    ContradictionKind.GOES_ON: __("Add these places to the update, or send an all-clear to them."),
    ContradictionKind.UNSAID: __("Send an all-clear to these places, or add them to the update."),
    ContradictionKind.UNCHECKED: __("Have the speaker say the same as the alert, or end this broadcast."),
    ContradictionKind.STILL_SHOWN: __("Call these places; the devices end it when they reconnect, or when it expires."),
}
