"""Reconnection count of the gateway's broker connections, as its heartbeat reports it."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from cms.platform.context import Context
from cms.platform.process.heartbeat_rows import EVERY_S, HeartbeatRow
from cms.platform.process.heartbeats import Heartbeats
from cms.platform.process.loops import keep_doing
from cms.platform.process.process import Loop
from cms.platform.store.heartbeats import BrokerState, ProcessDetail

RECENT_S: Final = 300.0


class Connection(Protocol):
    """Connection to the broker; ``connections`` counts how often it was made."""

    @property
    def connections(self) -> int: ...


class BrokerWatcher:
    """Counter of reconnections. The first connection of each link is none. Seconds are monotonic."""

    def __init__(
        self,
        links: Sequence[Connection],
        is_connected: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._links = links
        self._is_connected = is_connected
        self._monotonic = monotonic
        self._known = 0
        self._recent: deque[tuple[float, int]] = deque()

    def look(self) -> BrokerState:
        """Return the connection state now, with the total and the recent reconnections."""
        now_s = self._monotonic()
        count = sum(max(0, link.connections - 1) for link in self._links)
        if count > self._known:
            self._recent.append((now_s, count - self._known))
            self._known = count
        while self._recent and now_s - self._recent[0][0] > RECENT_S:
            self._recent.popleft()
        return BrokerState(self._is_connected(), count, sum(times for _, times in self._recent))

    def add(self, detail: ProcessDetail) -> ProcessDetail:
        """Add the broker connections to the gateway's heartbeat detail."""
        return replace(detail, broker=self.look())


def heartbeat_loop(
    context: Context,
    program: str,
    beats: Heartbeats,
    add: Callable[[ProcessDetail], ProcessDetail] = lambda detail: detail,
) -> Loop:
    """Return a thread's loop that writes the heartbeat every few seconds."""
    row = HeartbeatRow(context.uow, context.now, program, beats, add)
    return partial(keep_doing, row.step, what="writing the heartbeat", look_s=EVERY_S, retry_s=EVERY_S)
