"""Event log by person, kind and time, and progress of jobs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from cms.accounts.tables import UserRow
from cms.platform.store.jobs import JobState
from cms.platform.store.kinds import JobKind
from cms.platform.store.rows import value_of
from cms.platform.store.tables import EventRow, JobRow


@dataclass(frozen=True, slots=True)
class EventLine:
    """Line of the log; ``seq`` is its place in the chain."""

    seq: int
    at: datetime
    name: str
    subject_id: str
    by: str
    by_name: str
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class JobProgress:
    """Progress of a job. ``step`` is a stable code of ``media.ports.Progress``; ``error`` tells why it failed.

    ``sentences``: how many are spoken of all, ``12/48``; empty in other steps.
    """

    id: str
    kind: JobKind
    subject_id: str
    state: JobState
    progress_pct: int
    step: str
    sentences: str
    error: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.state in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


def events_of(session: Session, subject_id: str, limit: int = 200) -> Sequence[EventLine]:
    """List the events of one subject, newest first."""
    return latest_events(session, EventRow.subject_id == subject_id, limit=limit)


def latest_events(session: Session, *where: ColumnElement[bool], limit: int = 100) -> Sequence[EventLine]:
    """List the log's lines that meet these conditions, newest first."""
    rows = session.scalars(select(EventRow).where(*where).order_by(EventRow.seq.desc()).limit(limit))
    return [event_line(row) for row in rows]


def job_progress(session: Session, job_id: str) -> JobProgress | None:
    """Return a job's progress, if there is one of that id."""
    return jobs_progress(session, [job_id]).get(job_id)


def jobs_progress(session: Session, job_ids: Collection[str]) -> dict[str, JobProgress]:
    """Return the progress of those of these jobs that exist."""
    rows = session.scalars(select(JobRow).where(JobRow.id.in_(job_ids)))
    found = (replace(value_of(JobProgress, row), state=JobState(row.state)) for row in rows)
    return {each.id: replace(each, step=each.step.partition(" ")[0]) for each in found}


def event_line(row: EventRow) -> EventLine:
    detail = msgspec.json.decode(row.detail, type=dict[str, object])
    return EventLine(row.seq, row.at, row.name, row.subject_id, row.by, row.by_name, detail)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Filter. ``person``: a login, or a name as the log has it. ``kind``: an event's name before the point."""

    person: str = ""
    kind: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None


def audit_lines(
    session: Session, chosen: AuditFilter, before_seq: int | None = None, limit: int = 100
) -> Sequence[EventLine]:
    """List lines, newest first, from before a given line on."""
    where = [] if before_seq is None else [EventRow.seq < before_seq]
    if chosen.person:
        users = session.scalars(
            select(UserRow.id).where(or_(UserRow.login == chosen.person.lower(), UserRow.name == chosen.person))
        ).all()
        where.append(or_(EventRow.by.in_([*users, chosen.person]), EventRow.subject_id.in_(users)))
    if chosen.kind:
        where.append(EventRow.name.startswith(f"{chosen.kind}.", autoescape=True))
    if chosen.from_at is not None:
        where.append(EventRow.at >= chosen.from_at)
    if chosen.until_at is not None:
        where.append(EventRow.at < chosen.until_at)
    return latest_events(session, *where, limit=limit)
