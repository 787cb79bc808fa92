"""Exchange jobs of the scheduler: each on a thread of its own, so that a slow system delays no other."""

from __future__ import annotations

from collections.abc import Mapping

from cms.context import Context
from cms.workers.central import CentralDesk
from cms.workers.feeds import FeedWatch
from cms.workers.inbox import InboxDesk
from cms.workers.outbound import CapPress, Courier
from cms.workers.process import Loop
from cms.workers.relay_watch import RelayWatch


def loops(context: Context) -> Mapping[str, Loop]:
    """Return the loops by name."""
    return {
        "feeds": FeedWatch(context).run,
        "cap": CapPress(context).run,
        "webhooks": Courier(context).run,
        "inbox": InboxDesk(context).run,
        "central": CentralDesk(context).run,
        "relay sources": RelayWatch(context).run,
    }
