"""Sentences about what a citizen typed, and labels of what is in the log."""

from collections.abc import Mapping
from typing import Final

from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence

PROBLEMS: dict[str, Sentence] = {
    "TOO_MANY_SUBSCRIPTIONS": __(
        "The list of subscribers is full. Use the calendar or the feed of the commune, and tell the commune."
    ),
}
EVENT: Final[Mapping[str, LabelText]] = {
    "citizen_subscription.erased": __("Address of a citizen erased"),
}
