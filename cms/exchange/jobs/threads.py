"""Exchange jobs of the scheduler: each on a thread of its own, so that a slow system delays no other."""

from __future__ import annotations

from collections.abc import Mapping

from cms.exchange.jobs.central import CentralLinkJob
from cms.exchange.jobs.feeds import FeedWatch
from cms.exchange.jobs.outbound import CapPublisher, WebhookSender
from cms.inbox.jobs import InboxJob
from cms.platform.context import Context
from cms.platform.process.process import Loop
from cms.relays.jobs import RelayWatch


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
