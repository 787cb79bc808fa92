"""Words of the reports of alerts."""

from broadcast.alerts.miss_reasons import MissReason
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText

REASONS: dict[str, LabelText] = {
    MissReason.UNREACHABLE: __("Does not answer"),
    MissReason.REFUSED: __("Will not play"),
    MissReason.MUTE: __("Plays, not heard"),
    MissReason.CUT_SHORT: __("Cut short"),
    MissReason.NOT_SOUNDED: __("Received, not played"),
}
