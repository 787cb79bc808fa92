"""Watch over gauges: their silence is noticed, and readings whose time is over are deleted."""

from datetime import datetime, timedelta
from typing import Final

from cms.gauges.repository import GaugeReadings
from cms.gauges.service import troubles
from cms.platform.context import Context

KEPT_FOR: Final = timedelta(days=90)
FORGETS_EVERY: Final = timedelta(hours=1)


class GaugeWatch:
    """Job of the scheduler. What a reading tells is noted when it comes, not here."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._forgot_at: datetime | None = None

    def step(self) -> int:
        """Note gauges that have become silent; return how many troubles have changed."""
        now = self._context.now()
        if self._forgot_at is None or now - self._forgot_at >= FORGETS_EVERY:
            with self._context.uow() as unit:
                if not unit[GaugeReadings].forget(now - KEPT_FOR):
                    self._forgot_at = now
                unit.commit()
        return troubles.look(self._context.uow, now, self._context.new_id)
