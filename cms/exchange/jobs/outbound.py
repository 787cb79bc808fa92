"""Outbound exchange, on threads of the scheduler: CAP documents are made, webhook subscribers are notified."""

from __future__ import annotations

import threading

from cms.exchange.service.fetching import Fetcher
from cms.exchange.service.publishing import Publisher
from cms.exchange.service.signer import MessageSigner
from cms.exchange.service.webhooks import Webhooks
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing


class CapPublisher:
    """Job that makes the CAP documents."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._publisher: Publisher | None = None

    def step(self) -> int:
        """Make the documents that are due; return their number."""
        context = self._context
        if self._publisher is None:
            sender = context.settings.effective_cap_sender
            signer = MessageSigner.at(context.settings.keys_dir, sender, context.now())
            self._publisher = Publisher(context.uow, context.content, signer, context.now, context.new_id)
        return self._publisher.step()

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "publishing as CAP")


class WebhookSender:
    """Job that delivers webhooks; a slow subscriber delays no document."""

    def __init__(self, context: Context, fetcher: Fetcher | None = None) -> None:
        self._context = context
        self._fetcher = fetcher or Fetcher()

    def step(self) -> int:
        """Attempt the deliveries that are due; return their number."""
        context = self._context
        return Webhooks(context.uow, context.content, context.vault, self._fetcher, context.now).step()

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "delivering webhooks")
