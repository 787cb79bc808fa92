"""Head of the event log: by which a database is known again, and the instant that it knows to have passed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms.store.tables import EventRow


def head(session: Session) -> tuple[int, str]:
    """Number and hash of the last event; 0 and nothing where there is none."""
    last = session.execute(select(EventRow.seq, EventRow.hash).order_by(EventRow.seq.desc()).limit(1)).first()
    return (last.seq, last.hash) if last else (0, "")


def hash_at(session: Session, seq: int) -> str | None:
    """Of the event of this number."""
    return session.scalar(select(EventRow.hash).where(EventRow.seq == seq))


def newest_at(session: Session) -> datetime | None:
    """When the event was that lies furthest ahead, wherever it stands in the chain."""
    return session.scalar(select(func.max(EventRow.at)))
