"""Head of the event log: identifies a database, and bounds its time from below."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms.platform.store.tables import EventRow


def head(session: Session) -> tuple[int, str]:
    """Return number and hash of the last event; 0 and empty where there is none."""
    last = session.execute(select(EventRow.seq, EventRow.hash).order_by(EventRow.seq.desc()).limit(1)).first()
    return (last.seq, last.hash) if last else (0, "")


def hash_at(session: Session, seq: int) -> str | None:
    """Return the hash of the event of this number."""
    return session.scalar(select(EventRow.hash).where(EventRow.seq == seq))


def newest_at(session: Session) -> datetime | None:
    """Return the latest instant of any event, wherever it stands in the chain."""
    return session.scalar(select(func.max(EventRow.at)))
