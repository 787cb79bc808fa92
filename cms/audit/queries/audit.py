"""Event log by person, kind and time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cms.accounts.tables import UserRow
from cms.audit.queries.log import EventLine, event_line
from cms.platform.store.tables import EventRow


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
    query = select(EventRow).order_by(EventRow.seq.desc()).limit(limit)
    if before_seq is not None:
        query = query.where(EventRow.seq < before_seq)
    if chosen.person:
        users = session.scalars(
            select(UserRow.id).where(or_(UserRow.login == chosen.person.lower(), UserRow.name == chosen.person))
        ).all()
        query = query.where(or_(EventRow.by.in_([*users, chosen.person]), EventRow.subject_id.in_(users)))
    if chosen.kind:
        query = query.where(EventRow.name.startswith(f"{chosen.kind}.", autoescape=True))
    if chosen.from_at is not None:
        query = query.where(EventRow.at >= chosen.from_at)
    if chosen.until_at is not None:
        query = query.where(EventRow.at < chosen.until_at)
    return [event_line(row) for row in session.scalars(query)]
