"""Figures of a report, read from the daily counts, for an area with everything below it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertKind
from broadcast.bulletins.priority import PriorityClass
from broadcast.reports import feedback, figures
from broadcast.reports.counting import Airtime, Cell
from broadcast.reports.figures import AirtimeBar, AlertCount, Counted, FleetCount, Report
from broadcast.reports.model import Span
from broadcast.reports.spans import before, days_of, months_of, pieces
from cms.alerts.queries.alerts import taken_over
from cms.feedback.queries import heard_in
from cms.platform.store.columns import Base
from cms.platform.store.rows import among
from cms.reports.repository.counting import DAY, MONTH, counted_until
from cms.reports.repository.reports import bounds_of
from cms.reports.tables import ReportAirtimeRow, ReportAlertRow, ReportAreaRow, ReportFleetRow
from province.areas import AreaId, AreaTree

_ANY = Cell(AreaId(""), "", "", PriorityClass.NORMAL)
STATISTICAL = "gso"
"""Key of the code that the General Statistics Office gave an area."""
BARS_OF_DAYS = 31
"""Days up to which a span is drawn day by day; a longer one is drawn month by month."""


def report(session: Session, tree: AreaTree, area_id: AreaId, span: Span) -> Report:
    """Build the report of an area, closed places below it included, with names as of the end of the span.

    Raises UnknownAreaError.
    """
    areas = [area.id for area in tree.subtree(area_id)]
    names = {**{area.id: area.name for area in tree}, **names_at(session, span)}
    earlier = before(span)
    # Of both spans in one go: each figure looks at its own.
    heard = heard_in(session, areas, Span(earlier.first_on, span.last_on))
    bounds, bounds_before = bounds_of(span.first_on, span.last_on), bounds_of(earlier.first_on, earlier.last_on)
    now, then = _counted(session, areas, span), _counted(session, areas, earlier, by=("area_id", "topic"))
    return Report(
        area_id=area_id,
        area_name=names[area_id],
        span=span,
        before_span=earlier,
        counted_at=counted_until(session, span),
        whole=figures.whole(now),
        before=figures.whole(then),
        areas=figures.lines_of_places(now, area_id, tree, names),
        topics=figures.lines_by(now, lambda cell: cell.topic),
        sources=figures.lines_by(now, lambda cell: cell.origin),
        classes=figures.lines_by(now, lambda cell: cell.priority),
        genres=figures.lines_by(now, lambda cell: cell.genre),
        alerts=figures.alerts(now.alerts, AlertKind.LIVE),
        alerts_before=figures.alerts(then.alerts, AlertKind.LIVE),
        drills=figures.alerts(now.alerts, AlertKind.DRILL),
        drills_before=figures.alerts(then.alerts, AlertKind.DRILL),
        codes={each: code for each in areas if (code := tree.get(each).codes.get(STATISTICAL, ""))},
        topics_before=figures.lines_by(then, lambda cell: cell.topic),
        bars=_bars(session, areas, span),
        above=taken_over(session, areas, span),
        above_before=taken_over(session, areas, earlier),
        feedback=feedback.counted(heard, *bounds),
        feedback_before=feedback.counted(heard, *bounds_before),
        feedback_kinds=feedback.lines_of_kinds(heard, *bounds),
        feedback_areas=feedback.lines_of_places(heard, *bounds, area_id=area_id, tree=tree, names=names),
    )


def airtime_by_place(session: Session, areas: Collection[AreaId], span: Span) -> Mapping[AreaId, figures.Figures]:
    """Sum the airtime figures of each of these very areas that has any."""
    keys = [ReportAirtimeRow.__table__.c["area_id"]]
    rows = session.execute(_there(ReportAirtimeRow, areas, span, keys, Airtime._fields))
    return {area_id: figures.Figures(*map(int, sums)) for area_id, *sums in rows}


def names_at(session: Session, span: Span) -> Mapping[AreaId, str]:
    """Return the areas' names on the span's last day; for those first named later, that name."""
    found: dict[AreaId, str] = {}
    rows = session.execute(
        select(ReportAreaRow.area_id, ReportAreaRow.since_on, ReportAreaRow.name).order_by(ReportAreaRow.since_on)
    )
    for area_id, since_on, name in rows:
        if area_id not in found or since_on <= span.last_on:
            found[area_id] = name
    return found


def _counted(session: Session, areas: Collection[AreaId], span: Span, by: Sequence[str] = Cell._fields) -> Counted:
    """Read the counts; ``by`` are a cell's first fields, by which airtime is grouped: totals need only the area."""
    cells = ReportAirtimeRow.__table__.c
    keys = [cells[name] for name in by]
    rest = _ANY[len(by) :]
    aired = session.execute(_there(ReportAirtimeRow, areas, span, keys, Airtime._fields))
    alerts = session.execute(
        select(*(getattr(ReportAlertRow, name) for name in AlertCount._fields)).where(
            ReportAlertRow.on.between(span.first_on, span.last_on), among(ReportAlertRow.area_id, areas)
        )
    )
    width = len(keys)
    return Counted(
        [(Cell(*row[:width], *rest), Airtime(*map(int, row[width:]))) for row in aired],
        _fleet(session, areas, span),
        [AlertCount(*row) for row in alerts],
    )


def _fleet(session: Session, areas: Collection[AreaId], span: Span) -> list[FleetCount]:
    """Return time in service and connected over the span; devices as they stood on its last counted day."""
    columns = ReportFleetRow.__table__.c
    keys = [columns.area_id, columns.kind]
    times = session.execute(_there(ReportFleetRow, areas, span, keys, ("service_ms", "online_ms"))).all()
    last_on = (
        select(func.max(columns.on))
        .where(columns.grain == DAY, columns.on.between(span.first_on, span.last_on))
        .scalar_subquery()
    )
    stood = select(columns.area_id, columns.kind, columns.devices).where(columns.grain == DAY, columns.on == last_on)
    devices = {(row[0], row[1]): row[2] for row in session.execute(stood)}
    return [
        FleetCount(area_id, kind, devices.get((area_id, kind), 0), int(service_ms), int(online_ms))
        for area_id, kind, service_ms, online_ms in times
    ]


def _bars(session: Session, areas: Collection[AreaId], span: Span) -> tuple[AirtimeBar, ...]:
    columns = ReportAirtimeRow.__table__.c
    here, total = among(ReportAirtimeRow.area_id, areas), func.sum(columns.airtime_ms)
    if span.days <= BARS_OF_DAYS:
        rows = session.execute(
            select(columns.on, total)
            .where(columns.grain == DAY, columns.on.between(span.first_on, span.last_on), here)
            .group_by(columns.on)
        )
        aired = {on: int(ms) for on, ms in rows}
        return tuple(AirtimeBar(Span(on, on), aired.get(on, 0)) for on in days_of(span))
    rows = session.execute(
        select(columns.on, total).where(_within(ReportAirtimeRow, span), here).group_by(columns.grain, columns.on)
    )
    of_day = [(on, int(ms)) for on, ms in rows]
    return tuple(
        AirtimeBar(each, sum(ms for on, ms in of_day if each.first_on <= on <= each.last_on))
        for each in months_of(span)
    )


def _there(
    table: type[Base], areas: Collection[AreaId], span: Span, keys: Sequence[ColumnElement[Any]], sums: Collection[str]
) -> Select[*tuple[Any, ...]]:
    columns = table.__table__.c
    return (
        select(*keys, *(func.sum(columns[name]) for name in sums))
        .where(_within(table, span), columns.area_id.in_(areas))
        .group_by(*keys)
    )


def _within(table: type[Base], span: Span) -> ColumnElement[bool]:
    """Match the span's whole months, and the days left of it."""
    columns, cut = table.__table__.c, pieces(span)
    parts = [and_(columns.grain == DAY, columns.on.between(end.first_on, end.last_on)) for end in cut.ends]
    if cut.months:
        parts.append(and_(columns.grain == MONTH, columns.on.in_(cut.months)))
    return or_(false(), *parts)
