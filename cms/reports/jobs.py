"""Background work for reports: counting and making them, and their schedule."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from broadcast.reports.model import ReportId, Span
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.platform.context import Context
from cms.platform.letterhead import NO_LETTERHEAD, Letterhead
from cms.platform.store.engine import reading
from cms.platform.store.jobs import Job
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.runner import Apply, JobFailedError
from cms.reports.documents.formats import document, word_document, workbook
from cms.reports.documents.sheets import paper
from cms.reports.queries import report
from cms.reports.repository.counting import count_day, due_days, is_closed, open_days, store_day
from cms.reports.repository.reports import Reports
from cms.reports.service import requests
from media.ports import ContentStore, Progress
from province.people import Action, Actor, UserId
from province.policy import may

_COUNTED_PCT = 60
SUBJECT: Final = "figures"


@dataclass(frozen=True)
class Counting:
    """Counter of figures; each day in a transaction of its own, so that a crash loses one day's count."""

    engine: Engine
    uow: Callable[[], UnitOfWork]
    now: Callable[[], datetime]

    def bring_up(self, progress: Progress, whole_pct: int, within: Span | None = None) -> int:
        """Count the days that are behind, and return how many; ``progress`` goes up to ``whole_pct``."""
        with reading(self.engine) as session:
            days = due_days(session, self.now(), within=within)
        for number, on in enumerate(days):
            progress(whole_pct * number // len(days), "counting")
            with reading(self.engine) as session:
                count = count_day(session, on, self.now())
            if count is not None:
                with self.uow() as unit:
                    store_day(unit.session, count)
                    unit.commit()
        return len(days)


@dataclass(frozen=True)
class CountFigures:
    """Work of ``JobKind.COUNT_FIGURES``."""

    counting: Counting

    def do(self, job: Job, progress: Progress) -> Apply:
        del job
        self.counting.bring_up(progress, 100)
        return lambda _unit: None

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        """Leave the days marked; nothing waits for this job."""


@dataclass(frozen=True)
class MakeReport:
    """Work of ``JobKind.MAKE_REPORT``: counts the days of the span that are behind, then makes its files."""

    engine: Engine
    store: ContentStore
    counting: Counting
    letterhead: Letterhead = NO_LETTERHEAD

    def do(self, job: Job, progress: Progress) -> Apply:
        with reading(self.engine) as session:
            asked = Reports(session).get(ReportId(job.subject_id))
        self.counting.bring_up(progress, _COUNTED_PCT, asked.span)
        progress(_COUNTED_PCT, "writing")
        with reading(self.engine) as session:
            found = report(session, Places(session).tree(), asked.area_id, asked.span)
        written = paper(found)
        files = {"xlsx": self.store.put_bytes(workbook(written))}
        files["docx"] = self.store.put_bytes(word_document(written, self.letterhead))
        progress(80, "writing")
        try:
            files["pdf"] = self.store.put_bytes(document(written, self.letterhead))
        except FileNotFoundError as error:
            raise JobFailedError("FONT_MISSING") from error
        progress(95, "storing")
        return lambda unit: requests.finish(
            unit,
            asked.id,
            files=files,
            area_name=found.area_name,
            counted_at=found.counted_at,
            now=self.counting.now(),
        )

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        requests.fail(unit, ReportId(job.subject_id), error=code)


class ReportScheduler:
    """Scheduler of reports: ``step`` queues jobs for the workers, and does none of them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        """Queue the jobs that are due; return their number."""
        return self._count_days() + self._make_reports()

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
