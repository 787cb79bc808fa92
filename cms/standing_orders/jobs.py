"""Job of the scheduler: ends or suspends standing orders whose bounds, people or rules no longer hold."""

from cms.platform.context import Context
from cms.standing_orders.service.lapses import note_lapsed


class LapseJob:
    """Job that looks for lapsed orders."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        """End or suspend what has lapsed; return how many."""
        context = self._context
        return note_lapsed(context.uow(), context.authority, now=context.now())
