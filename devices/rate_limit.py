"""Rate limit of a device's messages: the number admitted, and the number dropped.

One token bucket a device: so many messages at once, then so many a minute. A device repeats as-run records and all else
that it keeps until it gets a receipt; so nothing is lost of a device that catches up.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from devices.model import DeviceId

AT_ONCE: Final = 120
"""A month of as-run records is some twenty messages, an alert three."""
A_MINUTE: Final = 12
KNOWN_MAX: Final = 50_000


@dataclass
class RateLimit:
    """Rate limiter: ``admits`` decides on one message, ``take`` counts the refusals. No clock of its own."""

    at_once: int = AT_ONCE
    a_minute: float = A_MINUTE
    _left: dict[DeviceId, tuple[float, float]] = field(default_factory=dict)
    _dropped: Counter[DeviceId] = field(default_factory=Counter)

    def admits(self, device_id: DeviceId, now_s: float) -> bool:
        """Return whether this message is admitted; ``now_s`` rises from call to call."""
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
        """Charge a message that was admitted with ``more`` tokens: the debt is paid off before the next is admitted."""
        left, at_s = self._left[device_id]
        self._left[device_id] = (left - more, at_s)

    def take(self) -> Mapping[DeviceId, int]:
        """Return the number of dropped messages by device since the last call."""
        dropped, self._dropped = self._dropped, Counter()
        return dropped
