"""Live addresses for the screens, and their delay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from broadcast.live.model import LiveSession, LiveState
from cms.alerts.tables import ReachRow
from cms.live.tables import LiveRow
from cms.platform.store.rows import value_of

_P95 = 0.95


@dataclass(frozen=True, slots=True)
class Delay:
    """Delay from microphone to loudspeaker, as ``devices`` of them last reported: median and 95th percentile."""

    devices: int
    median_ms: int
    p95_ms: int


def latest_live(session: Session, limit: int = 200) -> Sequence[LiveSession]:
    """List the latest live addresses, newest first."""
    rows = session.scalars(select(LiveRow).order_by(LiveRow.prepared_at.desc(), LiveRow.id.desc()).limit(limit))
    return [value_of(LiveSession, row) for row in rows]


def live_since(session: Session, at: datetime) -> Sequence[LiveSession]:
    """List the live addresses that are open, or ended since then, oldest first."""
    row = LiveRow
    is_open = row.state.in_([LiveState.PREPARING, LiveState.ON_AIR])
    query = select(row).where(or_(is_open, row.ended_at >= at)).order_by(row.prepared_at, row.id)
    return [value_of(LiveSession, each) for each in session.scalars(query)]


def delay_of(session: Session, live_id: str) -> Delay | None:
    """Return the delay of a live address; None: no device has reported one yet."""
    query = select(ReachRow.delay_ms).where(ReachRow.order_id == live_id, ReachRow.delay_ms.is_not(None))
    told = sorted(delay_ms for delay_ms in session.scalars(query) if delay_ms is not None)
    if not told:
        return None
    return Delay(len(told), told[len(told) // 2], told[min(len(told) - 1, int(len(told) * _P95))])
