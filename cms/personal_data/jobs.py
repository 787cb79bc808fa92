"""Background work on personal data: what is kept no longer is deleted."""

from datetime import datetime, timedelta
from typing import Final

from cms.personal_data.service import retention
from cms.platform.context import Context
from province.people import program

EVERY: Final = timedelta(hours=1)
CLOCK: Final = program("clock")


class RetentionJob:
    """Job that deletes each hour; where much is over, part by part, with the next look."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._done_at: datetime | None = None

    def step(self) -> int:
        """Delete the next part if it is due; return the number of records."""
        now = self._context.now()
        if self._done_at is not None and timedelta(0) <= now - self._done_at < EVERY:
            return 0
        deleted = retention.expire(self._context.uow(), now, call=self._context.call(CLOCK, now))
        self._done_at = None if deleted else now
        return deleted
