"""The values of single elements: times, words, numbers, lists. An unreadable one is a finding and None."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from broadcast.alerts.cap.findings import FindingCode, Findings
from broadcast.alerts.cap.message import Reference

_Word = TypeVar("_Word", bound=StrEnum)

# CAP 1.2, 3.3.2: seconds and a numeric offset, always; "Z" MUST NOT be used.
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}")
_ENDS_DAY: Final = "T24:00:00"
"""The end of a day, which XML Schema takes for the first instant of the next one."""
_YEARS: Final = range(1970, 3000)
_FURTHEST_OFFSET: Final = timedelta(hours=14)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_DECIMAL: Final = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
# CAP 1.2, 3.2.1: "MUST NOT include spaces, commas or restricted characters (< and &)".
_NOT_IN_NAMES: Final = re.compile(r"[\s,<&]")
_PHRASE: Final = re.compile(r'"([^"]*)"|(\S+)')
_TRIPLE: Final = 3
LONGEST_LIST: Final = 100_000
"""Characters in a list of references, addresses or incidents: a thousand references."""
_LONGEST_TAG: Final = 100


def instant(text: str) -> datetime | None:
    """Return the aware instant, or None. White space around it is no part of it (XML Schema collapses it)."""
    text = text.strip(" \t\r\n")
    if not _TIME.fullmatch(text):
        return None
    is_midnight = _ENDS_DAY in text
    try:
        at = datetime.fromisoformat(text.replace(_ENDS_DAY, "T00:00:00", 1))
        at += timedelta(days=is_midnight)
    except (ValueError, OverflowError):
        return None
    offset = at.utcoffset()
    if offset is None or abs(offset) > _FURTHEST_OFFSET or at.year not in _YEARS:
        return None
    return at


def time_of(text: str | None, path: str, found: Findings) -> datetime | None:
    if text is None:
        return None
    at = instant(text)
    if at is None:
        found.add(FindingCode.BAD_TIME, path, text)
    return at


def word(kind: type[_Word], text: str | None, path: str, found: Findings) -> _Word | None:
    """Return the word of the list, spelt exactly so: the schema does not collapse white space here."""
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError:
        found.add(FindingCode.BAD_VALUE, path, text)
        return None


def name(text: str | None, path: str, found: Findings) -> str | None:
    """Return an identifier or a sender."""
    if text is None:
        return None
    if not text.strip():
        found.add(FindingCode.EMPTY, path)
        return None
    if _NOT_IN_NAMES.search(text):
        found.add(FindingCode.BAD_IDENTIFIER, path, text)
        return None
    return text


def required(text: str | None, path: str, found: Findings) -> str | None:
    """Return a text that must not be empty."""
    if text is None:
        return None
    if not text.strip():
        found.add(FindingCode.EMPTY, path)
        return None
    return text.strip()


def language(text: str | None, path: str, found: Findings) -> str:
    """Return the tag; a missing or empty element means the default, en-US (the schema's)."""
    if not text:
        return "en-US"
    tag = text.strip()
    if len(tag) > _LONGEST_TAG or not _LANGUAGE.fullmatch(tag):
        found.add(FindingCode.BAD_LANGUAGE, path, tag)
    return tag


def decimal(text: str | None, path: str, found: Findings) -> float | None:
    if text is None:
        return None
    if not _DECIMAL.fullmatch(text.strip()):
        found.add(FindingCode.BAD_NUMBER, path, text)
        return None
    return float(text)


def integer(text: str | None, path: str, found: Findings) -> int | None:
    if text is None:
        return None
    if not _INTEGER.fullmatch(text.strip()):
        found.add(FindingCode.BAD_NUMBER, path, text)
        return None
    return int(text)


def phrases(text: str, path: str, found: Findings) -> tuple[str, ...]:
    """Words, or phrases in double quotes, apart by white space."""
    if len(text) > LONGEST_LIST:
        found.add(FindingCode.LIST_TOO_LONG, path, f"{len(text)} characters")
        return ()
    return tuple(part for quoted, bare in _PHRASE.findall(text) if (part := (quoted or bare).strip()))


def references(text: str, path: str, found: Findings) -> tuple[Reference, ...]:
    """Read ``sender,identifier,sent`` triples parted by white space."""
    if len(text) > LONGEST_LIST:
        found.add(FindingCode.LIST_TOO_LONG, path, f"{len(text)} characters")
        return ()
    return tuple(_references(text, path, found))


def _references(text: str, path: str, found: Findings) -> Iterator[Reference]:
    for part in text.split():
        pieces = part.split(",")
        sent = instant(pieces[-1])
        if (
            len(pieces) == _TRIPLE
            and all(pieces)
            and sent is not None
            and not _NOT_IN_NAMES.search(part.replace(",", ""))
        ):
            yield Reference(pieces[0], pieces[1], sent)
        else:
            found.add(FindingCode.BAD_REFERENCES, path, part)
