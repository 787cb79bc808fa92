"""Durations as people write them: ``1d 6h 30m``, ``90s``, ``500ms``."""

import re
from typing import Final

UNITS_MS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[dhms])")


def to_ms(text: str) -> int:
    """Convert a duration to milliseconds.

    Raises:
        ValueError: it is no duration.
    """
    bare = text.strip()
    if bare == "0":
        return 0
    parts = _PART.findall(bare)
    if not parts or _PART.sub("", bare).strip():
        raise ValueError(f"{text!r} is no length of time: write it as 1d 6h 30m, 90s or 500ms")
    return round(sum(float(number) * UNITS_MS[unit] for number, unit in parts))
