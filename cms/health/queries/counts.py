"""Counts of faults, incidents, tickets, notices and airings, for the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import QueryableAttribute, Session

from cms.health.tables import FaultRow, IncidentRow, NoticeRow
from cms.schedule.tables import AsRunRow
from cms.tickets.tables import TicketRow
from devices.health.faults import FaultState
from devices.tickets.lifecycle import LIVING

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """Open faults by kind, incidents by cause, tickets by state; as-run records of a day by result; notices unsent."""

    faults: Mapping[str, int]
    incidents: Mapping[str, int]
    tickets: Mapping[str, int]
    airings: Mapping[str, int]
    notices_waiting: int


def work_counts(session: Session, now: datetime) -> WorkCounts:
    def by(column: QueryableAttribute[Any], *where: ColumnElement[bool]) -> Mapping[str, int]:
        rows = session.execute(select(column, func.count()).where(*where).group_by(column))
        return {str(name): count for name, count in rows}

    waiting = select(func.count()).where(NoticeRow.sent_at.is_(None), NoticeRow.dead_at.is_(None))
    return WorkCounts(
        faults=by(FaultRow.kind, FaultRow.state == FaultState.OPEN),
        incidents=by(IncidentRow.cause, IncidentRow.over_at.is_(None), IncidentRow.merged_into == ""),
        tickets=by(TicketRow.state, TicketRow.state.in_(LIVING)),
        airings=_airings(session, now - DAY),
        notices_waiting=session.scalar(waiting) or 0,
    )


def _airings(session: Session, since_at: datetime) -> Mapping[str, int]:
    """Count as-run records by result, in the index's own order first: to sort a day's takes twice as long again."""
    run = AsRunRow
    alike = select(run.result, func.count().label("records")).where(run.planned_at >= since_at)
    counted = alike.group_by(run.planned_at, run.result).subquery().c
    rows = session.execute(select(counted.result, func.sum(counted.records)).group_by(counted.result))
    return {result: int(records) for result, records in rows}
