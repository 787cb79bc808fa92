"""One clock for what thousands of devices want to be reminded of, where tens of milliseconds do not matter."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from typing import Final

TICK_S: Final = 0.02
AT_ONCE: Final = 16
"""Then the loop looks at its sockets: what a device was to be reminded of waits behind what comes for another."""
FLOOD_S: Final = 0.03
PATIENCE_S: Final = 1.0
"""While messages follow each other within ``FLOOD_S``, what is due waits this much longer: one process stands for
thousands of processors, and no device may hear late because another has begun to answer."""


class Alarms:
    """Cheaper than a timer of the loop for each: looked at 50 times a second while anything is set.

    What falls into the same tick waits in one row: of ten thousand alarms each costs as much as the first.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rows: dict[int, deque[Callable[[], None]]] = {}
        self._ticks: list[int] = []
        self._is_ticking = False
        self._flood_until_s = 0.0

    def message_came(self) -> None:
        """For one of the devices; others may be about to get theirs."""
        self._flood_until_s = self._loop.time() + FLOOD_S

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        """Call it then, or two ticks later at most. Nothing is taken back: who is called looks if it still matters."""
        if not self._is_ticking:
            self._is_ticking = True
            self._loop.call_later(TICK_S, self._tick)
        tick = int((self._loop.time() + delay_s) / TICK_S) + 1
        row = self._rows.get(tick)
        if row is None:
            row = self._rows[tick] = deque()
            heapq.heappush(self._ticks, tick)
        row.append(call)

    def _tick(self) -> None:
        now = self._loop.time()
        due = int((now if now >= self._flood_until_s else now - PATIENCE_S) / TICK_S)
        for _ in range(AT_ONCE):
            if not self._ticks or self._ticks[0] > due:
                break
            self._first()()
        self._is_ticking = bool(self._ticks)
        if self._is_ticking and self._ticks[0] <= due:
            self._loop.call_soon(self._tick)
        elif self._is_ticking:
            self._loop.call_later(TICK_S, self._tick)

    def _first(self) -> Callable[[], None]:
        row = self._rows[self._ticks[0]]
        call = row.popleft()
        if not row:
            del self._rows[heapq.heappop(self._ticks)]
        return call
