"""Shared timer for the wake-ups of thousands of devices, where tens of milliseconds do not matter."""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from typing import Final

TICK_S: Final = 0.02
AT_ONCE: Final = 16
"""Calls before the loop looks at its sockets: a device's wake-up waits behind a message for another device."""
FLOOD_S: Final = 0.03
PATIENCE_S: Final = 1.0
"""While messages follow each other within ``FLOOD_S``, due calls wait this much longer: one process stands for
thousands of processors, and no device may receive late because another has begun to answer.
"""


class SharedTimer:
    """Shared timer, cheaper than a timer of the loop for each call: looks 50 times a second while anything is set.

    Calls of one tick share one queue: with ten thousand alarms set, each costs as much as the first.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rows: dict[int, deque[Callable[[], None]]] = {}
        self._ticks: list[int] = []
        self._is_ticking = False
        self._flood_until_s = 0.0

    def message_came(self) -> None:
        """Note that a message came for one of the devices; others may be about to get theirs."""
        self._flood_until_s = self._loop.time() + FLOOD_S

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        """Call it then, or two ticks later at most. A call is never cancelled: it checks whether it is still needed."""
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
        try:
            for _ in range(AT_ONCE):
                if not self._ticks or self._ticks[0] > due:
                    break
                self._first()()
        finally:  # one device's fault must not stop the alarms of thousands
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
