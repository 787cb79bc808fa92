"""Vietnamese syllables by their spelling: onset, glide, nucleus, coda and tone.

The parts are named by the letters of their usual spelling, so that c, k and q are one onset ``c``, and the nucleus of
"mía" and "miền" is ``iê``. Source: L. C. Thompson, A Vietnamese Reference Grammar, ch. 2; rimes in use from there.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class SyllableTone(StrEnum):
    """The six tones, by the names of their marks."""

    NGANG = "ngang"
    HUYEN = "huyền"
    SAC = "sắc"
    HOI = "hỏi"
    NGA = "ngã"
    NANG = "nặng"


@dataclass(frozen=True, slots=True)
class Syllable:
    """A syllable by its parts. ``coda``: a consonant, a semivowel i or u, or empty; ``has_glide``: w precedes."""

    onset: str
    has_glide: bool
    nucleus: str
    coda: str
    tone: SyllableTone

    @property
    def is_stopped(self) -> bool:
        """Return whether it ends in a stop: such syllables have two tones only."""
        return self.coda in STOPS


STOPS = ("c", "ch", "p", "t")
MARKS = {
    SyllableTone.NGANG: "",
    SyllableTone.HUYEN: "\u0300",
    SyllableTone.SAC: "\u0301",
    SyllableTone.HOI: "\u0309",
    SyllableTone.NGA: "\u0303",
    SyllableTone.NANG: "\u0323",
}
_TONES = {mark: tone for tone, mark in MARKS.items() if mark}
_ONSETS = {
    **{letters: letters for letters in ("b", "ch", "d", "đ", "h", "kh", "l", "m", "n", "nh", "p", "ph", "r", "s", "t")},
    **{letters: letters for letters in ("th", "tr", "v", "x", "g", "gi", "ng", "c")},
    "k": "c",
    "qu": "c",
    "gh": "g",
    "ngh": "ng",
    "": "",
}
ONSETS = tuple(sorted(set(_ONSETS.values())))
_BY_LENGTH = sorted(_ONSETS, key=len, reverse=True)
_PLAIN_RIMES = {
    "a": "a ac ach ai am an ang anh ao ap at",
    "ă": "ăc ăm ăn ăng ăp ăt au ay",
    "â": "âc âm ân âng âp ât âu ây",
    "e": "e ec em en eng eo ep et",
    "ê": "ê êch êm ên êng ênh êp êt êu",
    "i": "i ic ich im in ing inh ip it iu",
    "iê": "ia iêc iêm iên iêng iêp iêt iêu",
    "o": "o oc oi om on ong op ot ooc oong",
    "ô": "ô ôc ôi ôm ôn ông ôp ôt",
    "ơ": "ơ ơc ơi ơm ơn ơng ơp ơt",
    "u": "u uc ui um un ung up ut",
    "uô": "ua uôc uôi uôm uôn uông uôt",
    "ư": "ư ưc ưi ưm ưn ưng ưt ưu",
    "ươ": "ưa ươc ươi ươm ươn ương ươp ươt ươu",
}
_GLIDE_RIMES = {
    "a": "oa oac oach oai oam oan oang oanh oao oap oat",
    "ă": "oau oay oăc oăm oăn oăng oăp oăt",
    "â": "uâc uân uâng uât uây",
    "e": "oe oec oem oen oeng oeo oep oet",
    "ê": "uê uêch uên uênh uêt uêu",
    "i": "uy uych uyn uynh uyp uyt uyu",
    "iê": "uya uyên uyêt",
    "ơ": "uơ uơn uơt",
}
_CODAS = ("ch", "ng", "nh", "c", "m", "n", "p", "t")
_SEMIVOWELS = {"i": "i", "y": "i", "o": "u", "u": "u"}
_BEFORE_FRONT = {"c": "k", "g": "gh", "ng": "ngh"}
_VOWELS = "aăâeêioôơuưy"


@dataclass(frozen=True, slots=True)
class Rime:
    """A syllable without its onset and tone."""

    has_glide: bool
    nucleus: str
    coda: str


def _rime(spelling: str, nucleus: str, *, has_glide: bool) -> Rime:
    coda = next((each for each in _CODAS if spelling.endswith(each)), "")
    vowels = spelling[has_glide:].removesuffix(coda)
    is_open = vowels in (nucleus, "y", "ya", "yê", "oo") or vowels[1:] == "a"
    return Rime(has_glide, nucleus, coda if coda or is_open else _SEMIVOWELS[vowels[-1]])


RIMES = {
    spelling: _rime(spelling, nucleus, has_glide=has_glide)
    for rows, has_glide in ((_PLAIN_RIMES, False), (_GLIDE_RIMES, True))
    for nucleus, spellings in rows.items()
    for spelling in spellings.split()
}
"""Rimes by their spelling after most onsets."""
_RIMES_ALONE = {"y": RIMES["i"], **{f"y{each[1:]}": rime for each, rime in RIMES.items() if each.startswith("iê")}}
"""Spellings with y: that of "kỹ" after any onset, "yên" where there is none."""


def parse(word: str) -> Syllable | None:
    """Parse one syllable, in any case and any Unicode form; None where it is none of Vietnamese."""
    tones = [_TONES[sign] for sign in unicodedata.normalize("NFD", word) if sign in _TONES]
    letters = untoned(word.lower())
    if len(tones) > 1 or not letters:
        return None
    tone = tones[0] if tones else SyllableTone.NGANG
    spelled = next(each for each in _BY_LENGTH if letters.startswith(each))
    rime = _rime_after(spelled, letters[len(spelled) :])
    if rime is None:
        return None
    if rime.coda in STOPS and tone is SyllableTone.NGANG:
        # Loan words are written without the mark: "mit tinh", "Đăk Lăk".
        tone = SyllableTone.SAC
    if rime.coda in STOPS and tone not in (SyllableTone.SAC, SyllableTone.NANG):
        return None
    return Syllable(_ONSETS[spelled], rime.has_glide, rime.nucleus, rime.coda, tone)


def untoned(text: str) -> str:
    """Remove the marks of tones, and compose the letters."""
    signs = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(sign for sign in signs if sign not in _TONES))


def _rime_after(onset: str, rest: str) -> Rime | None:
    if rest.endswith("k"):
        rest = rest.removesuffix("k") + "c"
    if onset == "qu":
        return _rime_after_q(rest)
    if onset == "gi" and (not rest or rest[0] not in _VOWELS or rest[0] == "ê") and f"i{rest}" in RIMES:
        return RIMES[f"i{rest}"]
    return RIMES.get(rest) or _RIMES_ALONE.get(rest)


def _rime_after_q(rest: str) -> Rime | None:
    """Find the rime whose glide is the u of "qu": "quạ" is c and oa, but "quốc" c and uôc."""
    for spelling in (f"o{rest}", f"uy{rest[1:]}" if rest[:1] == "i" else f"u{rest}", rest):
        rime = RIMES.get(spelling)
        if rime is not None and rime.has_glide:
            return rime
    return RIMES.get(f"u{rest}") if rest[:1] == "ô" else None


def shapes() -> Iterator[str]:
    """Yield syllables that together hold each onset, and each rime in each of its tones: some 800."""
    for onset in ONSETS:
        yield written(onset, "a", SyllableTone.NGANG)
    for spelling, rime in RIMES.items():
        for tone in tones_of(rime):
            yield written("t", spelling, tone)


def tones_of(rime: Rime) -> Iterable[SyllableTone]:
    return (SyllableTone.SAC, SyllableTone.NANG) if rime.coda in STOPS else SyllableTone


def written(onset: str, rime: str, tone: SyllableTone) -> str:
    """Spell a syllable: the letters of its onset follow from the rime; the mark stands as in "hòa", "thủy"."""
    start, rest = _spelled_onset(onset, rime)
    return unicodedata.normalize("NFC", start + _marked(rest, tone))


def _spelled_onset(onset: str, rime: str) -> tuple[str, str]:
    is_front = rime[0] in "eêi"
    if onset == "c" and RIMES[rime].has_glide:
        return "qu", rime[1:]
    if onset == "" and rime.startswith("iê"):
        return "", f"y{rime[1:]}"
    if onset == "gi" and rime[0] == "i":
        return "g", rime
    return (_BEFORE_FRONT.get(onset, onset) if is_front else onset), rime


def _marked(rime: str, tone: SyllableTone) -> str:
    """Put the mark on the vowel that bears a sign of its own, else on the last before a final consonant, else first."""
    count = len(rime) - len(next((each for each in _CODAS if rime.endswith(each)), ""))
    signed = [at for at in range(count) if rime[at] in "ăâêôơư"]
    at = signed[-1] if signed else 0
    if not signed and (count < len(rime) or (count == len("oai") and rime[:2] in ("oa", "oe", "uy"))):
        at = count - 1 if count < len(rime) else 1
    return rime[: at + 1] + MARKS[tone] + rime[at + 1 :]
