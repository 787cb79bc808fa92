"""One clock for what thousands of devices want to be reminded of, where tens of milliseconds do not matter."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Final

TICK_S: Final = 0.02
AT_ONCE: Final = 16
"""Then the loop looks at its sockets: what a device was to be reminded of waits behind what comes for another."""
FLOOD_S: Final = 0.01
PATIENCE_S: Final = 0.25
"""While messages follow each other within ``FLOOD_S``, what is due waits this much longer: one process stands for
thousands of processors, and no device may hear late because another has begun to answer."""


class Alarms:
    """Cheaper than a timer of the loop for each: one heap, looked at 50 times a second while anything is set."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._order = itertools.count()
        self._set: list[tuple[float, int, Callable[[], None]]] = []
        self._is_ticking = False
        self._flood_until_s = 0.0

    def message_came(self) -> None:
        """For one of the devices; others may be about to get theirs."""
        self._flood_until_s = self._loop.time() + FLOOD_S

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        """Call it then, or a tick later. There is no taking back: who is called looks whether it still matters."""
        if not self._is_ticking:
            self._is_ticking = True
            self._loop.call_later(TICK_S, self._tick)
        heapq.heappush(self._set, (self._loop.time() + delay_s, next(self._order), call))

    def _tick(self) -> None:
        now = self._loop.time()
        due_at = now if now >= self._flood_until_s else now - PATIENCE_S
        for _ in range(AT_ONCE):
            if not self._set or self._set[0][0] > due_at:
                break
            heapq.heappop(self._set)[2]()
        self._is_ticking = bool(self._set)
        if self._is_ticking and self._set[0][0] <= due_at:
            self._loop.call_soon(self._tick)
        elif self._is_ticking:
            self._loop.call_later(TICK_S, self._tick)
