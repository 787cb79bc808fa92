"""Alerts for the screens: lists, the successor of one, and stops."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.lifecycle import ENDED, OPEN
from broadcast.alerts.model import Alert, AlertId, AlertKind, AlertStatus, Audience, OrderId, Purpose
from broadcast.alerts.orders import ReachState, Stop
from broadcast.inbox.model import HandedDownState
from broadcast.reports.figures import OfferFigures
from broadcast.reports.model import Span
from cms.alerts.tables import AlertAreaRow, AlertRow, ReachRow, StopRow
from cms.fleet.tables import boards
from cms.inbox.tables import HandedDownRow
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.paging import ResultPage, cursor_at, page_by_time, page_of
from cms.platform.store.rows import among, value_of
from cms.platform.store.tables import OutboxRow
from cms.reports.repository.reports import bounds_of
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import UserId


@dataclass(frozen=True, slots=True)
class AlertLine:
    """Alert as a list shows it."""

    id: AlertId
    kind: AlertKind
    hazard: Hazard
    level: AlertLevel
    risk: RiskLevel | None
    purpose: Purpose
    headline: str
    audience: Audience
    status: AlertStatus
    version: int
    author_id: UserId
    author_name: str
    submitter_id: UserId | None
    submitter_name: str
    approver_name: str
    created_at: datetime
    changed_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    updates_id: AlertId | None
    order_id: OrderId | None
    is_prepared: bool
    alone_reason: str
    signed_off_by: UserId | None


@dataclass(frozen=True, slots=True)
class DoneCount:
    """Loudspeakers of an order or a stop, and how many of them are done with it: heard it whole, or fell silent."""

    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Filter of alerts; an empty field does not filter. ``is_open``: only open alerts, or only ended ones."""

    kind: AlertKind | None = None
    status: AlertStatus | None = None
    is_open: bool | None = None
    area_ids: Collection[AreaId] = ()
    waits_for_sign_off: bool = False


def alert_list(
    session: Session,
    visible: Collection[AreaId],
    reader: UserId,
    chosen: AlertFilter = AlertFilter(),
    *,
    after: str = "",
    limit: int = 50,
) -> ResultPage[AlertLine]:
    """List alerts aimed at a visible area, at none, or written by the reader; changed last first."""
    query = select(AlertRow).where(_is_visible(visible, reader), *_chosen(chosen))
    found = session.scalars(page_by_time(query, AlertRow.changed_at, AlertRow.id, after, limit))
    rows = [value_of(AlertLine, row) for row in found]
    return page_of(rows, limit, lambda line: cursor_at(line.changed_at, line.id))


def follower(session: Session, alert_id: AlertId) -> Alert:
    """Return the last alert sent as an update of this one. Raises NotFoundError."""
    row = session.scalar(
        select(AlertRow)
        .where(AlertRow.updates_id == alert_id, AlertRow.order_id.is_not(None))
        .order_by(AlertRow.approved_at.desc(), AlertRow.id.desc())
        .limit(1)
    )
    if row is None:
        raise NotFoundError("alert", alert_id)
    return value_of(Alert, row)


def latest_stops(session: Session, limit: int = 20) -> Sequence[Stop]:
    """List the latest stops, newest first."""
    rows = session.scalars(select(StopRow).order_by(StopRow.at.desc(), StopRow.id.desc()).limit(limit))
    return [value_of(Stop, row) for row in rows]


def done_counts(session: Session, names: Collection[str]) -> Mapping[str, DoneCount]:
    """Count the loudspeakers of each of these orders and stops, all areas together."""
    row, is_done = ReachRow, case((ReachRow.state == ReachState.DONE, 1), else_=0)
    loudspeakers = row.order_id.in_(names), row.device_id.not_in(boards())
    rows = session.execute(
        select(row.order_id, func.sum(is_done), func.count()).where(*loudspeakers).group_by(row.order_id)
    )
    counted = {name: DoneCount(done, total) for name, done, total in rows}
    return {name: counted.get(OrderId(name), DoneCount()) for name in names}


def stopped_devices(session: Session, user_id: UserId, since_at: datetime) -> int:
    """Count the devices that this person's stops addressed since then."""
    stops = select(StopRow.id).where(StopRow.by == user_id, StopRow.at > since_at)
    return session.scalar(select(func.count()).where(ReachRow.order_id.in_(stops))) or 0


def _is_visible(visible: Collection[AreaId], reader: UserId) -> ColumnElement[bool]:
    meant = select(AlertAreaRow.alert_id).where(AlertAreaRow.area_id.in_(visible))
    anywhere = ~select(AlertAreaRow.alert_id).where(AlertAreaRow.alert_id == AlertRow.id).exists()
    own = or_(AlertRow.author_id == reader, AlertRow.submitter_id == reader)
    return or_(AlertRow.id.in_(meant), anywhere, own)


def _chosen(chosen: AlertFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if chosen.kind is not None:
        where.append(AlertRow.kind == chosen.kind)
    if chosen.status is not None:
        where.append(AlertRow.status == chosen.status)
    if chosen.is_open is not None:
        where.append(AlertRow.status.in_(OPEN if chosen.is_open else ENDED))
    if chosen.area_ids:
        meant = select(AlertAreaRow.alert_id).where(AlertAreaRow.area_id.in_(chosen.area_ids))
        where.append(AlertRow.id.in_(meant))
    if chosen.waits_for_sign_off:
        where.append(and_(AlertRow.alone_reason != "", AlertRow.signed_off_by.is_(None)))
    return where


def waits_since(session: Session, order_id: OrderId) -> datetime | None:
    """Return since when the order, or its end, waits for the gateway; None: the broker has acknowledged all of it."""
    kinds = (OutboxKind.ALERT, OutboxKind.ALERT_END)
    return session.scalar(
        select(OutboxRow.created_at)
        .where(OutboxRow.sent_at.is_(None), OutboxRow.subject_id == order_id, OutboxRow.kind.in_(kinds))
        .order_by(OutboxRow.id)
        .limit(1)
    )


def taken_over(session: Session, areas: Collection[AreaId], span: Span) -> OfferFigures:
    """Count the items sent to these areas within the span, and those taken over or declined since."""
    since_at, until_at = bounds_of(span.first_on, span.last_on)
    counted = (
        select(HandedDownRow.state, func.count())
        .where(
            among(HandedDownRow.area_id, areas),
            HandedDownRow.sent_at >= since_at,
            HandedDownRow.sent_at < until_at,
        )
        .group_by(HandedDownRow.state)
    )
    by_state = {state: count for state, count in session.execute(counted)}  # noqa: C416 - rows are no pairs to mypy
    return OfferFigures(
        offered=sum(by_state.values()),
        taken=by_state.get(HandedDownState.PLACED, 0),
        declined=by_state.get(HandedDownState.DECLINED, 0),
    )
