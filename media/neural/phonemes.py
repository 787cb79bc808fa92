"""Phonemes of a text as espeak-ng makes them, whole or not at all."""

import re
from collections.abc import Iterator, Sequence
from unicodedata import name, normalize

from media import engine
from media.errors import ToolError
from media.neural.layouts import Notation

ESPEAK = "espeak-ng"
_PACE = ("-s", "400")
"""espeak-ng makes the sound even where only phonemes are printed: a third of it, 40 % of the time, same phonemes."""
_PARTS = {
    Notation.PHONEMES: re.compile(r"([^,.!?;:…\n]*)([,.!?;:…\n]|$)"),
    Notation.KOKORO: re.compile(r"([^\s,.!?;:…]*)([\s,.!?;:…]|$)"),
}
"""Kokoro-Vietnamese was trained with words one by one."""
_ENDS = frozenset(".!?…\n")
_FLAG = re.compile(r"\([a-z-]+\)")
"""espeak-ng's note of a change of language."""
_TONE = re.compile("[1-7ɜ]")
_KOKORO = str.maketrans(
    {"2": "↘", "ɜ": "↗", "3": "↗", "4": "↓", "5": "ʔ↗", "6": "ʔ↓", "ɗ": "d", "ʐ": "ʒ"}
    | dict.fromkeys("17-\u032a\u0329", "")
)
_KOKORO_ONSETS = (("th", "t", "θ"), ("tr", "ʧ", "ʈʂ"), ("s", "s", "ʂ"), ("gi", "z", "ʝ"), ("r", "z", "ɹ"))
"""Onsets that espeak-ng says alike, by their spelling, kept apart as vig2p 0.1.2 does."""


def sentence_lines(text: str, notation: Notation, espeak: str, marks: frozenset[str]) -> list[str]:
    """Return phonemes, a sentence a line, with those marks of clauses that the voice has.

    Raises:
        ToolError: espeak-ng failed, or would leave out a syllable.
    """
    parts = _PARTS[notation].findall(text)
    words = list(dict.fromkeys(part for part, _ in parts if _is_word(part)))
    said = dict(zip(words, spelled(words, notation, espeak), strict=True))
    if lost := [word for word in words if not said[word]]:
        raise ToolError(ESPEAK, f"not all of it has phonemes: {' '.join(lost)[:80]}")
    lines = [""]
    for part, mark in parts:
        if part in said:
            lines[-1] += f" {said[part]}" if lines[-1] else said[part]
        if lines[-1] and mark in marks and not mark.isspace():
            lines[-1] += mark
        if mark in _ENDS and lines[-1]:
            lines.append("")
    return [line for line in lines if line]


def spelled(parts: Sequence[str], notation: Notation, espeak: str) -> list[str]:
    """Return the phonemes of each part (a clause, for Kokoro a word), none where it is not whole. Raises ToolError."""
    text = "\n\n".join(f"{part.strip()}." for part in parts)
    printed = engine.run(ESPEAK, ESPEAK, "-v", espeak, *_PACE, "-q", "--ipa", "--stdin", text=text)
    lines = [" ".join(_FLAG.sub("", line).split()) for line in normalize("NFD", printed).splitlines() if line.strip()]
    if len(lines) != len(parts):
        raise ToolError(ESPEAK, f"{len(parts)} parts have {len(lines)} lines of phonemes")
    whole = (not espeak.startswith("vi") or not _is_short(*each) for each in zip(parts, lines, strict=True))
    said = map(_for_kokoro, parts, lines) if notation is Notation.KOKORO else lines
    return [line if is_whole else "" for line, is_whole in zip(said, whole, strict=True)]


def foreign_letters(text: str) -> Iterator[str]:
    """Yield letters that espeak-ng would name ("Chinese letter") instead of reading them."""
    return (sign for sign in text if sign.isalpha() and not name(sign, "").startswith("LATIN"))


def _is_word(part: str) -> bool:
    return any(map(str.isalnum, part))


def _is_short(part: str, phonemes: str) -> bool:
    """Return whether there are fewer tones than words: espeak-ng says "gin" without a vowel."""
    return len(_TONE.findall(phonemes)) < sum(map(_is_word, part.split()))


def _for_kokoro(word: str, phonemes: str) -> str:
    said = phonemes.replace("tʃ", "ʧ").replace("e-", "æ").translate(_KOKORO)
    letters = normalize("NFD", re.sub(r"\W", "", word.lower()))
    for onset, plain, kept in _KOKORO_ONSETS:
        if letters.startswith(onset):
            return said.replace(plain, kept, 1)
    return said
