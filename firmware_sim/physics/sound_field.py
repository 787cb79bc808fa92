"""Sound field between boxes: level at a microphone by distance and the time that sound takes."""

import math
from collections import deque
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from devices.protocol.shapes import LatLon, distance_m
from firmware_sim.physics.ambient_noise import AmbientNoise
from firmware_sim.physics.amplifier import HEARD_BELOW_DB

SOUND_M_PER_MS: Final = 0.34
AHEAD_DB: Final = 20.0
"""Level one metre before a horn, above that of its line; at 300 m it is 6 dB above a quiet street."""
HEARD_WITHIN_M: Final = 1_000.0
NEAREST_M: Final = 2.0
_CHANGES_KEPT: Final = 16


class Pauses(Protocol):
    """Pauses of what sounds, known while it goes on."""

    def is_pause(self, at_ms: float) -> bool: ...


class _Change(NamedTuple):
    since_ms: int
    loudness: float
    pauses: Pauses | None


class SoundField:
    """Boxes at their places; one without a place hears nothing but the street, and nobody hears it."""

    def __init__(self, places: Mapping[str, LatLon] | None = None, *, noise: AmbientNoise | None = None) -> None:
        self._noise = noise or AmbientNoise()
        self._around = _around(places or {})
        self._changes: dict[str, deque[_Change]] = {name: deque(maxlen=_CHANGES_KEPT) for name in self._around}

    def has(self, name: str) -> bool:
        """Return whether a box has a place."""
        return name in self._changes

    def sounds(self, name: str, at_ms: int, loudness: float, pauses: Pauses | None = None) -> None:
        """Note what leaves the horns of a box from now on: root mean square times volume, 0: nothing."""
        changes = self._changes.get(name)
        if changes is not None and (changes[-1][1:] if changes else (0.0, None)) != (loudness, pauses):
            changes.append(_Change(at_ms, loudness, pauses))

    def level_db(self, name: str, at_ms: int) -> float:
        """Return the level at a box's microphone now (dB full scale), its own horns not counted."""
        return 10 * math.log10(self.others(name, at_ms) + self._noise.power(name, at_ms))

    def microphone_db(self, name: str, at_ms: int) -> float:
        """Return the level at a box's microphone at a recent instant, with its own horns."""
        own = (10 ** (-HEARD_BELOW_DB / 20) * self._loudness(name, at_ms)) ** 2
        return 10 * math.log10(own + self.others(name, at_ms) + self._noise.power(name, at_ms))

    def others(self, name: str, at_ms: int) -> float:
        """Return the power at a box's microphone that comes from the other boxes; 1.0 is full scale."""
        return sum(
            (10 ** (AHEAD_DB / 20) * self._loudness(other, at_ms - metres / SOUND_M_PER_MS) / max(metres, NEAREST_M))
            ** 2
            for other, metres in self._around.get(name, ())
        )

    def _loudness(self, name: str, at_ms: float) -> float:
        change = next((each for each in reversed(self._changes[name]) if each.since_ms <= at_ms), None)
        if change is None or (change.pauses is not None and change.pauses.is_pause(at_ms)):
            return 0.0
        return change.loudness


def _around(places: Mapping[str, LatLon]) -> dict[str, list[tuple[str, float]]]:
    """Return for each box the others that it may hear, with their distances."""
    found: dict[str, list[tuple[str, float]]] = {name: [] for name in places}
    for name, at in places.items():
        for other, there in places.items():
            if other != name and (metres := distance_m(at, there)) <= HEARD_WITHIN_M:
                found[name].append((other, metres))
    return found
