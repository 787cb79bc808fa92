"""The fleet's health in the gateway: looked at on one thread, told of on another, which may wait for the network."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from cms.context import Context
from cms.exchange.fetching import Fetcher
from cms.health.dispatching import Dispatcher
from cms.health.mail import Mail
from cms.health.posting import Post
from cms.health.telling import Teller
from cms.health.watch import HealthWatch
from cms.workers.loops import keep_doing

LOOK_S: Final = 2.0
LEAVE_S: Final = 1.0


class HealthDesk:
    """``start`` before the gateway works, ``join`` when it has stopped. ``watch.heard``: for who takes in telemetry."""

    def __init__(self, context: Context) -> None:
        settings = context.settings
        self.watch = HealthWatch(context.uow, context.now, context.new_id)
        self.dispatcher = Dispatcher(context.uow, context.now, context.new_id)
        self.teller = Teller(context.uow, context.now, context.new_id, settings.effective_public_url)
        self.post = Post(
            context.uow,
            Mail(settings.smtp_url, settings.smtp_sender or settings.effective_cap_sender),
            Fetcher(),
            settings.notice_secret,
            settings.notices_are_local,
            context.now,
        )
        self._threads: list[threading.Thread] = []

    def start(self, stopping: threading.Event) -> None:
        """Each on a thread of its own."""
        self._run("health", self._step, "looking after the fleet's health", stopping)
        self._run("notices", self.post.step, "sending letters to who is on call", stopping)

    def join(self) -> None:
        """Waits for each a moment: a letter that was not written down as sent is sent again, with the same id."""
        for thread in self._threads:
            thread.join(LEAVE_S)

    def _step(self) -> None:
        self.watch.step()
        self.dispatcher.step()
        self.teller.step()

    def _run(self, name: str, step: Callable[[], object], what: str, stopping: threading.Event) -> None:
        work = threading.Thread(
            target=keep_doing, args=(step, stopping, what), kwargs={"look_s": LOOK_S}, name=name, daemon=True
        )
        self._threads.append(work)
        work.start()
