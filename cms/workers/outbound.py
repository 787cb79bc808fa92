"""What other systems are told, on a thread of its own in the gateway: documents made, subscribers served."""

from __future__ import annotations

import logging
import threading
from typing import Final

from cms.context import Context
from cms.exchange.publishing import Publisher
from cms.exchange.signer import Signer

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
RETRY_S: Final = 10.0


class Outbound:
    """``run`` is a thread's work; ``step`` does what is due now."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._publisher: Publisher | None = None

    def step(self) -> int:
        """How many documents were made."""
        context = self._context
        if self._publisher is None:
            sender = context.settings.effective_cap_sender
            signer = Signer.at(context.settings.keys_dir, sender, context.now())
            self._publisher = Publisher(context.uow, context.content, signer, context.now, context.new_id)
        return self._publisher.step()

    def run(self, stopping: threading.Event) -> None:
        """Until stopped."""
        while not stopping.is_set():
            try:
                self.step()
            except Exception:
                log.exception("telling other systems failed; again in %.0f s", RETRY_S)
                stopping.wait(RETRY_S)
            stopping.wait(LOOK_S)
