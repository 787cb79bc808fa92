"""Feed poller: feeds of other systems, on a thread of its own in the scheduler; devices never wait for it."""

from __future__ import annotations

import threading

from cms.exchange.service.feeds import FeedPoller
from cms.exchange.service.fetching import Fetcher
from cms.exchange.service.inbox import Inbox
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing


class FeedWatch:
    """Job that polls feeds. ``run`` is a thread's loop; ``step`` polls what is due now."""

    def __init__(self, context: Context, fetcher: Fetcher | None = None) -> None:
        self._feeds = FeedPoller(context.uow, Inbox.of(context), fetcher or Fetcher(), context.now)

    def step(self) -> int:
        return self._feeds.step()

    def run(self, stopping: threading.Event) -> None:
        """Poll until stopped. It ends within one poll, which is bounded in time."""
        keep_doing(self.step, stopping, "polling the feeds")
