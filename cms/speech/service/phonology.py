"""Rules of Vietnamese as the speech engines take them."""

from __future__ import annotations

from broadcast.speech.phonology.breath_groups import BreathGroup, UnreadableError, breath_groups
from broadcast.speech.phonology.dialects import Dialect
from broadcast.speech.phonology.syllables import shapes
from media.errors import ToolError
from media.ports import Phonology

_NAME = "phonology"


def _read(text: str, dialect: str) -> tuple[BreathGroup, ...]:
    try:
        return breath_groups(text, Dialect(dialect))
    except UnreadableError as error:
        raise ToolError(_NAME, f"no reading of: {' '.join(error.words[:20])}") from error


PHONOLOGY = Phonology(_read, shapes)
