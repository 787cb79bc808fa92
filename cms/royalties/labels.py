"""Words of royalties."""

from collections.abc import Mapping
from typing import Final

from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText, Sentence

PROBLEMS: Final[dict[str, Sentence]] = {
    "RATE_LINE": _(
        "Line %(line)s cannot be read: “%(text)s”. Write kind; grade; coefficient or amount, for example “Tin; A; 2,5” "
        "or “Tin; B; 450.000”."
    ),
    "RATE_TWICE": _("Line %(line)s repeats a kind and grade: “%(text)s”. Keep one of them."),
    "UNIT_VALUE": _("Enter the value of one unit of coefficient in VND, at most %(max)s."),
    "RATE_UNKNOWN": _("Choose a grade of the table."),
}
FIELDS: Final[dict[str, LabelText]] = {
    "source": _("Decision it follows"),
    "unit_vnd": _("Value of one unit of coefficient (VND)"),
    "rates": _("Rates"),
    "author": _("Byline"),
    "rate": _("Grade"),
}
EVENT: Final[Mapping[str, LabelText]] = {
    "royalty.recorded": _("Royalty recorded"),
    "royalty_table.changed": _("Table of royalties changed"),
}
