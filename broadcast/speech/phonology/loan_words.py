"""Words that are not Vietnamese, read as Vietnamese syllables: by a list, else by their letters."""

import re
import unicodedata
from collections.abc import Iterator

from broadcast.speech.normalization.numbers import letters
from broadcast.speech.phonology.syllables import Syllable, parse, untoned

LISTED = {
    "android": "an roi", "bank": "banh", "camera": "ca mê ra", "carbon": "các bon", "code": "cốt", "covid": "cô vít",
    "data": "đa ta", "dengue": "đăng ghi", "diesel": "đi ê den", "email": "i meo", "euro": "ơ rô",
    "facebook": "phây búc", "fanpage": "phan pây", "gas": "ga", "gmail": "gờ meo", "google": "gu gồ", "gram": "gam",
    "internet": "in tơ nét", "iphone": "ai phôn", "karaoke": "ca ra ô kê", "kg": "ki lô gam", "km": "ki lô mét",
    "link": "linh", "livestream": "lai trim", "mail": "meo", "marketing": "ma két ting", "mini": "mi ni",
    "mobile": "mô bai", "online": "on lai", "paracetamol": "pa ra xê ta môn", "pro": "rô", "rubella": "ru bê la",
    "sim": "xim", "sms": "ét em ét", "taxi": "tắc xi", "test": "tét", "tiktok": "tích tóc", "video": "vi đê ô",
    "vitamin": "vi ta min", "web": "oép", "website": "oép xai", "wifi": "oai phai", "youtube": "diu túp",
    "zalo": "da lô", "zoom": "dum",
}  # fmt: skip
_AS_SAID = {"ck": "c", "sh": "s", "ph": "ph", "f": "ph", "j": "gi", "w": "v", "z": "d", "d": "đ"}
"""Letters of other languages by those that a Vietnamese reader says; z before d, which is then no longer foreign."""
_FOREIGN = re.compile("|".join((*_AS_SAID, "c(?=[eêiy])")))
_DOUBLED = re.compile(r"([bcdfglmnprstvz])\1")
_NAMED = {"q": "cờ", "ă": "á", "â": "ớ"}
"""Letters that are no syllable with ờ after them, nor alone."""
_VOWELS = frozenset("aăâeêioôơuưy")
_ALPHABET = frozenset("bcdđfghjklmnpqrstvwxz") | _VOWELS
_SPELT_MAX = 6
"""Consonants alone are spelt up to this length: a longer row of them is no word that anybody says."""
_SYLLABLE_MAX = len("nghiêng")


def respelled(word: str) -> tuple[Syllable, ...] | None:
    """Return the syllables that a word is read as; None where it has a letter that no Vietnamese reader knows."""
    syllable = parse(word)
    if syllable is not None:
        return (syllable,)
    lower = unicodedata.normalize("NFC", word).lower()
    if lower in LISTED:
        return _parsed(LISTED[lower])
    plain = untoned(lower)
    if not plain or not _ALPHABET.issuperset(plain):
        return None
    if _VOWELS.isdisjoint(plain):
        return _parsed(letters(plain)) if len(plain) <= _SPELT_MAX else None
    return tuple(_by_letters(_FOREIGN.sub(lambda match: _AS_SAID.get(match[0], "x"), _DOUBLED.sub(r"\1", lower))))


def _parsed(words: str) -> tuple[Syllable, ...]:
    """Parse syllables of our own lists, all of which are Vietnamese (tested)."""
    return tuple(syllable for each in words.split() if (syllable := parse(each)) is not None)


def _by_letters(word: str) -> Iterator[Syllable]:
    """Cut from the left: the longest syllable before a consonant, else the longest; a consonant left over is named."""
    at = 0
    while at < len(word):
        ends = range(min(len(word), at + _SYLLABLE_MAX), at, -1)
        found = [(end, syllable) for end in ends if (syllable := parse(word[at:end])) is not None]
        whole = [each for each in found if each[0] == len(word) or untoned(word[each[0]]) not in _VOWELS]
        if found:
            at, syllable = (whole or found)[0]
            yield syllable
        else:
            letter = untoned(word[at])
            at += 1
            yield from _parsed(_NAMED.get(letter, f"{letter}ờ"))
