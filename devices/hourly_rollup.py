"""Hourly roll-up of a device's telemetry: figures that people plot, and for how long states held."""

from collections.abc import Sequence
from itertools import zip_longest
from math import inf
from typing import Any, Final

import msgspec

from devices.protocol.messages import Telemetry
from devices.protocol.telemetry import UNITS

HOUR_MS: Final = 3_600_000
COVERS_MS: Final = 600_000
"""A reading holds until the next one, and for so long at most: its message expires after that, too."""

NUMBERS: Final = tuple(UNITS)
"""Figures kept as least, mean and most."""
FLAGS: Final = ("mains", "amp_on", "door", "disk_ro")
"""Flags, kept as the share of the time that they were so."""
SCALE: Final = 10
"""Figures of an hour are whole tenths: no sensor on a pole is more precise."""

_PLACE: Final = {name: place for place, name in enumerate(NUMBERS)}
_FIELDS: Final = Telemetry.__struct_fields__
_TS: Final = _FIELDS.index("ts")
_ST: Final = _FIELDS.index("st")
_NUMBER_AT: Final = tuple(_FIELDS.index(name) for name in NUMBERS)
_FLAG_AT: Final = tuple(_FIELDS.index(name) for name in FLAGS)


class HourlyRollup(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Roll-up of an hour: ``count`` records covered ``heard_ms``, with sound in ``playing_ms`` of it.

    ``numbers`` are (mean, mean less least, most less mean) in tenths, in the order of ``NUMBERS``; None: not measured.
    ``flags`` are (ms it was so, ms it was known), in the order of ``FLAGS``.
    """

    count: int
    heard_ms: int
    playing_ms: int
    numbers: tuple[tuple[int, int, int] | None, ...]
    flags: tuple[tuple[int, int], ...]

    def number(self, name: str) -> tuple[float, float, float] | None:
        """Least, mean and most of one of ``NUMBERS``; None: not measured."""
        place = _PLACE[name]
        found = self.numbers[place] if place < len(self.numbers) else None
        if found is None:
            return None
        mean, below, above = found
        return (mean - below) / SCALE, mean / SCALE, (mean + above) / SCALE


def hour_of(records: Sequence[Sequence[Any]], hour_ms: int) -> HourlyRollup:
    """Add up records of the hour that begins at ``hour_ms``, in order of time; values as in ``Telemetry``."""
    ends = [record[_TS] for record in records[1:]] + [hour_ms + HOUR_MS]
    spans = [min(end - record[_TS], COVERS_MS) for record, end in zip(records, ends, strict=True)]
    return HourlyRollup(
        count=len(records),
        heard_ms=sum(spans),
        playing_ms=sum(span for record, span in zip(records, spans, strict=True) if record[_ST] == "playing"),
        numbers=tuple(_spread(_column(records, place)) for place in _NUMBER_AT),
        flags=tuple(_share(_column(records, place), spans) for place in _FLAG_AT),
    )


def together(hours: Sequence[HourlyRollup]) -> HourlyRollup:
    """Combine several hours of a device, one at least, into one stretch: a mean is that of all their records."""
    counts = [hour.count for hour in hours]
    # Hours rolled up before a figure was known are shorter.
    columns = zip_longest(*(hour.numbers for hour in hours))
    flags = zip(*(hour.flags for hour in hours), strict=True)
    return HourlyRollup(
        count=sum(counts),
        heard_ms=sum(hour.heard_ms for hour in hours),
        playing_ms=sum(hour.playing_ms for hour in hours),
        numbers=tuple(_spread_of_all(column, counts) for column in columns),
        flags=tuple((sum(so for so, _ in found), sum(known for _, known in found)) for found in flags),
    )


def _spread_of_all(
    spreads: Sequence[tuple[int, int, int] | None], counts: Sequence[int]
) -> tuple[int, int, int] | None:
    """Combine spreads in one loop: a year of a device's hours has 184,000 of them."""
    found, weighed = 0, 0
    least, most = inf, -inf
    for spread, count in zip(spreads, counts, strict=True):
        if spread is not None:
            mean, below, above = spread
            found += count
            weighed += mean * count
            if mean - below < least:  # noqa: PLR1730 - a fifth faster than min and max
                least = mean - below
            if mean + above > most:  # noqa: PLR1730
                most = mean + above
    if not found:
        return None
    mean = round(weighed / found)
    return mean, mean - int(least), int(most) - mean


def _column(records: Sequence[Sequence[Any]], place: int) -> list[Any]:
    """Return the values at one place; None where a record of an older protocol is too short."""
    return [record[place] if place < len(record) else None for record in records]


def _spread(values: list[float | None]) -> tuple[int, int, int] | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    mean = round(sum(known) * SCALE / len(known))
    return mean, mean - round(min(known) * SCALE), round(max(known) * SCALE) - mean


def _share(values: list[bool | None], spans: list[int]) -> tuple[int, int]:
    found = [(value, span) for value, span in zip(values, spans, strict=True) if value is not None]
    return sum(span for value, span in found if value), sum(span for _, span in found)
