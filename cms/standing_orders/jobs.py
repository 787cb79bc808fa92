"""Job of the scheduler: ends standing orders whose time is over, or whose people have lost their rights."""

from cms.platform.context import Context
from cms.standing_orders.service.orders import end_lapsed


class LapseJob:
    """Job that ends lapsed orders."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        """End what has lapsed; return how many."""
        context = self._context
        return end_lapsed(context.uow(), context.authority, now=context.now())
