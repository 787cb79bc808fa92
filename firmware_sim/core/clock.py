"""What time a device may believe it is."""

from __future__ import annotations

from devices.protocol import verdict


class Clock:
    """Its own clock where known; else a fresh signed beacon's, else none.

    "True" is UTC as believed, "local" what the hardware counts; both in ms.
    """

    def __init__(self, *, is_known: bool) -> None:
        self.is_known = is_known
        self.error_ms: int | None = None
        """Own clock minus beacon at the last beacon: includes the beacon's way here."""
        self._beacon_ms: int | None = None
        self._heard_ms = 0

    def hear(self, beacon_ms: int, local_ms: int) -> None:
        self._beacon_ms = beacon_ms
        self._heard_ms = local_ms
        self.error_ms = local_ms - beacon_ms

    def now(self, local_ms: int) -> int | None:
        return verdict.trusted_now(
            local_ms if self.is_known else None, self._beacon_ms, max(0, local_ms - self._heard_ms)
        )

    def to_local(self, true_ms: int) -> int:
        return true_ms + self._offset_ms

    def to_true(self, local_ms: int) -> int:
        return local_ms - self._offset_ms

    @property
    def _offset_ms(self) -> int:
        return 0 if self.is_known or self.error_ms is None else self.error_ms
