"""Normalisation of text and language for any engine."""

from __future__ import annotations

import re
import unicodedata

_PHONEME_BRACKETS = re.compile(r"(\[(?=\[)|\](?=\]))")
_KEPT_CONTROLS = "\n"


def speakable(text: str) -> str:
    """Return ``text`` fit for an engine: composed letters, no control characters, no phoneme brackets.

    espeak-ng reads a letter and a loose tone mark as two things, obeys commands that start with U+0001 and takes
    ``[[…]]`` for phonemes; neural voices have their text read by it too.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    kept = "".join(c for c in composed if c in _KEPT_CONTROLS or not unicodedata.category(c).startswith("C"))
    return _PHONEME_BRACKETS.sub(r"\1 ", kept)


def primary(language: str) -> str:
    """Return the primary subtag of a BCP 47 tag: voices of that language may speak it."""
    return language.split("-", maxsplit=1)[0].lower()
