"""Fleet health jobs of the scheduler: the fault registry on one thread, notifications on another, which may block."""

import threading
from typing import Final

from cms.exchange.service.http_client import Fetcher
from cms.health.service.alert_calls import AlertCaller
from cms.health.service.mail import Mail
from cms.health.service.notice_sender import NoticeSender
from cms.health.service.notifier import Notifier
from cms.health.service.ticket_dispatcher import Dispatcher
from cms.health.service.watch import HealthWatch
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing

LOOK_S: Final = 2.0


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
