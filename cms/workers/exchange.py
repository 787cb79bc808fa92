"""Exchange jobs of the scheduler: each on a thread of its own, so that a slow system delays no other."""

from __future__ import annotations

from collections.abc import Mapping

from cms.context import Context
from cms.workers.central_link import CentralLinkJob
from cms.workers.feeds import FeedWatch
from cms.workers.inbox_job import InboxJob
from cms.workers.outbound_exchange import CapPublisher, WebhookSender
from cms.workers.process import Loop
from cms.workers.relay_watch import RelayWatch


def loops(context: Context) -> Mapping[str, Loop]:
    """Return the loops by name."""
    return {
        "feeds": FeedWatch(context).run,
        "cap": CapPublisher(context).run,
        "webhooks": WebhookSender(context).run,
        "inbox": InboxJob(context).run,
        "central": CentralLinkJob(context).run,
        "relay sources": RelayWatch(context).run,
    }
