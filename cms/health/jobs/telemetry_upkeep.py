"""Telemetry upkeep: hourly roll-up, deletion of old records, partitions for the coming days."""

import threading
from datetime import datetime, timedelta
from typing import Final

from cms.health.repository.telemetry_days import add_up, let_go, ready_days
from cms.platform.context import Context
from cms.platform.gateway.messages import to_ms
from cms.platform.process.loops import keep_doing

LOOK_S: Final = 20.0
DAYS_EVERY: Final = timedelta(hours=1)
BETWEEN_S: Final = 0.1
"""After each piece the database and the processor are free for others."""


class TelemetryUpkeep:
    """Job of the telemetry's upkeep; ``run`` is a thread's loop."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._days_at: datetime | None = None

    def step(self) -> int:
        """Do one piece of what is due; return the number of devices in it. 0: nothing is due."""
        settings, now = self._context.settings, self._context.now()
        raw_before_ms = to_ms(now - timedelta(days=settings.telemetry_raw_days))
        if self._days_at is None or now - self._days_at >= DAYS_EVERY:
            ready_days(self._context.engine, now, raw_before_ms)
            self._days_at = now
        return add_up(self._context.engine, to_ms(now)) or let_go(
            self._context.engine,
            raw_before_ms=raw_before_ms,
            hourly_before_ms=to_ms(now - timedelta(days=settings.telemetry_hourly_days)),
        )

    def run(self, stopping: threading.Event) -> None:
        keep_doing(lambda: self._all(stopping), stopping, "rolling up telemetry", look_s=LOOK_S)

    def _all(self, stopping: threading.Event) -> None:
        while not stopping.is_set() and self.step():
            stopping.wait(BETWEEN_S)
