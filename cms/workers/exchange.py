"""What the gateway does for other systems, on threads of their own: devices never wait for the web."""

from __future__ import annotations

import threading
from typing import Final

from cms.context import Context
from cms.workers.central import CentralDesk
from cms.workers.feeds import FeedWatch
from cms.workers.inbox import InboxDesk
from cms.workers.outbound import CapPress, Courier
from cms.workers.relay_watch import RelayWatch

LEAVE_S: Final = 1.0
"""Each may be in the middle of asking somebody: what it did not write down is asked for again at the next start."""


class ExchangeDesk:
    """``start`` before the gateway works, ``join`` when it has stopped."""

    def __init__(self, context: Context) -> None:
        self._loops = {
            "feeds": FeedWatch(context).run,
            "cap": CapPress(context).run,
            "webhooks": Courier(context).run,
            "inbox": InboxDesk(context).run,
            "central": CentralDesk(context).run,
            "relay sources": RelayWatch(context).run,
        }
        self._threads: list[threading.Thread] = []

    def start(self, stopping: threading.Event) -> None:
        for name, run in self._loops.items():
            self._threads.append(threading.Thread(target=run, args=(stopping,), name=name, daemon=True))
            self._threads[-1].start()

    def join(self) -> None:
        """Waits for each a moment, no longer."""
        for thread in self._threads:
            thread.join(LEAVE_S)
