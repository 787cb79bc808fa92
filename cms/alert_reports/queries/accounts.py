"""Facts of an alert's report: what each loudspeaker did, what was expected of it, and which alerts need a report."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Text, and_, case, false, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from broadcast.alerts.call_list import CallRecord
from broadcast.alerts.model import Alert, AlertId, OrderId, Purpose
from broadcast.alerts.orders import Order, OrderReach, ReachState, Stop
from broadcast.alerts.warned import (
    AddressedLoudspeaker,
    WarnedFigures,
    delay_ms,
    expected_miss,
    figures_of,
    missed,
    outlines_of,
)
from broadcast.bulletins.deliveries import AsRun
from cms.alert_reports.model import AlertReportState
from cms.alert_reports.queries.places import people_of
from cms.alert_reports.tables import AlertReportRow, DeviceHearingRow
from cms.alerts.queries.drills import DrillReport, drill_report
from cms.alerts.queries.order_moment import RoundResult, round_results
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.tables import AlertRow, OrderRow, ReachRow
from cms.areas.repository import Places
from cms.audit.queries import EventLine, events_of
from cms.call_lists.repository import CallLog
from cms.call_lists.tables import CallLogRow
from cms.fleet.tables import DeviceRow, DeviceStatusRow
from cms.health.queries.faults import shown_verdict, silenced
from cms.health.tables import FaultRow
from cms.platform.store.rows import is_any, points_of, value_of
from cms.reports.tables import PresenceChangeRow
from cms.schedule.tables import AsRunRow
from devices.health.sound_proof import SILENCING, SoundVerdict
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId, AreaTree, Point
from province.wall_clock import local_date

FIRST_AFTER: Final = timedelta(seconds=15)
"""By then devices in reach have said that they fell silent."""
QUIET_FOR: Final = timedelta(seconds=20)
"""Devices that come back report one after the other: a later version waits until so long nobody reported."""
LATE_FOR: Final = timedelta(days=7)
VERSIONS_MAX: Final = 20
_EVENTS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class DueReport:
    """Version of a report to be made. ``mark`` names what the devices have told."""

    alert_id: AlertId
    version: int
    mark: str


@dataclass(frozen=True, slots=True)
class DeviceAccount:
    """Account of one loudspeaker in an alert: its reach, its rounds by record, and the verdict on its sound."""

    reach: OrderReach
    loudspeaker: AddressedLoudspeaker
    verdict: SoundVerdict | None
    runs: tuple[AsRun, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertAccount:
    """Account of one alert. ``without_outline``: places whose area is unknown; ``hearing_m``: the usual radius."""

    alert: Alert
    order: Order
    tree: AreaTree
    hearing_m: int
    devices: Sequence[DeviceAccount]
    figures: WarnedFigures
    forecast: WarnedFigures
    without_outline: int
    rounds: Sequence[RoundResult]
    events: Sequence[EventLine]
    stops: Sequence[Stop]
    drill: DrillReport | None
    calls: Sequence[CallRecord] = ()


def due_reports(session: Session, now: datetime, *, with_late: bool) -> list[DueReport]:
    """List the ended alerts without a report, and ``with_late`` those of which devices have told more since."""
    newest = (
        select(AlertReportRow.alert_id, func.max(AlertReportRow.version).label("version"))
        .group_by(AlertReportRow.alert_id)
        .subquery()
    )
    query = (
        select(OrderRow.id, OrderRow.alert_id, AlertReportRow.version, AlertReportRow.mark, AlertReportRow.state)
        .join(AlertRow, AlertRow.id == OrderRow.alert_id)
        .outerjoin(newest, newest.c.alert_id == OrderRow.alert_id)
        .outerjoin(
            AlertReportRow,
            and_(AlertReportRow.alert_id == newest.c.alert_id, AlertReportRow.version == newest.c.version),
        )
        .where(
            OrderRow.purpose != Purpose.ALL_CLEAR,
            OrderRow.ended_at.between(now - LATE_FOR, now - FIRST_AFTER),
        )
        .order_by(OrderRow.ended_at, OrderRow.id)
    )
    if not with_late:
        query = query.where(AlertReportRow.id.is_(None))
    found = []
    for row in session.execute(query):
        version = row.version or 0
        if version and (row.state is AlertReportState.MAKING or version >= VERSIONS_MAX):
            continue
        mark, last_at = mark_of(session, row.id)
        if not version or (row.mark != mark and (last_at is None or last_at < now - QUIET_FOR)):
            found.append(DueReport(row.alert_id, version + 1, mark))
    return found


def is_any_report_ahead(session: Session, now: datetime) -> bool:
    """Return whether an alert may still need a report, or a report its signature."""
    is_unsigned = AlertReportRow.state.in_([AlertReportState.MAKING, AlertReportState.MADE])
    return is_any(session, is_unsigned, OrderRow.ended_at > now - LATE_FOR)


def mark_of(session: Session, order_id: OrderId) -> tuple[str, datetime | None]:
    """Return a mark that changes with every answer, record and call of the order, and when the last answer came."""
    answers, last_at = session.execute(
        select(func.count(ReachRow.received_at), func.max(ReachRow.received_at)).where(ReachRow.order_id == order_id)
    ).one()
    runs = session.scalar(select(func.count()).where(AsRunRow.occurrence_id == order_id))
    calls = session.scalar(select(func.count()).where(CallLogRow.order_id == order_id))
    return f"{answers} {last_at.isoformat() if last_at else '-'} {runs}{f' {calls}' if calls else ''}", last_at


def account_of(session: Session, alert_id: AlertId) -> AlertAccount:
    """Gather all that is known of a sent alert. Raises NotFoundError."""
    alert = Alerts(session).get(alert_id)
    order = Orders(session).get(alert.order_id or OrderId(""))
    tree, hearing_m = Places(session).tree(), AlertPolicies(session).get().hearing_m
    rows = _addressed(session, order)
    people = people_of(session, tree, {row.area_id for row in rows})
    mute = {each.device_id for each in silenced(session, order.id)}
    accountant = _Accountant(order, hearing_m, people, mute, _runs(session, order.id))
    devices = [accountant.account(row, point) for row, point in _with_points(rows)]
    expected = _silenced_at(session, order)
    forecast = [
        replace(
            each.loudspeaker,
            delay_ms=None,
            missed=expected_miss(
                is_online=bool(row.was_online), refuses=_refuses(row), is_silenced=row.device_id in expected
            ),
        )
        for row, each in zip(rows, devices, strict=True)
    ]
    outlines, without = outlines_of(tree, alert.audience, Places(session).outlines(), local_date(order.issued_at))
    return AlertAccount(
        alert=alert,
        order=order,
        tree=tree,
        hearing_m=hearing_m,
        devices=devices,
        figures=figures_of(alert.audience, outlines, [each.loudspeaker for each in devices]),
        forecast=figures_of(alert.audience, outlines, forecast),
        without_outline=without,
        rounds=round_results(session, order.id),
        events=_events(session, alert, order),
        stops=_stops(session, order, tree, {row.area_id for row in rows}),
        drill=drill_report(session, alert.id) if alert.is_drill else None,
        calls=CallLog(session).of_order(order.id),
    )


def _addressed(session: Session, order: Order) -> Sequence[Row[Any]]:
    """Read the loudspeakers of an order, by id, and what was expected of each when it was approved."""
    presence = (
        select(PresenceChangeRow.online)
        .where(PresenceChangeRow.device_id == ReachRow.device_id, PresenceChangeRow.at <= order.issued_at)
        .order_by(PresenceChangeRow.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    stood = case((ReachRow.is_placed, ReachRow.point), else_=DeviceRow.point)
    columns: list[Any] = [
        *ReachRow.__table__.columns,
        type_coerce(stood, Text).label("stood"),
        DeviceRow.quarantined,
        DeviceRow.alerts_pass,
        DeviceHearingRow.hearing_m,
        func.coalesce(presence, DeviceStatusRow.online, false()).label("was_online"),
    ]
    return session.execute(
        select(*columns)
        .outerjoin(DeviceRow, DeviceRow.id == ReachRow.device_id)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == ReachRow.device_id)
        .outerjoin(DeviceHearingRow, DeviceHearingRow.device_id == ReachRow.device_id)
        .where(ReachRow.order_id == order.id, func.coalesce(DeviceRow.kind, "") != DeviceKind.BOARD)
        .order_by(ReachRow.device_id)
    ).all()


def _with_points(rows: Sequence[Row[Any]]) -> Iterable[tuple[Row[Any], Point | None]]:
    places = iter(points_of(*(row.stood for row in rows if row.stood not in (None, "null"))))
    for row in rows:
        yield row, next(places) if row.stood not in (None, "null") else None


@dataclass(frozen=True, slots=True)
class _Accountant:
    """Maker of the accounts of an order's loudspeakers, from what is known of all of them."""

    order: Order
    hearing_m: int
    people: Mapping[DeviceId, int]
    mute: Collection[DeviceId]
    runs: Mapping[DeviceId, tuple[AsRun, ...]]

    def account(self, row: Row[Any], point: Point | None) -> DeviceAccount:
        reach = value_of(OrderReach, row)
        runs = self.runs.get(reach.device_id, ())
        is_mute = reach.device_id in self.mute
        verdict = SoundVerdict.NOT_HEARD if is_mute else shown_verdict(reach.state, reach.sound)
        # A round that was played whole has warned, however a later one ended.
        is_whole = any(run.result == "done" for run in runs)
        reason = missed(
            ReachState.DONE if is_whole else reach.state,
            verdict,
            has_sounded=reach.started_at is not None,
            is_silent=self.order.is_silent,
        )
        return DeviceAccount(
            reach=reach,
            loudspeaker=AddressedLoudspeaker(
                device_id=reach.device_id,
                area_id=reach.area_id,
                point=point,
                hearing_m=row.hearing_m or self.hearing_m,
                people=self.people.get(reach.device_id),
                missed=reason,
                delay_ms=delay_ms(reach, self.order.issued_at),
            ),
            verdict=None if self.order.is_silent else verdict,
            runs=runs,
        )


def _refuses(row: Row[Any]) -> bool:
    return bool(row.quarantined and not row.alerts_pass)


def _silenced_at(session: Session, order: Order) -> set[DeviceId]:
    """Return the devices with a fault, known when the order was approved, that keeps them from being heard."""
    until_at = func.coalesce(FaultRow.clear_at, FaultRow.closed_at)
    query = select(FaultRow.device_id).where(
        FaultRow.kind.in_(SILENCING),
        FaultRow.opened_at <= order.issued_at,
        or_(until_at.is_(None), until_at > order.issued_at),
    )
    return set(session.scalars(query))


def _runs(session: Session, order_id: OrderId) -> dict[DeviceId, tuple[AsRun, ...]]:
    query = (
        select(AsRunRow)
        .where(AsRunRow.occurrence_id == order_id)
        .order_by(AsRunRow.device_id, AsRunRow.round, AsRunRow.started_at, AsRunRow.record_id)
    )
    found: dict[DeviceId, list[AsRun]] = {}
    for row in session.scalars(query):
        found.setdefault(row.device_id, []).append(value_of(AsRun, row))
    return {device_id: tuple(runs) for device_id, runs in found.items()}


def _events(session: Session, alert: Alert, order: Order) -> Sequence[EventLine]:
    """List who did what with the alert, in order; and what became of its order."""
    lines = [*events_of(session, alert.id, _EVENTS_MAX), *events_of(session, order.id, _EVENTS_MAX)]
    return sorted(lines, key=lambda line: line.seq)


def _stops(session: Session, order: Order, tree: AreaTree, areas: Collection[AreaId]) -> Sequence[Stop]:
    """List the stops that silenced the alert in one of its places while it was in force."""
    until_at = order.ended_at or order.expires_at
    return [
        stop
        for stop in Orders(session).stops_since(order.issued_at)
        if stop.at <= until_at
        and stop.mutes_alerts
        and any(area_id in tree.chain(each) for each in areas for area_id in stop.areas)
    ]
