"""Report scheduler: days to be counted, and reports of finished periods."""

import threading
from typing import Final

from cms.accounts.repository.people import People
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork
from cms.reports.repository.counting import due_days, is_closed, open_days
from cms.reports.service import requests
from province.people import Action, Actor, UserId
from province.policy import may

LOOK_S: Final = 30.0
SUBJECT: Final = "figures"


class ReportScheduler:
    """Scheduler of reports. ``run`` is a thread's loop; ``step`` queues jobs for the workers, and does none of them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        """Queue the jobs that are due; return their number."""
        return self._count_days() + self._make_reports()

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "scheduling the reports", look_s=LOOK_S)

    def _count_days(self) -> int:
        now = self._context.now()
        with self._context.uow() as unit:
            open_days(unit.session, now)
            is_due = bool(due_days(unit.session, now)) and not unit.jobs.is_open(JobKind.COUNT_FIGURES, SUBJECT)
            if is_due:
                unit.jobs.add(JobKind.COUNT_FIGURES, SUBJECT, {})
            unit.commit()
        return int(is_due)

    def _make_reports(self) -> int:
        context = self._context
        unit = context.uow()
        return requests.order_due(
            unit,
            actor_of=lambda user_id: _actor(unit, user_id),
            is_counted=lambda on: is_closed(unit.session, on),
            authority_allows=lambda actor, area_id, tree: may(actor, Action.DELIVERY_READ, area_id, tree),
            now=context.now(),
            new_id=context.new_id,
        )


def _actor(unit: UnitOfWork, user_id: UserId) -> Actor | None:
    """Return the subscriber's rights; None if the account is disabled."""
    user = unit[People].get(user_id)
    return None if user.disabled_at else user.actor
