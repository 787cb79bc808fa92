"""Heartbeats in the database: every few seconds a process writes that its loops turn."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from cms.platform.process.heartbeats import Heartbeats
from cms.platform.store.heartbeats import ProcessDetail, ProcessHeartbeat, write_heartbeat
from cms.platform.store.uow import UnitOfWork

EVERY_S: Final = 4.0


class HeartbeatRow:
    """Heartbeat writer of one process. ``step`` writes a row; ``add`` completes the process's own report."""

    def __init__(
        self,
        uow: Callable[[], UnitOfWork],
        now: Callable[[], datetime],
        program: str,
        beats: Heartbeats,
        add: Callable[[ProcessDetail], ProcessDetail] = lambda detail: detail,
    ) -> None:
        self._uow = uow
        self._now = now
        self._program = program
        self._beats = beats
        self._add = add
        self._started_at = now()

    def step(self) -> None:
        quiet_s = {name: round(value, 1) for name, value in self._beats.quiet_s().items()}
        detail = self._add(ProcessDetail(quiet_s, sorted(self._beats.overdue())))
        with self._uow() as unit:
            write_heartbeat(unit.session, ProcessHeartbeat(self._program, self._started_at, self._now(), detail))
            unit.commit()
