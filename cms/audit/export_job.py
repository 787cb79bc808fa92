"""Export of the event log to a log server, from a cursor on."""

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Final, Protocol
from urllib.parse import urlsplit

from cms.audit.queries import SYSLOG, SYSLOG_RESUMED, SYSLOG_STALLED, export_state
from cms.audit.service.checks import CLOCK
from cms.audit.syslog import SyslogReceiver, message_of
from cms.notifications.repository import EventCursors
from cms.platform.context import Context
from cms.platform.store import chain
from province.events import Event

BATCH: Final = 200
RETRY_FIRST_S: Final = 5.0
RETRY_LAST_S: Final = 300.0
STALLED_AFTER_S: Final = 600.0
log = logging.getLogger(__name__)


class LogReceiver(Protocol):
    """Port of a log server."""

    def send(self, messages: list[bytes]) -> None: ...


class SyslogExportJob:
    """Job that sends what is new in the log: ``step`` sends one batch. After a failure it waits, longer each time.

    One failure longer than ten minutes is an event, which people who audit are told of, and so is its end.
    """

    def __init__(
        self,
        context: Context,
        receiver: LogReceiver | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._receiver = receiver or SyslogReceiver.of(context.settings)
        self._monotonic = monotonic
        self._failed_s: float | None = None
        self._wait_s = 0.0
        self._next_s = 0.0

    def step(self) -> int:
        """Send the next batch; return its number of lines."""
        if self._receiver is None or self._monotonic() < self._next_s:
            return 0
        context, host = self._context, urlsplit(self._context.settings.effective_public_url).hostname or "loa"
        with context.uow.reading() as unit:
            cursor = unit[EventCursors].at(SYSLOG)
            lines = list(islice(chain.lines(unit.session, cursor + 1, cursor + BATCH, None, None), BATCH))
            stalled_at = export_state(unit.session).stalled_at
        if not lines:
            return 0
        try:
            self._receiver.send([message_of(line, host) for line in lines])
        except OSError as error:
            self._fail(error, stalled_at)
            return 0
        with context.uow() as unit:
            if not unit[EventCursors].move(SYSLOG, cursor, int(str(lines[-1]["seq"]))):
                return 0
            if stalled_at is not None:
                unit.record(Event.of(CLOCK, SYSLOG_RESUMED, SYSLOG, context.now()))
            unit.commit()
        self._failed_s, self._wait_s, self._next_s = None, 0.0, 0.0
        return len(lines)

    def _fail(self, error: OSError, stalled_at: datetime | None) -> None:
        now_s = self._monotonic()
        self._failed_s = now_s if self._failed_s is None else self._failed_s
        self._wait_s = min(RETRY_LAST_S, max(RETRY_FIRST_S, 2 * self._wait_s))
        self._next_s = now_s + self._wait_s * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        log.warning("audit.export_failed: %s: %s; next try in %.0f s", type(error).__name__, error, self._wait_s)
        if now_s - self._failed_s >= STALLED_AFTER_S and stalled_at is None:
            with self._context.uow() as unit:
                unit.record(Event.of(CLOCK, SYSLOG_STALLED, SYSLOG, self._context.now(), reason=type(error).__name__))
                unit.commit()
