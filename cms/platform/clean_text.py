"""Text: cleaned of what XML 1.0, iCalendar and databases cannot hold, by inputs and writers; and folded for search."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from unicodedata import category, normalize

_LINE_ENDS: Final = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""Unicode's other ends of a line; a soft break pasted from a word processor is a vertical tab."""
_KEPT: Final = "\t\n"
_BIDI: Final = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Embeddings, overrides and isolates: they make a title display differently from how it is stored."""
_NONCHARACTERS: Final = (
    *range(0xFDD0, 0xFDF0),
    *(plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF)),
)
_CONTROLS: Final = (*range(0x20), *range(0x7F, 0xA0))
_TABLE: Final[Mapping[int, str | None]] = {
    **dict.fromkeys((*_CONTROLS, *_BIDI, *_NONCHARACTERS)),
    **dict.fromkeys(map(ord, _LINE_ENDS), "\n"),
    **{ord(sign): sign for sign in _KEPT},
}
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")


def clean(text: str) -> str:
    """Make every line end a newline and drop controls, noncharacters and bidi overrides.

    Lone surrogates stay: JSON readers refuse them by name. Cleaning twice changes nothing more.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE)


def clean_all(value: object) -> object:
    """Clean a text, or each text of a sequence; any other value is returned unchanged."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return [clean(each) if isinstance(each, str) else each for each in value]
    return value


def folded(words: str) -> str:
    """Fold to lower case without diacritics, đ as d: "Phường Mũi Né" and "phuong mui ne" are the same."""
    plain = "".join(sign for sign in normalize("NFD", words.casefold()) if category(sign) != "Mn")
    return plain.replace("đ", "d")


def hyphenated(words: str) -> str:
    """Return the words folded and joined by hyphens, for names of files and parts of addresses."""
    return _NO_WORD.sub("-", folded(words)).strip("-")
