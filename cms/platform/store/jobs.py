"""Jobs of the workers: a job is a row that a worker claims under a lease; the queue only wakes a worker."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from cms.platform.store.kinds import JobKind
from cms.platform.store.rows import change, value_of
from cms.platform.store.tables import JobRow

# A job whose worker died this often is taken to kill workers: it fails instead of being retried.
ATTEMPTS_MAX = 5
URGENT = frozenset({JobKind.MAKE_ALERT_SOUND, JobKind.PREPARE_ALERT_SOUND})
LATER_S = 2.0
"""A job that no alert waits for yet is left this long: it is made at the moment when an alert goes out, or ends."""
PROMPT = frozenset({JobKind.MAKE_PREVIEW, JobKind.MAKE_ALERT_REPORT})
"""Jobs for which somebody waits at the screen, or that are due within a minute."""


class JobState(StrEnum):
    """States: QUEUED → RUNNING → DONE or FAILED; CANCELLED from the first two. A lapsed RUNNING may be claimed."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_IS_OPEN = JobRow.state.in_([JobState.QUEUED, JobState.RUNNING])


@dataclass(frozen=True, slots=True)
class Job:
    """Job as claimed; ``lease`` must be shown with every later change of it."""

    id: str
    kind: JobKind
    subject_id: str
    payload: dict[str, object]
    lease: str
    attempts: int


def is_any_open(session: Session, kinds: Iterable[JobKind]) -> bool:
    """Return whether a job of these kinds waits, also for later, or runs."""
    return bool(session.connection().scalar(select(exists().where(_IS_OPEN, JobRow.kind.in_(sorted(kinds))))))


class Jobs:
    """Jobs as one unit of work adds and cancels them, and the workers' side."""

    def __init__(self, session: Session, new_id: Callable[[], str], now: Callable[[], datetime]) -> None:
        self._session = session
        self._new_id = new_id
        self._now = now
        self._added: list[str] = []
        self._urgent: set[str] = set()

    @property
    def added(self) -> tuple[str, ...]:
        """Job ids to put on the queue once this unit of work is committed."""
        return tuple(self._added)

    @property
    def urgent(self) -> frozenset[str]:
        """Urgent ones of ``added``, which go before all others."""
        return frozenset(self._urgent)

    def add(self, kind: JobKind, subject_id: str, payload: dict[str, object]) -> str:
        """Add a queued job and return its id. It is enqueued after the commit, but for one that is not due by then."""
        job_id, now = self._new_id(), self._now()
        row = {"id": job_id, "kind": kind, "subject_id": subject_id, "payload": payload, "created_at": now}
        unclaimed = {"attempts": 0, "lease": "", "lease_until_at": now, "progress_pct": 0, "step": "", "error": ""}
        self._session.execute(insert(JobRow), [{**row, "state": JobState.QUEUED, **unclaimed}])
        if kind is not JobKind.PREPARE_ALERT_SOUND:
            self._added.append(job_id)
        if kind is JobKind.MAKE_ALERT_SOUND:
            self._urgent.add(job_id)
        return job_id

    def is_open(self, kind: JobKind, subject_id: str) -> bool:
        """Return whether a job of this kind waits or runs for that subject."""
        query = select(JobRow.id).where(JobRow.subject_id == subject_id, JobRow.kind == kind, _IS_OPEN)
        return self._session.scalar(query.limit(1)) is not None

    def cancel(self, job_id: str) -> None:
        """Cancel a job: a queued one will not run, a running one's result is not used. Unknown ids are ignored."""
        self._set(JobRow.id == job_id, _IS_OPEN, state=JobState.CANCELLED, finished_at=self._now())

    def claim(self, job_id: str, lease_s: float) -> Job | None:
        """Claim the job for ``lease_s``; None where another has it, it has ended, or it was dropped too often.

        The queue may deliver its id after it was claimed, or after it killed its last worker.
        """
        now, lease = self._now(), self._new_id()
        lapsed = and_(JobRow.state == JobState.RUNNING, JobRow.lease_until_at < now)
        taken = self._set(
            JobRow.id == job_id,
            JobRow.attempts < ATTEMPTS_MAX,
            or_(JobRow.state == JobState.QUEUED, lapsed),
            state=JobState.RUNNING,
            lease=lease,
            lease_until_at=now + timedelta(seconds=lease_s),
            attempts=JobRow.attempts + 1,
            started_at=now,
            progress_pct=0,
            step="",
        )
        if not taken:
            return None
        return value_of(Job, self._session.scalars(select(JobRow).where(JobRow.id == job_id)).one())

    def progress(self, job: Job, pct: int, step: str, lease_s: float) -> bool:
        """Write the progress and renew the lease. False: the job is no longer ours (cancelled or reclaimed); stop."""
        until = self._now() + timedelta(seconds=lease_s)
        return self._set(*self._ours(job), progress_pct=pct, step=step, lease_until_at=until)

    def finish(self, job: Job) -> bool:
        """Mark the job done. False: it is no longer ours, and its result must not be used."""
        return self._set(*self._ours(job), state=JobState.DONE, progress_pct=100, step="", finished_at=self._now())

    def fail(self, job: Job, error: str) -> bool:
        """Mark the job failed, with a stable code or sentence of why; it is not retried."""
        return self._set(*self._ours(job), state=JobState.FAILED, error=error[:2000], finished_at=self._now())

    def release(self, job: Job, after_s: float, error: str = "") -> bool:
        """Release the job to be retried after ``after_s``."""
        due = self._now() + timedelta(seconds=after_s)
        return self._set(*self._ours(job), state=JobState.QUEUED, lease="", lease_until_at=due, error=error[:2000])

    def hand_back(self, job: Job) -> bool:
        """Hand the job back as if it had not been claimed: its worker ends, and nothing is wrong with either."""
        as_before = {"state": JobState.QUEUED, "lease": "", "lease_until_at": self._now()}
        return self._set(*self._ours(job), **as_before, attempts=JobRow.attempts - 1, progress_pct=0, step="")

    def due(self, *, only_urgent: bool = False, urgent_after_s: float = 0.0, limit: int = 20) -> Sequence[str]:
        """List jobs that any worker may claim now: new, postponed until now, or their worker died; urgent first.

        A read: ``claim`` decides which worker gets one. Jobs dropped too often are left to ``exhausted``.
        ``urgent_after_s``: urgent ones are left out for so long, as they have a worker of their own.
        """
        now = self._now()
        is_urgent, is_later = JobRow.kind.in_(sorted(URGENT)), JobRow.kind == JobKind.PREPARE_ALERT_SOUND
        query = select(JobRow.id).where(
            _IS_OPEN,
            # However this machine's clock differs from the web's: one from the future is due, and a new one at once.
            or_(~is_later, ~JobRow.created_at.between(now - timedelta(seconds=LATER_S), now)),
            or_(and_(JobRow.state == JobState.QUEUED, JobRow.attempts == 0), JobRow.lease_until_at <= now),
            JobRow.attempts < ATTEMPTS_MAX,
        )
        if only_urgent:
            query = query.where(is_urgent)
        if urgent_after_s:
            query = query.where(or_(~is_urgent, JobRow.created_at <= now - timedelta(seconds=urgent_after_s)))
        is_awaited, is_prompt = JobRow.kind == JobKind.MAKE_ALERT_SOUND, JobRow.kind.in_(sorted(PROMPT))
        rank = case((is_awaited, 0), (is_urgent, 1), (is_prompt, 2), else_=3)
        return self._session.scalars(query.order_by(rank, JobRow.created_at, JobRow.id).limit(limit)).all()

    def exhausted(self, limit: int = 100) -> Sequence[Job]:
        """List jobs dropped too often to be retried; ``fail_dropped`` ends each together with what waits for it."""
        was_dropped = (_IS_OPEN, JobRow.lease_until_at < self._now(), JobRow.attempts >= ATTEMPTS_MAX)
        rows = self._session.scalars(select(JobRow).where(*was_dropped).limit(limit))
        return [value_of(Job, row) for row in rows]

    def fail_dropped(self, job: Job, error: str) -> bool:
        """Mark a dropped job failed. False: it was claimed or ended meanwhile."""
        return self._set(
            JobRow.id == job.id,
            _IS_OPEN,
            JobRow.lease == job.lease,
            JobRow.lease_until_at < self._now(),
            state=JobState.FAILED,
            error=error[:2000],
            finished_at=self._now(),
        )

    def _ours(self, job: Job) -> tuple[ColumnElement[bool], ...]:
        return (JobRow.id == job.id, JobRow.state == JobState.RUNNING, JobRow.lease == job.lease)

    def _set(self, *where: ColumnElement[bool], **values: object) -> bool:
        return bool(change(self._session, update(JobRow).where(*where).values(**values)))
