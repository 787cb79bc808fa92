"""Sound field between boxes: level at a microphone by distance and the time that sound takes."""

import math
from collections import deque
from collections.abc import Mapping
from typing import Final

from devices.protocol.shapes import LatLon, distance_m
from firmware_sim.physics.amplifier import STREET_DB

SOUND_M_PER_MS: Final = 0.34
AHEAD_DB: Final = 20.0
"""Level one metre before a horn, above that of its line; at 300 m it is 6 dB above a quiet street."""
HEARD_WITHIN_M: Final = 1_000.0
NEAREST_M: Final = 2.0
_CHANGES_KEPT: Final = 16


class SoundField:
    """Boxes at their places; one without a place hears nothing but the street, and nobody hears it."""

    def __init__(self, places: Mapping[str, LatLon] | None = None, *, noise_db: float = STREET_DB) -> None:
        """Place the boxes. ``noise_db``: level of the street at a microphone."""
        self._noise_db = noise_db
        self._around = _around(places or {})
        self._changes: dict[str, deque[tuple[int, float]]] = {
            name: deque(maxlen=_CHANGES_KEPT) for name in self._around
        }

    def sounds(self, name: str, at_ms: int, loudness: float) -> None:
        """Note what leaves the horns of a box from now on: root mean square times volume, 0: nothing."""
        changes = self._changes.get(name)
        if changes is not None and (changes[-1][1] if changes else 0.0) != loudness:
            changes.append((at_ms, loudness))

    def level_db(self, name: str, at_ms: int) -> float:
        """Return the level at a box's microphone now (dB full scale), its own horns not counted."""
        power = 0.0
        for other, metres in self._around.get(name, ()):
            loudness = self._loudness(other, at_ms - metres / SOUND_M_PER_MS)
            power += (10 ** (AHEAD_DB / 20) * loudness / max(metres, NEAREST_M)) ** 2
        return self._noise_db if power == 0 else 10 * math.log10(power + 10 ** (self._noise_db / 10))

    def _loudness(self, name: str, at_ms: float) -> float:
        return next((loudness for since_ms, loudness in reversed(self._changes[name]) if since_ms <= at_ms), 0.0)


def _around(places: Mapping[str, LatLon]) -> dict[str, list[tuple[str, float]]]:
    """Return for each box the others that it may hear, with their distances."""
    found: dict[str, list[tuple[str, float]]] = {name: [] for name in places}
    for name, at in places.items():
        for other, there in places.items():
            if other != name and (metres := distance_m(at, there)) <= HEARD_WITHIN_M:
                found[name].append((other, metres))
    return found
