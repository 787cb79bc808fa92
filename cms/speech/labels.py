"""Sentences about previews of spoken text that are not made."""

from typing import Final

from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Sentence

PROBLEMS: Final[dict[str, Sentence]] = {
    "NOTHING_TO_SAY": __("There is nothing to say yet. Write the text first."),
    "PREVIEWS_WAIT": __("%(max)s sentences are being made for you already. Wait until they are heard."),
    "PREVIEWS_FULL": __("You have heard %(max)s sentences within the hour. Save the bulletin to hear all of it."),
}
