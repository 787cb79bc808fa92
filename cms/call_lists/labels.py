"""Words of the call list of an alert."""

from broadcast.alerts.call_list import CallOutcome
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText

BUTTONS: dict[str, LabelText] = {
    CallOutcome.TAKEN: __("I am calling"),
    CallOutcome.TOLD: __("Told"),
    CallOutcome.NO_ANSWER: __("Nobody answered"),
    CallOutcome.RETRY: __("Try again later"),
}
STATE: dict[str, LabelText] = {
    CallOutcome.TAKEN: __("is calling"),
    CallOutcome.TOLD: __("told by telephone"),
    CallOutcome.NO_ANSWER: __("nobody answered the telephone"),
    CallOutcome.RETRY: __("to be called again"),
}
