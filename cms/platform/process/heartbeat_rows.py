"""Heartbeats in the database: every few seconds a process writes that its loops turn."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from cms.platform.process.heartbeats import Heartbeats
from cms.platform.process.program_reports import steady_s
from cms.platform.store.heartbeats import ProcessDetail, ProcessHeartbeat, write_heartbeat
from cms.platform.store.uow import UnitOfWork

log = logging.getLogger(__name__)

LOOK_S: Final = 4.0
EVERY_S: Final = 3 * LOOK_S
"""Interval of rows; one that tells of something new is written at the next look.

All processes of a machine write at the same time: one after the other they find the disk and its caches awake.
"""


class HeartbeatRow:
    """Heartbeat writer of one process. ``step`` writes a row; ``add`` completes the process's own report."""

    def __init__(
        self,
        uow: Callable[[], UnitOfWork],
        now: Callable[[], datetime],
        program: str,
        beats: Heartbeats,
        add: Callable[[ProcessDetail], ProcessDetail] = lambda detail: detail,
        *,
        steady: Callable[[], float] = steady_s,
    ) -> None:
        self._uow = uow
        self._now = now
        self._program = program
        self._beats = beats
        self._add = add
        self._steady_s = steady
        self._started_at = now()
        self._written: tuple[float, ProcessDetail] | None = None

    def step(self) -> None:
        """Write a row if one is due."""
        told = self._add(ProcessDetail(stuck=sorted(self._beats.overdue())))
        due = (self._steady_s() // EVERY_S, told)
        if due == self._written:
            return
        quiet_s = {name: round(value, 1) for name, value in self._beats.quiet_s().items()}
        row = ProcessHeartbeat(self._program, self._started_at, self._now(), replace(told, quiet_s=quiet_s))
        with self._uow().uncounted() as unit:
            write_heartbeat(unit.session, row)
            unit.commit()
        self._written = due

    def run(self, stopping: threading.Event) -> None:
        """Write rows until stopped; a failure is logged, and the next look tries again."""
        while not stopping.is_set():
            try:
                self.step()
            except Exception:
                log.warning("the heartbeat could not be written", exc_info=True)
            stopping.wait(LOOK_S - self._steady_s() % LOOK_S)
