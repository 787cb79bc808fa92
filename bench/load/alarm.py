"""Wake-up of one device of a swarm, on the timer of all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from firmware_sim.network.link import After

EARLY_MS: Final = 5
"""A core is woken this much early at the most: it asks again."""


class Alarm:
    """Alarm of one device: rings once for the last instant asked for, however early the timer calls.

    The timer reads the loop's clock, which stands still while the loop is held up: what is asked for then is called
    that much too early. A core believes that it will be woken, and asks no second time.
    """

    def __init__(self, after: After, now_ms: Callable[[], int], ring: Callable[[], None]) -> None:
        """Make the alarm. ``now_ms``: the hardware's clock."""
        self._after = after
        self._now_ms = now_ms
        self._ring = ring
        self._at_ms = 0

    def set(self, at_ms: int) -> None:
        """Ring at this time of the hardware's clock; replaces the instant before."""
        self._at_ms = at_ms
        self._wait(at_ms)

    def _wait(self, at_ms: int) -> None:
        self._after(max(0, at_ms - self._now_ms()) / 1000, lambda: self._called(at_ms))

    def _called(self, at_ms: int) -> None:
        if at_ms != self._at_ms:
            return  # replaced, or rung already
        if at_ms > self._now_ms() + EARLY_MS:
            self._wait(at_ms)
            return
        self._at_ms = 0
        self._ring()
