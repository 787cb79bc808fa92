"""Feeds of other systems, polled on a thread of their own in the steward: whatever they do, devices do not wait."""

from __future__ import annotations

import threading

from cms.context import Context
from cms.exchange.feeds import Feeds
from cms.exchange.fetching import Fetcher
from cms.exchange.inbox import Inbox
from cms.workers.loops import keep_doing


class FeedWatch:
    """``run`` is a thread's work; ``step`` polls what is due now."""

    def __init__(self, context: Context, fetcher: Fetcher | None = None) -> None:
        self._feeds = Feeds(context.uow, Inbox.of(context), fetcher or Fetcher(), context.now)

    def step(self) -> int:
        return self._feeds.step()

    def run(self, stopping: threading.Event) -> None:
        """Until stopped. It ends within a poll, which is bounded in time."""
        keep_doing(self.step, stopping, "looking after the feeds")
