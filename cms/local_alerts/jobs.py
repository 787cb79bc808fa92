"""Background job that renews local orders each week, and follows changes of devices, places and the policy."""

from cms.local_alerts.service.issues import renew
from cms.platform.context import Context


class LocalOrderRenewal:
    """Job of the scheduler. ``step`` issues what is due, and returns to how many devices."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        now = self._context.now()
        with self._context.uow() as unit:
            issued = renew(unit, now)
            if issued:
                unit.commit()
        return issued
