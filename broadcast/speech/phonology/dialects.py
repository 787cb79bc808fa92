"""Regional readings: sounds that Hanoi or Saigon do not tell apart."""

from dataclasses import replace
from enum import StrEnum

from broadcast.speech.phonology.syllables import Syllable, SyllableTone


class Dialect(StrEnum):
    """ANNOUNCER keeps apart all that the spelling does, as announcers of the national station are taught to."""

    ANNOUNCER = "announcer"
    NORTHERN = "northern"
    SOUTHERN = "southern"


_NORTHERN_ONSETS = {"tr": "ch", "s": "x", "r": "d", "gi": "d"}
_SOUTHERN_ONSETS = {"d": "y", "gi": "y"}
_SOUTHERN_CODAS = {"nh": "n", "ch": "t"}
"""After i and ê; "anh", "ach" keep theirs in careful speech."""


def as_read(syllable: Syllable, dialect: Dialect) -> Syllable:
    """Return the syllable as the region says it; onset ``y`` is the southern d of "da"."""
    if dialect is Dialect.NORTHERN:
        return replace(syllable, onset=_NORTHERN_ONSETS.get(syllable.onset, syllable.onset))
    if dialect is Dialect.SOUTHERN:
        is_high = syllable.nucleus in ("i", "ê")
        return replace(
            syllable,
            onset=_SOUTHERN_ONSETS.get(syllable.onset, syllable.onset),
            coda=_SOUTHERN_CODAS.get(syllable.coda, syllable.coda) if is_high else syllable.coda,
            tone=SyllableTone.HOI if syllable.tone is SyllableTone.NGA else syllable.tone,
        )
    return syllable
