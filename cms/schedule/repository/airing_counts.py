"""Counts of what devices reported of an airing: taken once when it is over, and again where a report comes later."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import UNTOLD, DeliveryState
from broadcast.bulletins.transmissions import OccurrenceId
from cms.bulletins.tables.bulletins import PlanItemRow
from cms.fleet.tables import boards
from cms.platform.store.rows import among, change
from cms.schedule.tables import AiredAudienceRow, DeliveryRow

REPORTED: Final = tuple(state for state in DeliveryState if state not in UNTOLD)
"""States that a device reports; each is the name of a count's column."""
COUNTED_AFTER: Final = timedelta(minutes=15)
"""By then the devices that are reachable have reported: what fails is repeated within ten minutes."""
LATE_FOR: Final = timedelta(days=2)
"""A scheduler that was down for up to this long does for airings what was due, as things are when it is back."""


def airings_to_count(session: Session, now: datetime, limit: int) -> Sequence[OccurrenceId]:
    """List airings of late that are over and not counted, at most so many."""
    aired, item = AiredAudienceRow, PlanItemRow
    over_at = now - COUNTED_AFTER
    is_over = exists().where(item.occurrence_id == aired.occurrence_id, item.end_at <= over_at)
    is_due = (aired.counted_at.is_(None), aired.frozen_at <= over_at, aired.frozen_at > now - LATE_FOR, is_over)
    return session.scalars(select(aired.occurrence_id).where(*is_due).distinct().limit(limit)).all()


def count_reports(session: Session, occurrence_id: OccurrenceId, now: datetime) -> None:
    """Count the loudspeakers of each area by the state that they reported of the airing."""
    told, aired = DeliveryRow, AiredAudienceRow
    if session.get_bind().dialect.name == "postgresql":
        # A report on its way would neither be counted nor find the counts that it has to take away.
        session.execute(text("LOCK TABLE deliveries IN SHARE MODE"))
    is_it = (told.occurrence_id == occurrence_id, told.state.in_(REPORTED), told.device_id.not_in(boards()))
    found = session.execute(
        select(told.area_id, told.state, func.count()).where(*is_it).group_by(told.area_id, told.state)
    )
    areas = session.scalars(select(aired.area_id).where(aired.occurrence_id == occurrence_id)).all()
    counts = {area_id: dict.fromkeys(REPORTED, 0) for area_id in areas}
    for area_id, state, count in found:
        counts.setdefault(area_id, dict.fromkeys(REPORTED, 0))[state] = count
    is_whole = len(counts) == len(areas)
    about = {"occurrence_id": occurrence_id, "counted_at": now}
    rows = [
        {**about, "area_id": area_id, **(counts[area_id] if is_whole else dict.fromkeys(REPORTED))} for area_id in areas
    ]
    session.execute(update(aired), rows)


def forget_counts(session: Session, occurrence_ids: Collection[OccurrenceId]) -> None:
    """Forget the counts of these airings: something of them has changed."""
    aired = AiredAudienceRow
    is_counted = (among(aired.occurrence_id, occurrence_ids), aired.counted_at.is_not(None))
    change(session, update(aired).where(*is_counted).values(counted_at=None, **dict.fromkeys(REPORTED)))
