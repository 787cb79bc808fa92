"""Event loop with skipped time: timers fire at once in their order, however busy the machine is."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Final

START_MS: Final = 1_780_000_000_000


class _NoWaiting(selectors.SelectSelector):
    """Selector that does not wait: it counts the timeout as passed."""

    def __init__(self) -> None:
        super().__init__()
        self.passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.passed_s += timeout or 0.0
        return super().select(0)


class SkippedTime(asyncio.SelectorEventLoop):
    """Event loop whose time only timers advance. Code in it must not wait for anything outside this process."""

    def __init__(self) -> None:
        self._clock = _NoWaiting()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.passed_s


def now_ms() -> int:
    """Return the wall clock in ms of the running loop."""
    return START_MS + round(asyncio.get_running_loop().time() * 1000)


def run(work: Coroutine[object, object, None]) -> None:
    with asyncio.Runner(loop_factory=SkippedTime) as runner:
        runner.run(work)
