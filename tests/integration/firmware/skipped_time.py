"""An event loop in which nobody waits: what is due next is due now, however busy the machine is."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Final

START_MS: Final = 1_780_000_000_000


class _NoWaiting(selectors.SelectSelector):
    """Waits for no time: that much has passed instead."""

    def __init__(self) -> None:
        super().__init__()
        self.passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.passed_s += timeout or 0.0
        return super().select(0)


class SkippedTime(asyncio.SelectorEventLoop):
    """Timers alone make its time pass. Nothing outside this process may be waited for in it."""

    def __init__(self) -> None:
        self._clock = _NoWaiting()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.passed_s


def now_ms() -> int:
    """The wall clock of whoever runs in it."""
    return START_MS + round(asyncio.get_running_loop().time() * 1000)


def run(work: Coroutine[object, object, None]) -> None:
    with asyncio.Runner(loop_factory=SkippedTime) as runner:
        runner.run(work)
