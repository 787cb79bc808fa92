"""Pre-check for overlaps: transmissions that can meet at all by their times of day, before dates are expanded."""

from collections.abc import Iterable, Sequence

from broadcast.bulletins.transmissions import Transmission
from province.wall_clock import DEFAULT_ZONE

_DAY_MS = 24 * 3600 * 1000
Arc = tuple[int, int]
"""Start of an airing, in ms after midnight, and its length in ms."""
_ALWAYS: tuple[Arc, ...] = ((0, _DAY_MS),)


class ClockFace:
    """Clock face of one transmission: overlaps on any date are overlaps on the clock face, so none is missed."""

    def __init__(self, wanted: Transmission) -> None:
        self._mine = _arcs(wanted)
        self._known: dict[str, tuple[Arc, ...]] = {}

    def meets(self, other: Transmission) -> bool:
        """Return whether the two can overlap."""
        return _meet(self._mine, self._arcs_of(other))

    def connected(self, others: Sequence[Transmission]) -> list[Transmission]:
        """Return those that can overlap it, those that can overlap these, and so on."""
        found: list[Transmission] = []
        fresh, rest = self._mine, [(other, self._arcs_of(other)) for other in others]
        while fresh:
            near = [(other, arcs) for other, arcs in rest if _meet(fresh, arcs)]
            found += [other for other, _ in near]
            taken = {other.id for other, _ in near}
            rest = [(other, arcs) for other, arcs in rest if other.id not in taken]
            fresh = tuple(arc for _, arcs in near for arc in arcs)
        return found

    def _arcs_of(self, other: Transmission) -> tuple[Arc, ...]:
        arcs = self._known.get(other.id)
        if arcs is None:
            arcs = self._known[other.id] = _arcs(other)
        return arcs


def _arcs(transmission: Transmission) -> tuple[Arc, ...]:
    # Zones with daylight saving change their wall clocks: there times of day decide nothing.
    if any(schedule.zone != DEFAULT_ZONE for schedule in transmission.schedules):
        return _ALWAYS
    starts = [each for s in transmission.schedules for each in (s.starts, *(move.to for move in s.moves))]
    clocks = {((at.hour * 60 + at.minute) * 60 + at.second) * 1000 + at.microsecond // 1000 for at in starts}
    return tuple((clock, transmission.duration_ms) for clock in sorted(clocks))


def _meet(these: Iterable[Arc], those: Sequence[Arc]) -> bool:
    for start, length in these:
        for other, other_length in those:
            if (other - start) % _DAY_MS < length or (start - other) % _DAY_MS < other_length:
                return True
    return False
