"""A store with a clock the test turns, and a runner on it, without a queue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from cms.audit.queries import JobProgress, events_of, job_progress
from cms.platform.process.lent_precedence import LentPrecedence
from cms.platform.store.engine import make_engine, reading
from cms.platform.store.jobs import Job
from cms.platform.store.kinds import JobKind
from cms.platform.store.tables import JobRow
from cms.platform.store.uow import UnitOfWork, UowFactory
from cms.platform.worker.runner import Apply, Runner
from media.ports import Progress
from province.errors import ConflictError
from province.events import Event
from province.machine_clock import utc_now
from tests.databases import new_sqlite

Step = Callable[[Job, Progress], None]


class ScriptedWork:
    """Scripted work: runs the test's step; its result is an event, and so is its failure."""

    def __init__(self) -> None:
        self.step: Step = lambda _job, _progress: None
        self.conflicts = 0
        self.is_wanted = True

    def do(self, job: Job, progress: Progress) -> Apply:
        self.step(job, progress)
        return lambda unit: self._write(unit, "sound.made", job, "")

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        self._write(unit, "sound.failed", job, code)

    def _write(self, unit: UnitOfWork, name: str, job: Job, code: str) -> None:
        if not self.is_wanted:
            return
        with unit:
            unit.record(Event(name, job.subject_id, utc_now(), "", "", {"code": code}))
            if self.conflicts:
                self.conflicts -= 1
                raise ConflictError("bulletin", job.subject_id, 1, 2)
            unit.commit()


class Shop:
    """A store with a clock the test turns, and a runner on it."""

    def __init__(self, folder: Path) -> None:
        self.engine = make_engine(new_sqlite(folder / "loa.db"))
        self.ahead = timedelta()
        self.units = UowFactory(self.engine, now=self.now)
        self.work = ScriptedWork()
        kinds = (JobKind.MAKE_SOUND, JobKind.MAKE_ALERT_SOUND)
        self.runner = Runner(self.units, dict.fromkeys(kinds, self.work), 30, LentPrecedence(folder / "proc"))

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def add(self, kind: JobKind = JobKind.MAKE_SOUND) -> str:
        with self.units() as unit:
            job_id = unit.jobs.add(kind, "b1", {})
            unit.commit()
        return job_id

    def claim(self, job_id: str) -> Job:
        with self.units() as unit:
            job = unit.jobs.claim(job_id, 30)
            unit.commit()
        assert job is not None
        return job

    def cancel(self, job_id: str) -> None:
        with self.units() as unit:
            unit.jobs.cancel(job_id)
            unit.commit()

    def job(self, job_id: str) -> JobProgress:
        with reading(self.engine) as session:
            found = job_progress(session, job_id)
        assert found is not None
        return found

    def lease_until(self, job_id: str) -> datetime:
        with reading(self.engine) as session:
            return session.scalars(select(JobRow.lease_until_at).where(JobRow.id == job_id)).one()

    def told(self) -> list[tuple[str, object]]:
        with reading(self.engine) as session:
            return [(e.name, e.detail["code"]) for e in reversed(events_of(session, "b1"))]
