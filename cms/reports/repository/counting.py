"""Count of a day for reports: read without blocking writers, then written in one short transaction.

A day's count records how many marks it has seen; an overtaken count is not written. Counts that run twice, late or
concurrently write the same figures.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Row, and_, case, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from broadcast.alerts.drills import ANSWERED
from broadcast.alerts.model import OrderId, Purpose
from broadcast.alerts.orders import ReachState
from broadcast.bulletins.transmissions import longest_ms
from broadcast.reports.counting import (
    AiringFacts,
    Airtime,
    AsRunSounding,
    Cell,
    Changes,
    FleetUptime,
    ServicePeriod,
    airtime,
    fleet,
)
from broadcast.reports.model import Span
from broadcast.reports.spans import month_of
from cms.alerts.tables import OrderRow, ReachRow
from cms.areas.tables import AreaRow
from cms.bulletins.tables.bulletins import TransmissionRow
from cms.fleet.tables import DeviceRow
from cms.platform.store.columns import Base
from cms.platform.store.insert_or_update import add_row, add_rows, put_rows
from cms.platform.store.rows import change
from cms.reports.repository.reports import bounds_of
from cms.reports.tables import (
    PresenceChangeRow,
    ReportAirtimeRow,
    ReportAlertRow,
    ReportAreaRow,
    ReportDayRow,
    ReportFleetRow,
)
from cms.schedule.tables import AsRunRow
from cms.stations.tables import StationRow
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId
from province.wall_clock import local_date

T = TypeVar("T")
DAY, MONTH = "d", "m"
RECOUNT_EVERY = timedelta(minutes=10)
"""A day on which records keep coming is counted this often."""
ANSWERS_COME_FOR = timedelta(days=14)
"""Time after an alert in which a device that was offline may still report on it."""
PRESENCE_KEPT = timedelta(days=35)
"""Counting that was down for a month catches up."""
_AIRTIME = Airtime._fields
_FLEET = FleetUptime._fields


@dataclass(frozen=True, slots=True)
class DayCount:
    """Count of a day. ``fleet`` is None if it is final already; ``closes``: this count makes it final."""

    on: date
    marks: int
    at: datetime
    airtime: dict[Cell, Airtime]
    fleet: dict[tuple[AreaId, DeviceKind], FleetUptime] | None
    alerts: Sequence[dict[str, object]]
    names: dict[AreaId, str]
    closes: bool


def open_days(session: Session, now: datetime) -> None:
    """Insert a row for today and each day since the last one, so that days without a record are counted too."""
    today = local_date(now)
    last_on = session.scalar(select(func.max(ReportDayRow.on)).where(ReportDayRow.on < today))
    first_on = max(last_on + timedelta(days=1), today - PRESENCE_KEPT) if last_on else today
    for number in range((today - first_on).days + 1):
        open_day(session, first_on + timedelta(days=number))


def open_day(session: Session, on: date) -> None:
    """Insert a day's row, if there is none."""
    add_row(session, ReportDayRow, {"on": on, "marks": 1, "counted": 0, "is_closed": False})


def due_days(session: Session, now: datetime, *, within: Span | None = None) -> Sequence[date]:
    """List the days whose figures are behind, newest first; those of ``within`` at once, others every now and then."""
    behind = or_(ReportDayRow.marks > ReportDayRow.counted, ReportDayRow.is_closed.is_(False))
    query = select(ReportDayRow.on).where(behind, ReportDayRow.on <= local_date(now)).order_by(ReportDayRow.on.desc())
    if within is not None:
        return session.scalars(query.where(ReportDayRow.on.between(within.first_on, within.last_on))).all()
    rested = or_(
        ReportDayRow.counted_at.is_(None),
        ReportDayRow.counted_at < now - RECOUNT_EVERY,
        # A day that has ended is closed at the next look.
        and_(ReportDayRow.is_closed.is_(False), ReportDayRow.on < local_date(now), ReportDayRow.counted_at < now),
    )
    return session.scalars(query.where(rested)).all()


def count_day(session: Session, on: date, now: datetime) -> DayCount | None:
    """Compute a day's figures; None if the day has no row. Reads only."""
    # The mark is read first: what is stored meanwhile raises it again.
    row = session.execute(select(ReportDayRow.marks, ReportDayRow.is_closed).where(ReportDayRow.on == on)).first()
    if row is None:
        return None
    since_at, until_at = bounds_of(on)
    closes = not row.is_closed and until_at <= now
    counted = (
        None
        if row.is_closed
        else _with_stations(
            session, fleet(_posts(session), _changes(session, since_at, until_at), since_at, min(until_at, now))
        )
    )
    asked_since = since_at - ANSWERS_COME_FOR if closes else since_at
    return DayCount(
        on,
        row.marks,
        now,
        airtime(_soundings(session, since_at, until_at)),
        counted,
        list(_alerts(session, asked_since, until_at)),
        {} if row.is_closed else _rows_as_dict(session.execute(select(AreaRow.id, AreaRow.name))),
        closes,
    )


def store_day(session: Session, count: DayCount) -> bool:
    """Write the count and recompute its month; False: another count has seen more marks, and this one is dropped."""
    day = ReportDayRow
    is_open = day.is_closed.is_(False) if count.fleet is not None else day.is_closed
    counted = {"counted": count.marks, "counted_at": count.at, "is_closed": or_(day.is_closed, literal(count.closes))}
    if not change(session, update(day).where(day.on == count.on, day.counted <= count.marks, is_open).values(counted)):
        return False
    aired = [{**cell._asdict(), **figures._asdict()} for cell, figures in sorted(count.airtime.items())]
    _replace(session, ReportAirtimeRow, count.on, aired)
    if count.fleet is not None:
        rows = [{"area_id": area, "kind": kind, **each._asdict()} for (area, kind), each in sorted(count.fleet.items())]
        _replace(session, ReportFleetRow, count.on, rows)
    _name(session, count)
    put_rows(session, ReportAlertRow, count.alerts, keep=("on", "kind"))
    _add_up(session, month_of(count.on))
    if count.closes:
        _forget_presence(session, count.at - PRESENCE_KEPT)
    return True


def counted_until(session: Session, span: Span) -> datetime | None:
    """Return when the newest of the span's days was counted."""
    day = ReportDayRow
    counted = select(day.counted_at).where(day.on.between(span.first_on, span.last_on), day.counted_at.is_not(None))
    return session.scalar(counted.order_by(day.on.desc()).limit(1))


def is_closed(session: Session, on: date) -> bool:
    """Return whether a day's count is final, save for as-run records that come late."""
    return bool(session.scalar(select(ReportDayRow.is_closed).where(ReportDayRow.on == on)))


def _soundings(session: Session, since_at: datetime, until_at: datetime) -> Iterator[AsRunSounding]:
    that_day = (AsRunRow.planned_at >= since_at, AsRunRow.planned_at < until_at)
    of, run = TransmissionRow, AsRunRow
    known = session.execute(
        select(of.id, of.topic, of.origin, of.priority, of.rendition, of.frames, of.relay, of.genre).where(
            of.id.in_(select(run.transmission_id).where(*that_day))
        )
    )
    abouts = {
        row.id: AiringFacts(
            row.topic, row.origin, row.priority, longest_ms(row.rendition, row.frames, row.relay), row.genre
        )
        for row in known
    }
    columns = (run.device_id, run.area_id, run.occurrence_id, run.result, run.started_at, run.ended_at)
    rows = session.execute(select(*columns, run.transmission_id).where(*that_day))
    for device_id, area_id, occurrence_id, result, started_at, ended_at, transmission_id in rows:
        about = abouts.get(transmission_id)
        if about is not None:
            yield AsRunSounding(device_id, area_id, occurrence_id, result, started_at, ended_at, about)


def _posts(session: Session) -> Iterator[ServicePeriod]:
    row = DeviceRow
    for found in session.execute(select(row.id, row.area_id, row.kind, row.enrolled_at, row.retired_at)):
        yield ServicePeriod(*found)


def _with_stations(
    session: Session, found: dict[tuple[AreaId, DeviceKind], FleetUptime]
) -> dict[tuple[AreaId, DeviceKind], FleetUptime]:
    """Add stations by the register: hardly any has a receiver of ours."""
    rows = session.execute(select(StationRow.area_id, func.count()).group_by(StationRow.area_id))
    registered = {area_id: count for area_id, count in rows}  # noqa: C416 rows have no type
    areas = {*registered, *(area_id for area_id, kind in found if kind is DeviceKind.STATION)}
    for area_id in areas:
        key = (area_id, DeviceKind.STATION)
        found[key] = found.get(key, FleetUptime())._replace(devices=registered.get(area_id, 0))
    return found


def _changes(session: Session, since_at: datetime, until_at: datetime) -> dict[DeviceId, Changes]:
    columns = (PresenceChangeRow.device_id, PresenceChangeRow.at, PresenceChangeRow.online)
    last = (
        select(PresenceChangeRow.device_id, func.max(PresenceChangeRow.at).label("at"))
        .where(PresenceChangeRow.at < since_at)
        .group_by(PresenceChangeRow.device_id)
        .subquery()
    )
    before = select(*columns).join(
        last, and_(last.c.device_id == PresenceChangeRow.device_id, last.c.at == PresenceChangeRow.at)
    )
    during = (
        select(*columns)
        .where(PresenceChangeRow.at >= since_at, PresenceChangeRow.at < until_at)
        .order_by(PresenceChangeRow.at)
    )
    found: dict[DeviceId, list[tuple[datetime, bool]]] = defaultdict(list)
    for query in (before, during):
        for device_id, at, online in session.execute(query):
            found[device_id].append((at, online))
    return dict(found)


def _alerts(session: Session, since_at: datetime, until_at: datetime) -> Iterator[dict[str, object]]:
    columns = ReachRow.__table__.c
    orders = session.execute(
        select(OrderRow.id, OrderRow.kind, OrderRow.issued_at).where(
            OrderRow.purpose == Purpose.WARNING, OrderRow.issued_at >= since_at, OrderRow.issued_at < until_at
        )
    )
    for order_id, kind, issued_at in orders.all():
        told = session.execute(
            select(
                columns.area_id,
                func.count(),
                func.sum(case((columns.state.in_(sorted(ANSWERED)), 1), else_=0)),
                func.count(columns.started_at),
                func.sum(case((columns.state == ReachState.DONE, 1), else_=0)),
            )
            .where(columns.order_id == order_id)
            .group_by(columns.area_id)
        )
        rounds = _rounds(session, order_id)
        for area_id, meant, answered, sounded, finished in told:
            yield {
                "order_id": order_id,
                "area_id": area_id,
                "on": local_date(issued_at),
                "kind": kind,
                "meant": meant,
                "answered": answered,
                "sounded": sounded,
                "finished": finished,
                "rounds": rounds.get(area_id, 0),
            }


def _rounds(session: Session, order_id: OrderId) -> dict[AreaId, int]:
    """Count complete soundings, once for each device and round, by where the devices stood then."""
    run = AsRunRow
    whole = select(run.area_id, run.device_id, run.round).where(run.occurrence_id == order_id, run.result == "done")
    each = whole.distinct().subquery().c
    return _rows_as_dict(session.execute(select(each.area_id, func.count()).group_by(each.area_id)))


def _replace(session: Session, table: type[Base], on: date, rows: Sequence[dict[str, object]]) -> None:
    columns = table.__table__.c
    change(session, delete(table).where(columns.grain == DAY, columns.on == on))
    add_rows(session, table, ({"grain": DAY, "on": on, **row} for row in rows))


def _add_up(session: Session, month: Span) -> None:
    """Set the month's figures to the sums of its days'."""
    keys = {ReportAirtimeRow: Cell._fields, ReportFleetRow: ("area_id", "kind")}
    sums = {ReportAirtimeRow: _AIRTIME, ReportFleetRow: _FLEET}
    for table, names in keys.items():
        columns = table.__table__.c
        change(session, delete(table).where(columns.grain == MONTH, columns.on == month.first_on))
        added = [literal(0) if name == "devices" else func.sum(columns[name]) for name in sums[table]]
        days = (
            select(literal(MONTH), literal(month.first_on), *(columns[name] for name in names), *added)
            .where(columns.grain == DAY, columns.on.between(month.first_on, month.last_on))
            .group_by(*(columns[name] for name in names))
        )
        session.execute(insert(table).from_select(["grain", "on", *names, *sums[table]], days))


def _name(session: Session, count: DayCount) -> None:
    """Store the area names that have changed."""
    if not count.names:
        return
    row = ReportAreaRow
    known = _rows_as_dict(session.execute(select(row.area_id, row.name).order_by(row.since_on)))
    rows = [
        {"area_id": area_id, "since_on": count.on, "name": name}
        for area_id, name in count.names.items()
        if known.get(area_id) != name
    ]
    put_rows(session, ReportAreaRow, rows)


def _rows_as_dict(rows: Iterable[Row[AreaId, T]]) -> dict[AreaId, T]:
    """Map the rows by area; the last row of an area counts."""
    return {row[0]: row[1] for row in rows}


def _forget_presence(session: Session, before_at: datetime) -> None:
    """Delete each device's presence changes before that instant, except its last one."""
    later = aliased(PresenceChangeRow)
    row = PresenceChangeRow
    has_later = exists().where(later.device_id == row.device_id, later.at > row.at, later.at <= before_at)
    change(session, delete(row).where(row.at < before_at, has_later))
