"""Who was turned away, and what a device's life has been."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.store.queries.health import DENIED, OVERHEARD
from cms.store.queries.log import EventLine, event_line
from cms.store.tables import EventRow

REFUSALS: Final = (
    "broker.refused",
    "box.denied",
    "box.overheard",
    "device.claim_locked",
    "device.enrolment_refused",
    DENIED,
    OVERHEARD,
)


def refusals(session: Session, limit: int = 20) -> Sequence[EventLine]:
    """The newest first."""
    rows = session.scalars(
        select(EventRow).where(EventRow.name.in_(REFUSALS)).order_by(EventRow.seq.desc()).limit(limit)
    )
    return [event_line(row) for row in rows]


def history(session: Session, subjects: Sequence[str], limit: int = 50) -> Sequence[EventLine]:
    """What was done to these (a device and its boxes), the newest first."""
    rows = session.scalars(
        select(EventRow)
        .where(EventRow.subject_id.in_(subjects), EventRow.name.startswith("device."))
        .order_by(EventRow.seq.desc())
        .limit(limit)
    )
    return [event_line(row) for row in rows]
