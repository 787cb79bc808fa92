"""Link to the central source system, on a thread of its own in the scheduler: nothing else waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from broadcast.ports.central import CentralSystem
from cms.exchange.service.central import CentralLink
from cms.exchange.service.central_client import HttpCentralSystem
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing


class CentralLinkJob:
    """Job of the link: ``step`` polls and reports what is due; it does nothing if no central system is configured."""

    def __init__(self, context: Context, system: CentralSystem | None = None) -> None:
        wanted = system or HttpCentralSystem.of(context.settings)
        poll = timedelta(seconds=context.settings.central_poll_s)
        self._link = (
            None
            if wanted is None
            else CentralLink(
                context.uow,
                context.content,
                wanted,
                context.now,
                context.new_id,
                poll,
                context.settings.upload_max_mb * 1024 * 1024,
            )
        )

    def step(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        return 0 if self._link is None else self._link.step(is_stopping)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(lambda: self.step(stopping.is_set), stopping, "exchanging with the central system")
