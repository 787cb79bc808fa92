"""Marks for reports: days with new records, and devices that connected or disconnected."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import AsRun
from broadcast.scheduling.quiet_hours import instant
from cms.platform.store.insert_or_update import insert_or
from cms.reports.tables import PresenceChangeRow, ReportDayRow
from devices.model import DeviceId
from province.wall_clock import DEFAULT_ZONE, local_date


def bounds_of(first_on: date, last_on: date | None = None) -> tuple[datetime, datetime]:
    """Return when that local date begins and when the day after it, or after ``last_on``, begins (UTC)."""
    next_on = (last_on or first_on) + timedelta(days=1)
    return instant(first_on, time(), DEFAULT_ZONE), instant(next_on, time(), DEFAULT_ZONE)


def mark_days(session: Session, runs: Iterable[AsRun]) -> None:
    """Mark the days of these records to be counted again.

    The number is raised even where the row exists, so that a count that runs at this moment finds out that it missed
    something.
    """
    days = sorted({local_date(run.planned_at) for run in runs})
    if not days:
        return
    row = insert_or(session, ReportDayRow)
    again = row.on_conflict_do_update(index_elements=["on"], set_={"marks": ReportDayRow.marks + 1})
    session.execute(again, [{"on": on, "marks": 1, "counted": 0, "is_closed": False} for on in days])


def note_presence(session: Session, moves: Iterable[tuple[DeviceId, datetime, bool]]) -> None:
    """Note that these devices connected (True) or disconnected, at these instants."""
    rows = [{"device_id": device_id, "at": at, "online": online} for device_id, at, online in moves]
    if not rows:
        return
    row = insert_or(session, PresenceChangeRow)
    last = row.on_conflict_do_update(index_elements=["device_id", "at"], set_={"online": row.excluded["online"]})
    session.connection().execute(last, rows)
