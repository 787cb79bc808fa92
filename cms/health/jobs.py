"""Background work on health: the watch, notices, the line to the broker, and upkeep of telemetry."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from cms.exchange.service.http_client import Fetcher
from cms.health.repository.faults import broker_line, note_broker_line
from cms.health.repository.telemetry_days import add_up, let_go, ready_days
from cms.health.service.alert_calls import AlertCaller
from cms.health.service.notice_sender import Mail, NoticeSender
from cms.health.service.notifier import Notifier
from cms.health.service.ticket_dispatcher import Dispatcher
from cms.health.service.watch import HealthWatch
from cms.platform.context import Context
from cms.platform.gateway.messages import to_ms
from cms.platform.process.loops import keep_doing
from devices.health.broker_outage import GatewayConnection

LOOK_S: Final = 2.0
SURE_AFTER: Final = timedelta(seconds=2)
"""Grace time: a gateway that starts takes a moment to connect."""
UPKEEP_LOOK_S: Final = 20.0
DAYS_EVERY: Final = timedelta(hours=1)
BETWEEN_S: Final = 0.1
"""After each piece the database and the processor are free for others."""


class HealthJob:
    """Job of the fault registry: faults opened and closed, tickets made, notices written."""

    def __init__(self, context: Context) -> None:
        self._watch = HealthWatch(context.uow, context.now, context.new_id)
        self._dispatcher = Dispatcher(context.uow, context.now, context.new_id)
        self._notifier = Notifier(context.uow, context.now, context.new_id, context.settings.effective_public_url)

    def step(self) -> None:
        self._watch.step()
        self._dispatcher.step()
        self._notifier.step()

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "watching the fleet's health", look_s=LOOK_S)


class NoticeJob:
    """Job that notifies those on call. A mail that was not stored as sent is sent again, with the same id."""

    def __init__(self, context: Context) -> None:
        settings = context.settings
        self._caller = AlertCaller(context.uow, context.now, context.new_id, settings.effective_public_url)
        self._sender = NoticeSender(
            context.uow,
            Mail(settings.smtp_url, settings.smtp_sender or settings.effective_cap_sender),
            Fetcher(),
            settings.notice_secret,
            settings.notices_are_local,
            context.now,
        )

    def step(self) -> None:
        self._caller.step()
        self._sender.step()

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "notifying those on call", look_s=LOOK_S)


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
        keep_doing(lambda: self._all(stopping), stopping, "rolling up telemetry", look_s=UPKEEP_LOOK_S)

    def _all(self, stopping: threading.Event) -> None:
        while not stopping.is_set() and self.step():
            stopping.wait(BETWEEN_S)
