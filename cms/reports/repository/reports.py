"""Repository of reports and subscriptions, and of the marks for counting: days with new records."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import BindParameter, ColumnElement, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import AsRun
from broadcast.reports.model import MadeReport, ReportId, ReportState, Subscription, SubscriptionId
from broadcast.scheduling.area_rules import instant
from cms.platform.store.insert_or_update import add_row, insert_or, put_rows
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of
from cms.reports.tables import PresenceChangeRow, ReportDayRow, ReportRow, SubscriptionRow
from devices.model import DeviceId
from province.areas import AreaId
from province.people import UserId
from province.wall_clock import DEFAULT_ZONE, local_date


class Reports(KeyedRepository[ReportId, MadeReport], row=ReportRow, noun="report"):
    """SQL implementation of ``cms.reports.service.requests.Reports``."""

    def add_once(self, report: MadeReport) -> bool:
        """Insert the report. False: that period of its subscription has one."""
        return add_row(self._session, ReportRow, columns_of(report))

    def save(self, report: MadeReport) -> None:
        change(self._session, update(ReportRow).where(ReportRow.id == report.id).values(columns_of(report)))

    def of_period(self, subscription_id: SubscriptionId) -> Collection[object]:
        """Return the first days of the periods that a subscription has reports of."""
        return frozenset(
            self._session.scalars(select(ReportRow.first_on).where(ReportRow.subscription_id == subscription_id))
        )

    def in_areas(self, area_ids: Collection[AreaId], limit: int = 50) -> Sequence[MadeReport]:
        """List the areas' reports, newest first."""
        newest = (ReportRow.asked_at.desc(), ReportRow.id.desc())
        return self._list(ReportRow.area_id.in_(area_ids), order=newest, limit=limit)

    def unseen(self, user_id: UserId) -> int:
        """Count the subscribed reports that were not shown to this person yet."""
        return self._session.scalar(_COUNT_UNSEEN, {"person": user_id}) or 0

    def see(self, user_id: UserId, now: datetime) -> int:
        """Mark all of the person's reports as shown; returns how many were new."""
        return change(self._session, update(ReportRow).where(*_unseen(user_id)).values(seen_at=now))

    def subscribe(self, subscription: Subscription) -> bool:
        """Insert the subscription. False: that person has it already."""
        return add_row(self._session, SubscriptionRow, columns_of(subscription))

    def unsubscribe(self, subscription_id: SubscriptionId) -> None:
        change(self._session, delete(SubscriptionRow).where(SubscriptionRow.id == subscription_id))

    def subscriptions(self, user_id: UserId | None = None) -> Sequence[Subscription]:
        """List a person's subscriptions, or all, in the order in which they were made."""
        query = select(SubscriptionRow).order_by(SubscriptionRow.asked_at, SubscriptionRow.id)
        if user_id is not None:
            query = query.where(SubscriptionRow.user_id == user_id)
        return self._listed(Subscription, query)


def _unseen(user_id: UserId | BindParameter[UserId]) -> tuple[ColumnElement[bool], ...]:
    return (
        ReportRow.asked_by == user_id,
        ReportRow.subscription_id != "",
        ReportRow.state == ReportState.READY,
        ReportRow.seen_at.is_(None),
    )


_COUNT_UNSEEN = select(func.count()).where(*_unseen(bindparam("person")))
"""Query of every page, built once."""


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
    put_rows(session, PresenceChangeRow, rows)
