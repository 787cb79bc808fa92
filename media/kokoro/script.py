"""Script of a text for Kokoro: its symbols, each with its part in a syllable, and the tones of the syllables."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from media.ports import SpokenPhrase, SpokenSyllable

SYMBOLS = {
    ",": 3, ".": 4, "?": 6, " ": 16, "ʨ": 21, "ꭧ": 23, "a": 43, "b": 44, "d": 46, "e": 47, "f": 48, "h": 50,
    "i": 51, "j": 52, "k": 53, "l": 54, "m": 55, "n": 56, "o": 57, "p": 58, "s": 61, "t": 62, "u": 63, "v": 64,
    "w": 65, "x": 66, "z": 68, "ɔ": 76, "ə": 83, "ɛ": 86, "ɡ": 92, "ɨ": 101, "ɯ": 110, "ŋ": 112, "ɲ": 114, "ɻ": 126,
    "ʂ": 130, "ʊ": 135, "ʌ": 138, "ɣ": 139, "ɤ": 140, "ʰ": 162, "↓": 169, "→": 171, "↗": 172, "↘": 173,
}  # fmt: skip
"""Numbers of the symbols in use or tried by the tuner, of the model's 114."""


class Part(StrEnum):
    """Part of a syllable, or what lies between two."""

    ONSET = "onset"
    GLIDE = "glide"
    VOWEL = "vowel"
    SHORT_VOWEL = "short vowel"
    TONE = "tone"
    OFFGLIDE = "offglide"
    CODA = "coda"
    STOP = "stop"
    SPACE = "space"
    MARK = "mark"


RIME = frozenset({Part.GLIDE, Part.VOWEL, Part.SHORT_VOWEL, Part.TONE, Part.OFFGLIDE, Part.CODA})
"""Parts that carry the tone."""
BETWEEN = -1
"""Syllable of a sound that lies between two."""


@dataclass(frozen=True, slots=True)
class ScriptSymbol:
    """One symbol, and the syllable it belongs to by its place in ``Script.tones``."""

    symbol: str
    part: Part
    syllable: int


@dataclass(frozen=True, slots=True)
class Script:
    """A stretch that is spoken at once. ``tones``: by the names of the marks; ``stopped``: they end in a stop."""

    symbols: tuple[ScriptSymbol, ...]
    tones: tuple[str, ...]
    stopped: tuple[bool, ...]

    def encoded(self) -> str:
        """Return it as JSON, for the engine's process."""
        sounds = [[sound.symbol, sound.part.value, sound.syllable] for sound in self.symbols]
        return json.dumps([sounds, self.tones, self.stopped])

    @staticmethod
    def read(encoded: str) -> "Script":
        """Read what :meth:`encoded` wrote."""
        sounds, tones, stopped = json.loads(encoded)
        made = (ScriptSymbol(symbol, Part(part), syllable) for symbol, part, syllable in sounds)
        return Script(tuple(made), tuple(tones), tuple(stopped))


ONSETS = {
    "": "", "b": "b", "c": "k", "ch": "ʨ", "d": "z", "đ": "d", "g": "ɡ", "gi": "z", "h": "h", "kh": "x", "l": "l",
    "m": "m", "n": "n", "ng": "ŋ", "nh": "ɲ", "p": "p", "ph": "f", "r": "ɻ", "s": "ʂ", "t": "t", "th": "tʰ",
    "tr": "ꭧ", "v": "v", "x": "s", "y": "j",
}  # fmt: skip
NUCLEI = {
    "a": "a", "ă": "a", "â": "ə", "e": "ɛ", "ê": "e", "i": "i", "iê": "iə", "o": "ɔ", "ô": "o", "ơ": "ə", "u": "u",
    "uô": "uə", "ư": "ɯ", "ươ": "ɯə",
}  # fmt: skip
RIME_NUCLEI: dict[str, str] = {}
"""Vowels that are said another way before some codas, by nucleus and coda: none yet."""
CODAS = {"": "", "c": "k", "ch": "k", "m": "m", "n": "n", "ng": "ŋ", "nh": "ɲ", "p": "p", "t": "t", "i": "i", "u": "u"}
ARROWS = {"ngang": "→", "huyền": "↘", "sắc": "↗", "hỏi": "↓", "ngã": "↗", "nặng": "↘"}
"""The arrow of Mandarin nearest to the tone; the pitch itself is set by ``prosody``."""
_SHORT = frozenset("ăâ")
_OFFGLIDES = frozenset("iu")
_STOPS = frozenset({"c", "ch", "p", "t"})
_ENDS = {"group": "", "clause": ",", "statement": ".", "question": "?"}
FOOT = 2
"""Syllables between two spaces: most words have two."""
LONGEST = 160
"""Sounds of a script: the model takes 510, but 100 MB more of memory for each second."""
ENOUGH = 50
"""A script of so many ends at the next mark: shorter ones are said less evenly."""


def scripts(phrases: Sequence[SpokenPhrase]) -> Iterator[Script]:
    """Yield scripts that together say all phrases; one ends at a mark, or where it would become too long."""
    waiting: list[SpokenPhrase] = []
    count = 0
    for phrase in phrases:
        length = sum(map(_length, phrase.syllables))
        is_at_mark = bool(waiting) and waiting[-1].end != "group"
        if waiting and (count + length > LONGEST or (count >= ENOUGH and is_at_mark)):
            yield _script(waiting)
            waiting, count = [], 0
        waiting.append(phrase)
        count += length
    if waiting:
        yield _script(waiting)


def _script(phrases: Sequence[SpokenPhrase]) -> Script:
    sounds: list[ScriptSymbol] = []
    tones: list[str] = []
    stopped: list[bool] = []
    for phrase in phrases:
        for place, syllable in enumerate(phrase.syllables):
            if place % FOOT == 0 and sounds and sounds[-1].part is not Part.SPACE:
                sounds.append(ScriptSymbol(" ", Part.SPACE, BETWEEN))
            sounds += _sounds(syllable, len(tones))
            tones.append(syllable.tone)
            stopped.append(syllable.coda in _STOPS)
        sounds += (ScriptSymbol(mark, Part.MARK, BETWEEN) for mark in _ENDS[phrase.end])
    return Script(tuple(sounds), tuple(tones), tuple(stopped))


def _sounds(syllable: SpokenSyllable, number: int) -> Iterator[ScriptSymbol]:
    """Yield the sounds of a syllable; the arrow stands before a final consonant, which the next onset may take on."""
    for symbol in ONSETS[syllable.onset]:
        yield ScriptSymbol(symbol, Part.ONSET, number)
    if syllable.has_glide:
        yield ScriptSymbol("w", Part.GLIDE, number)
    vowel = Part.SHORT_VOWEL if syllable.nucleus in _SHORT else Part.VOWEL
    for symbol in RIME_NUCLEI.get(f"{syllable.nucleus}{syllable.coda}", NUCLEI[syllable.nucleus]):
        yield ScriptSymbol(symbol, vowel, number)
    if syllable.nucleus == "a" and syllable.coda in ("nh", "ch"):
        yield ScriptSymbol("i", Part.OFFGLIDE, number)
    arrow = ScriptSymbol(ARROWS[syllable.tone], Part.TONE, number)
    coda = CODAS[syllable.coda]
    if syllable.coda in _OFFGLIDES:
        yield ScriptSymbol(coda, Part.OFFGLIDE, number)
        yield arrow
        return
    yield arrow
    for symbol in coda:
        yield ScriptSymbol(symbol, Part.STOP if syllable.coda in _STOPS else Part.CODA, number)


def _length(syllable: SpokenSyllable) -> int:
    return sum(1 for _ in _sounds(syllable, 0)) + 1
