"""Lengths of time as typed: seconds, or minutes and seconds."""

import re

from babel.numbers import get_decimal_symbol
from flask_babel import get_locale

_TYPED = re.compile(r"(?:(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?")


def written(length_ms: int) -> str:
    """Format in seconds, with the decimal mark of the reader's language."""
    seconds, part = divmod(length_ms, 1000)
    return f"{seconds}{_fraction(part)}"


def clock(length_ms: int) -> str:
    """Format in minutes and seconds, to the millisecond: reading it gives the same length."""
    minutes, rest_ms = divmod(length_ms, 60_000)
    seconds, part = divmod(rest_ms, 1000)
    return f"{minutes}:{seconds:02d}{_fraction(part)}"


def _fraction(part: int) -> str:
    return f"{get_decimal_symbol(get_locale())}{part:03d}".rstrip("0") if part else ""


def milliseconds(text: str) -> int | None:
    """Read a length; None if it is none."""
    found = _TYPED.fullmatch(text)
    if found is None:
        return None
    minutes, seconds, part = found.groups()
    return (int(minutes or 0) * 60 + int(seconds)) * 1000 + int((part or "0").ljust(3, "0"))
