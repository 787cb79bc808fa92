"""What falls due in inboxes of communes: placed at once, ordered by the default, lapsed. On a thread of the steward."""

from __future__ import annotations

import logging
import threading
from typing import Final

from broadcast.use_cases import placing_inbox
from cms.context import Context
from cms.store.engine import reading
from cms.store.inbox import SqlInbox
from cms.store.places import SqlPlaces
from cms.workers.loops import keep_doing
from province.errors import DomainError

log = logging.getLogger(__name__)

AT_ONCE: Final = 200


class InboxDesk:
    """``step`` settles what is due now, each item in a transaction of its own."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        """How many items were looked at. One that cannot be settled now holds up no other, and is looked at again."""
        context = self._context
        now = context.now()
        with reading(context.engine) as session:
            due = SqlInbox(session, SqlPlaces(session)).due(now, AT_ONCE)
        for item_id in due:
            try:
                placing_inbox.settle(context.uow(), item_id, now=now, new_id=context.new_id)
            except DomainError as error:
                log.warning("handed-down item %s is not settled: %r", item_id, error)
        return len(due)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "settling inboxes")
