"""Reports in the worker: counts of days, and the files of reports."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from broadcast.reports.model import ReportId, Span
from cms.areas.repository import Places
from cms.platform.store.engine import reading
from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.runner import Apply, JobFailedError
from cms.reports.documents.formats import document, workbook
from cms.reports.documents.sheets import paper
from cms.reports.queries import report
from cms.reports.repository.counting import count_day, due_days, store_day
from cms.reports.repository.reports import Reports
from cms.reports.service import requests
from media.ports import ContentStore, Progress

_COUNTED_PCT = 60


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
    """Work of ``JobKind.MAKE_REPORT``: counts the days of the span that are behind, then makes both files."""

    engine: Engine
    store: ContentStore
    counting: Counting

    def do(self, job: Job, progress: Progress) -> Apply:
        with reading(self.engine) as session:
            asked = Reports(session).get(ReportId(job.subject_id))
        self.counting.bring_up(progress, _COUNTED_PCT, asked.span)
        progress(_COUNTED_PCT, "writing")
        with reading(self.engine) as session:
            found = report(session, Places(session).tree(), asked.area_id, asked.span)
        written = paper(found)
        xlsx = self.store.put_bytes(workbook(written))
        progress(80, "writing")
        try:
            pdf = self.store.put_bytes(document(written))
        except FileNotFoundError as error:
            raise JobFailedError("FONT_MISSING") from error
        progress(95, "storing")
        return lambda unit: requests.finish(
            unit,
            asked.id,
            xlsx_sha256=xlsx,
            pdf_sha256=pdf,
            area_name=found.area_name,
            counted_at=found.counted_at,
            now=self.counting.now(),
        )

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        requests.fail(unit, ReportId(job.subject_id), error=code)
