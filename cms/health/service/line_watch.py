"""Watch of the gateway's own connection to the broker. Loaded by the gateway."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from cms.health.repository.faults import broker_line, note_broker_line
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing
from devices.health.broker_outage import GatewayConnection

SURE_AFTER: Final = timedelta(seconds=2)
"""Grace time: a gateway that starts takes a moment to connect."""


class LineWatch:
    """Watch of the connection: ``step`` checks ``is_connected`` each time."""

    def __init__(self, context: Context, is_connected: Callable[[], bool]) -> None:
        self._context = context
        self._is_connected = is_connected
        self._lost_at: datetime | None = None
        self._told: GatewayConnection | None = None

    def step(self) -> None:
        """Store a change of the connection; a write that failed is tried again."""
        now = self._context.now()
        if self._told is None:
            with self._context.uow.reading() as unit:
                self._told = broker_line(unit.session)
        if self._is_connected():
            self._lost_at = None
            if self._told.is_lost:
                self._tell(GatewayConnection(self._told.lost_at, now))
        else:
            self._lost_at = self._lost_at or now
            if not self._told.is_lost and now - self._lost_at >= SURE_AFTER:
                self._tell(GatewayConnection(self._lost_at))

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "watching the connection to the broker")

    def _tell(self, line: GatewayConnection) -> None:
        with self._context.uow() as unit:
            note_broker_line(unit.session, line)
            unit.commit()
        self._told = line
