"""Labels of listening tests."""

from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText

CLEARER: dict[str, LabelText] = {
    "first": _("The first"),
    "second": _("The second"),
    "same": _("Both alike"),
}
PROBLEMS: dict[str, LabelText] = {"SAME_VOICE": _("Choose two different voices.")}
