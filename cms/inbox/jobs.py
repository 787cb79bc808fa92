"""Commune inboxes: items that fall due are placed, ordered by default, or lapse. On a thread of the scheduler."""

import logging
from typing import Final

from sqlalchemy.orm import Session

from cms.areas.repository import Places
from cms.inbox.repository import HandedDowns
from cms.inbox.service import placement
from cms.platform.context import Context
from cms.platform.store.engine import reading
from province.errors import DomainError

log = logging.getLogger(__name__)

AT_ONCE: Final = 200


class InboxJob:
    """Job of the inboxes: ``step`` settles what is due now, each item in a transaction of its own."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        """Settle the due items; return their number. One that cannot be settled now delays no other and is retried."""
        context = self._context
        now = context.now()
        with reading(context.engine) as session:
            due = HandedDowns(session, Places(session)).due(now, AT_ONCE)
        for item_id in due:
            try:
                placement.settle(context.uow(), item_id, now=now, new_id=context.new_id)
            except DomainError as error:
                log.warning("handed-down item %s is not settled: %r", item_id, error)
        return len(due)

    def is_pending(self, session: Session) -> bool:
        return HandedDowns(session, Places(session)).is_any_open()
