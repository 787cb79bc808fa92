"""The heartbeat that everybody can read: every few seconds a process writes into the store that its loops turn."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from cms.context import Context
from cms.heartbeats import Heartbeats
from cms.store.heartbeats import BrokerState, ProcessDetail, ProcessHeartbeat, write_heartbeat
from cms.workers.loops import keep_doing

EVERY_S: Final = 4.0
RECENT_S: Final = 300.0


class Connection(Protocol):
    """A connection to the broker; ``connections`` counts how often it was made."""

    @property
    def connections(self) -> int: ...


class BrokerWatcher:
    """Counts how often the gateway's connections had to be made again."""

    def __init__(self, links: Sequence[Connection], is_connected: Callable[[], bool]) -> None:
        self._links = links
        self._is_connected = is_connected
        self._known = 0
        self._total = 0
        self._recent: deque[tuple[float, int]] = deque()

    def look(self, now_s: float) -> BrokerState:
        """Look now; ``now_s`` is monotonic. The first connection of each is no reconnection."""
        count = sum(max(0, link.connections - 1) for link in self._links)
        if again := count - self._known:
            self._recent.append((now_s, again))
            self._known = count
            self._total += again
        while self._recent and now_s - self._recent[0][0] > RECENT_S:
            self._recent.popleft()
        return BrokerState(self._is_connected(), self._total, sum(times for _, times in self._recent))


class HeartbeatRow:
    """``step`` writes one; ``add`` completes what the process says of itself."""

    def __init__(
        self,
        context: Context,
        program: str,
        beats: Heartbeats,
        add: Callable[[ProcessDetail], ProcessDetail] = lambda detail: detail,
    ) -> None:
        self._context = context
        self._program = program
        self._beats = beats
        self._add = add
        self._started_at = context.now()

    def step(self) -> None:
        quiet_s = {name: round(value, 1) for name, value in self._beats.quiet_s().items()}
        detail = self._add(ProcessDetail(quiet_s, sorted(self._beats.overdue())))
        with self._context.uow() as unit:
            write_heartbeat(
                unit.session, ProcessHeartbeat(self._program, self._started_at, self._context.now(), detail)
            )
            unit.commit()

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "writing the heartbeat", look_s=EVERY_S, retry_s=EVERY_S)


def with_broker(watcher: BrokerWatcher, monotonic: Callable[[], float]) -> Callable[[ProcessDetail], ProcessDetail]:
    """Add the gateway's connections to what it says of itself."""
    return lambda detail: replace(detail, broker=watcher.look(monotonic()))
