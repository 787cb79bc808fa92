"""Event log by person, kind and time, and progress of jobs."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, func, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from cms.accounts.tables import UserRow
from cms.alerts.tables import AlertRow
from cms.areas.tables import AreaRow
from cms.bulletins.tables.bulletins import BulletinRow
from cms.fleet.tables import DeviceRow
from cms.notifications.repository import EventCursors
from cms.platform.store import chain
from cms.platform.store.jobs import JobState
from cms.platform.store.kinds import JobKind
from cms.platform.store.paging import ResultPage, cursor_at, page_of, read_cursor_at
from cms.platform.store.rows import value_of
from cms.platform.store.tables import EventRow, JobRow
from cms.sessions.tables import BroadcastSessionRow
from cms.stations.tables import StationRow

PEOPLE_MOST: Final = 5
"""People of one name who are searched for."""
SYSLOG: Final = "syslog"
"""Name of the cursor of the export to a log server."""
SYSLOG_STALLED: Final = "audit.export_stalled"
SYSLOG_RESUMED: Final = "audit.export_resumed"
SEQ_DIGITS: Final = 18
NAMES_MOST: Final = 400
"""SQLite joins at most 500 queries into one."""
_NAMED: Final[Mapping[str, tuple[Any, Any]]] = {
    "alert": (AlertRow.id, AlertRow.headline),
    "area": (AreaRow.id, AreaRow.name),
    "broadcast_session": (BroadcastSessionRow.id, BroadcastSessionRow.__table__.c["name"]),
    "bulletin": (BulletinRow.id, BulletinRow.title),
    "device": (DeviceRow.id, DeviceRow.name),
    "station": (StationRow.id, StationRow.name),
    "user": (UserRow.id, UserRow.name),
}
"""Id and name of the things that events are about, by the event's name before the point."""


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
    """Filter. ``person``: a login, or a name as the log has it. ``kind``: an event's name before the point.

    ``subject``: the id of one thing, whatever its kind.
    """

    person: str = ""
    kind: str = ""
    subject: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None


def audit_page(session: Session, chosen: AuditFilter, after: str, limit: int) -> ResultPage[EventLine]:
    """Read one page of the lines, the latest first, from behind a cursor on."""
    keys = _keys(session, chosen, after, limit + 1)
    found = session.scalars(select(EventRow).where(EventRow.seq.in_(keys)))
    lines = sorted(map(event_line, found), key=lambda line: (line.at, line.seq), reverse=True)
    return page_of(lines, limit, lambda line: cursor_at(line.at, str(line.seq)))


def audit_count(session: Session, chosen: AuditFilter, most: int) -> int:
    """Count the lines, up to ``most``."""
    return len(_keys(session, chosen, "", most))


def _keys(session: Session, chosen: AuditFilter, after: str, limit: int) -> list[int]:
    """Return the numbers of the latest lines.

    A million lines are searched by the indexes alone: every branch has all its conditions in one, whose order is that
    of the page. So a person's or a kind's events are a branch for each name that occurs among them.
    """
    behind = _behind(after)
    times = [
        *([] if behind is None else [tuple_(EventRow.at, EventRow.seq) < tuple_(*behind)]),
        *([] if chosen.from_at is None else [EventRow.at >= chosen.from_at]),
        *([] if chosen.until_at is None else [EventRow.at < chosen.until_at]),
    ]
    branches = [
        select(EventRow.at, EventRow.seq)
        .where(*branch, *times)
        .order_by(EventRow.at.desc(), EventRow.seq.desc())
        .limit(limit)
        .subquery()
        for branch in _branches(session, chosen)
    ]
    if not branches:
        return []
    every = union_all(*(select(each.c.at, each.c.seq) for each in branches)).subquery()
    return list(session.scalars(select(every.c.seq).order_by(every.c.at.desc(), every.c.seq.desc()).limit(limit)))


def _behind(cursor: str) -> tuple[datetime, int] | None:
    place = read_cursor_at(cursor)
    is_seq = place is not None and place[1].isdecimal() and len(place[1]) <= SEQ_DIGITS
    return (place[0], int(place[1])) if place is not None and is_seq else None


def _branches(session: Session, chosen: AuditFilter) -> list[list[ColumnElement[bool]]]:
    """Return the conditions of each branch; no line is in two of them."""
    of_kind = [EventRow.name.startswith(f"{chosen.kind}.", autoescape=True)] if chosen.kind else []
    people = _people(session, chosen.person) if chosen.person else []
    if chosen.subject:
        by = [EventRow.by.in_(people)] if people else []
        return [[EventRow.subject_id == chosen.subject, *by, *of_kind]]
    if people:
        users = people[:-1]
        own = [
            [EventRow.by == person, EventRow.name == name]
            for person in people
            for name in _names(session, chosen.kind, EventRow.by == person)
        ]
        return [*own, *([EventRow.subject_id == user, EventRow.by.not_in(people), *of_kind] for user in users)]
    if chosen.kind:
        return [[EventRow.name == name] for name in _names(session, chosen.kind)]
    return [[]]


def _people(session: Session, person: str) -> list[str]:
    """Return the ids of the users of this login or name; last the name itself, by which the log names programs."""
    is_it = or_(UserRow.login == person.lower(), UserRow.name == person)
    return [*dict.fromkeys([*session.scalars(select(UserRow.id).where(is_it).limit(PEOPLE_MOST)), person])]


def _names(session: Session, kind: str, *where: ColumnElement[bool]) -> list[str]:
    """List the names of events that occur, of one kind if it is given: one look into the index for each."""
    first = select(func.min(EventRow.name).label("name")).where(*where).cte("names", recursive=True)
    later = select(func.min(EventRow.name)).where(EventRow.name > first.c.name, *where).scalar_subquery()
    every = first.union_all(select(later).where(first.c.name.is_not(None)))
    names = session.scalars(select(every.c.name).where(every.c.name.is_not(None)))
    return [name for name in names if not kind or name.startswith(f"{kind}.")][:NAMES_MOST]


def subject_names(session: Session, lines: Collection[EventLine]) -> Mapping[str, str]:
    """Return the present names of what these lines are about, of those kinds that have names."""
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        ids[line.name.partition(".")[0]].add(line.subject_id)
    found: dict[str, str] = {}
    for kind, (key, name) in _NAMED.items():
        if ids[kind]:
            found |= {row[0]: row[1] for row in session.execute(select(key, name).where(key.in_(ids[kind])))}
    return found


@dataclass(frozen=True, slots=True)
class ExportState:
    """State of the export to a log server. ``stalled_at``: since when it fails, if it does and that was logged."""

    sent_seq: int
    behind: int
    stalled_at: datetime | None


def export_state(session: Session) -> ExportState:
    """Read how far the export to a log server is."""
    sent = EventCursors(session).at(SYSLOG)
    last = latest_events(session, EventRow.name.in_((SYSLOG_STALLED, SYSLOG_RESUMED)), limit=1)
    stalled_at = last[0].at if last and last[0].name == SYSLOG_STALLED else None
    return ExportState(sent, max(0, chain.head(session)[0] - sent), stalled_at)
