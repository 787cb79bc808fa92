"""Job runner: a job is claimed under a lease, kept alive while it runs, and finished in one transaction."""

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from sqlalchemy.exc import SQLAlchemyError

from cms.platform.process.lent_precedence import LentPrecedence
from cms.platform.store.jobs import ATTEMPTS_MAX, URGENT, Job
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork, UowFactory
from media.ports import Progress
from province.errors import ConflictError

log = logging.getLogger(__name__)
RETRY_AFTER_S = 5.0
_TRIES_ON_CONFLICT = 5

Apply = Callable[[UnitOfWork], None]
"""Open the unit of work, write a result and commit, which marks the job done too; or find the result obsolete and
leave without writing. Called again after a conflict."""


Mark = Callable[[UnitOfWork], bool]
"""Write the job's last state; False: the job is no longer ours."""


class JobLostError(Exception):
    """Error: the job is no longer ours; it was cancelled, or reclaimed because we looked dead."""


class JobLeftError(Exception):
    """Error: this process ends, and leaves the job to another one."""


def _never() -> bool:
    return False


class LeaseKeeper:
    """Thread that renews the lease three times per lease time and writes progress as it comes.

    One step of a long recording takes longer than a lease, so progress alone could not keep it. ``is_ending``: this
    process has been told to stop.
    """

    def __init__(
        self, uow: Callable[[], UnitOfWork], job: Job, lease_s: float, is_ending: Callable[[], bool] = _never
    ) -> None:
        self._uow = uow
        self._job = job
        self._lease_s = lease_s
        self._is_ending = is_ending
        self._reached = (0, "")
        self._is_lost = False
        self._over = threading.Event()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{job.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def progress(self, pct: int, step: str) -> None:
        """Write progress; implements ``media.ports.Progress``.

        Raises:
            JobLostError: the job is no longer ours, as far as is known: stop working.
            JobLeftError: this process ends.
        """
        if (pct, step) != self._reached:
            self._reached = (pct, step)
            self._renew()
        if self._is_lost:
            raise JobLostError(self._job.id)
        if self._is_ending():
            raise JobLeftError(self._job.id)

    def _beat(self) -> None:
        while not self._over.wait(self._lease_s / 3):
            try:
                self._renew()
            except SQLAlchemyError:  # the database is unreachable for a moment: the lease may outlast that
                log.warning("lease of job %s not renewed", self._job.id, exc_info=True)

    def _renew(self) -> None:
        with self._writing, self._uow() as unit:
            is_ours = unit.jobs.progress(self._job, *self._reached, self._lease_s)
            unit.commit()
        self._is_lost = not is_ours


class JobFailedError(Exception):
    """Error: a retry cannot help; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class JobDelayedError(Exception):
    """Error: a retry may help; ``code`` is kept for the last attempt."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Work(Protocol):
    """Work of one kind of job."""

    def do(self, job: Job, progress: Progress) -> Apply:
        """Do the long part, outside any transaction. Raises JobFailedError, JobDelayedError."""

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        """Open ``unit``, write the failure and commit, which marks the job failed too."""


@dataclass(frozen=True)
class Runner:
    """Runner of jobs; the same id twice, at once or later, gives one result.

    While it runs an urgent one its process yields the processor to no other program of the set. ``is_ending``: that has
    been told to stop; at its next step it hands the job back, and another process may claim it at once.
    """

    uow: UowFactory
    work: Mapping[JobKind, Work]
    lease_s: float
    precedence: LentPrecedence = field(default_factory=LentPrecedence)
    is_ending: Callable[[], bool] = _never

    def due(self, *, only_urgent: bool, urgent_after_s: float = 0.0) -> Sequence[str]:
        """List the jobs that may be run now, in order; a read that takes no lock."""
        with self.uow.reading() as unit:
            return unit.jobs.due(only_urgent=only_urgent, urgent_after_s=urgent_after_s)

    def run(self, job_id: str) -> bool:
        """Run the job if it is free, and return whether it was; raises only the store's errors."""
        with self.uow() as unit:
            job = unit.jobs.claim(job_id, self.lease_s)
            unit.commit()
        if job is None:
            log.info("job %s is not free: finished, or held by another worker", job_id)
            return False
        if job.kind in URGENT:
            self.precedence.lend(os.getpid())
        try:
            self._do(job)
        except JobLostError:
            log.info("job %s was cancelled or reclaimed", job.id)
        except JobLeftError:
            log.info("job %s is handed back, as this process ends", job.id)
            with self.uow() as unit:
                unit.jobs.hand_back(job)
                unit.commit()
        except JobFailedError as error:
            self._fail(job, error.code)
        except JobDelayedError as error:
            log.warning("job %s of %s is postponed: %s: %s", job.id, job.subject_id, error.code, error.__cause__)
            self._delay(job, error.code)
        except Exception:  # the outermost loop of a worker: a job that hit a defect is retried, then failed
            log.exception("job %s of %s crashed", job.id, job.subject_id)
            self._delay(job, "DEFECT")
        finally:
            self.precedence.take_back()
        return True

    def give_up_exhausted(self) -> None:
        """Fail the jobs that were dropped too often to be tried again."""
        with self.uow.reading() as unit:
            exhausted = unit.jobs.exhausted()
        for job in exhausted:
            log.error("job %s failed: its worker died %d times", job.id, job.attempts)
            self._drop(job)

    def _do(self, job: Job) -> None:
        with LeaseKeeper(self.uow, job, self.lease_s, self.is_ending) as keeper:
            apply = self.work[job.kind].do(job, keeper.progress)
            self._end(job, lambda unit: unit.jobs.finish(job), apply)

    def _fail(self, job: Job, code: str) -> None:
        with suppress(JobLostError):
            self._end(job, lambda unit: unit.jobs.fail(job, code), self._giving_up(job, code))

    def _drop(self, job: Job) -> None:
        with suppress(JobLostError):
            self._end(job, lambda unit: unit.jobs.fail_dropped(job, "DROPPED"), self._giving_up(job, "DROPPED"))

    def _giving_up(self, job: Job, code: str) -> Apply:
        return lambda unit: self.work[job.kind].give_up(unit, job, code)

    def _end(self, job: Job, mark: Mark, apply: Apply) -> None:
        """Write result and last state in one transaction. Raises JobLostError where the job is no longer ours."""
        for tries_left in reversed(range(_TRIES_ON_CONFLICT)):
            try:
                self._end_once(job, mark, apply)
            except ConflictError:  # the same bulletin was edited meanwhile: read it again
                if not tries_left:
                    raise
            else:
                return

    def _end_once(self, job: Job, mark: Mark, apply: Apply) -> None:
        unit, is_marked = self.uow(), False

        def close() -> None:
            nonlocal is_marked
            if not mark(unit):
                raise JobLostError(job.id)
            is_marked = True

        unit.before_commit(close)
        apply(unit)
        if not is_marked:  # the result is obsolete: the job is done all the same
            with unit:
                unit.commit()

    def _delay(self, job: Job, code: str) -> None:
        if job.attempts >= ATTEMPTS_MAX:
            self._fail(job, code)
            return
        with self.uow() as unit:
            unit.jobs.release(job, RETRY_AFTER_S * job.attempts, code)
            unit.commit()
