"""Every syllable that Vietnamese spelling allows."""

from __future__ import annotations

from collections.abc import Iterator

from broadcast.speech.phonology.syllables import ONSETS, RIMES, tones_of, written


def inventory() -> Iterator[str]:
    """Yield every syllable that the spelling allows: each onset, rime and tone; two in three are in no word."""
    for onset in ONSETS:
        for spelling, rime in RIMES.items():
            # "gia" is read as gi and a, "giu" as gi and u, "giên" as gi and iên.
            if onset == "gi" and (spelling in ("ia", "iu") or spelling[0] == "ê"):
                continue
            for tone in tones_of(rime):
                yield written(onset, spelling, tone)
