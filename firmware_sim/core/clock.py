"""What time a device may believe it is."""

from __future__ import annotations

from typing import Final

from devices.protocol import verdict
from devices.protocol.limits import IAT_AHEAD_MAX_MS

WRONG_MS: Final = IAT_AHEAD_MAX_MS
"""A clock further than this from a signed beacon is wrong: nothing issued now would be obeyed by it."""


class Clock:
    """Its own clock where known, put right by a beacon where it is far wrong; else a fresh signed beacon's, else none.

    "True" is UTC as believed, "local" what the hardware counts; both in ms. ``off_ms`` is how far a known clock is put
    right: local less true.
    """

    def __init__(self, *, is_known: bool, off_ms: int = 0) -> None:
        self.is_known = is_known
        self.off_ms = off_ms
        self.error_ms: int | None = None
        """Own clock minus beacon at the last beacon: includes the beacon's way here."""
        self._beacon_ms: int | None = None
        self._heard_ms = 0

    @property
    def last_beacon_ms(self) -> int:
        """What the last beacon told; 0 where none was heard."""
        return self._beacon_ms or 0

    def hear(self, beacon_ms: int, local_ms: int) -> None:
        self._beacon_ms = beacon_ms
        self._heard_ms = local_ms
        self.error_ms = local_ms - beacon_ms
        if self.is_known:
            self.off_ms = self.error_ms if abs(self.error_ms) > WRONG_MS else 0

    def now(self, local_ms: int) -> int | None:
        own = local_ms - self.off_ms if self.is_known else None
        return verdict.trusted_now(own, self._beacon_ms, max(0, local_ms - self._heard_ms))

    def to_local(self, true_ms: int) -> int:
        return true_ms + self._offset_ms

    def to_true(self, local_ms: int) -> int:
        return local_ms - self._offset_ms

    @property
    def _offset_ms(self) -> int:
        if self.is_known:
            return self.off_ms
        return 0 if self.error_ms is None else self.error_ms
