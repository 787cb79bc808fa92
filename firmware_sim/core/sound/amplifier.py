"""Amplifier wake-up: an amplifier that has slept swallows the first second of a sound."""

from __future__ import annotations

from typing import Final

AWAKE_MS: Final = 10_000
"""It stays awake this long after the last sound."""


class AmplifierWakeUp:
    """Wake-up state of the amplifier. ``needs_ms`` of silence wake it."""

    def __init__(self) -> None:
        self.needs_ms = 0
        self._sounding: set[str] = set()
        self._silent_since: int | None = None

    def started(self, item: str) -> None:
        self._sounding.add(item)

    def ended(self, item: str, at: int) -> None:
        if item in self._sounding:
            self._sounding.discard(item)
            self._silent_since = at

    def wake_ms(self, now: int) -> int:
        """Return how much silence has to precede a sound that begins now (ms)."""
        is_awake = self._silent_since is not None and now - self._silent_since <= AWAKE_MS
        return 0 if self._sounding or is_awake else self.needs_ms
