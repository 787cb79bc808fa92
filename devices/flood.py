"""A device that talks without end: how much of it is listened to, and how much was not.

A bucket a device: so many words at once, then so many a minute. As-run records and whatever else a device keeps until
it is receipted it says again later; so nothing is lost of a device that catches up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from devices.model import DeviceId

AT_ONCE: Final = 120
"""A month of as-run records is some twenty words, an alert three."""
A_MINUTE: Final = 12
KNOWN_MAX: Final = 50_000


@dataclass
class Flood:
    """``admits`` asks for one word; ``dropped`` counts what was not listened to since ``take``. No clock of its own."""

    at_once: int = AT_ONCE
    a_minute: float = A_MINUTE
    _left: dict[DeviceId, tuple[float, float]] = field(default_factory=dict)
    _dropped: Counter[DeviceId] = field(default_factory=Counter)

    def admits(self, device_id: DeviceId, now_s: float) -> bool:
        """Whether this word is listened to; ``now_s`` rises from call to call."""
        known = self._left.get(device_id)
        left = float(self.at_once)
        if known is not None:
            left = min(left, known[0] + (now_s - known[1]) * self.a_minute / 60)
        elif len(self._left) >= KNOWN_MAX:
            self._left.clear()
        if left < 1:
            self._left[device_id] = (left, now_s)
            self._dropped[device_id] += 1
            return False
        self._left[device_id] = (left - 1, now_s)
        return True

    def charge(self, device_id: DeviceId, more: int) -> None:
        """A word that was listened to weighs so much more: what is owed is worked off before the next is."""
        left, at_s = self._left[device_id]
        self._left[device_id] = (left - more, at_s)

    def take(self) -> Mapping[DeviceId, int]:
        """How many words of whom were not listened to since the last time."""
        dropped, self._dropped = self._dropped, Counter()
        return dropped
