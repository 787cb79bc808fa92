"""Reports: airings below a place in a month, a quarter or any span, beside the span before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import g, render_template, request, url_for
from markupsafe import Markup

from broadcast.reports.figures import FigureLine, Report
from broadcast.reports.model import Period, Span
from broadcast.reports.spans import before, kind_of, month_of, period_of, quarter_of
from cms.alerts.views import plot
from cms.alerts.views.plot import Bar
from cms.feedback import labels as feedback_labels
from cms.platform.web import formats, messages, request_context, wording
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from cms.reports.queries import report
from cms.reports.service.requests import span_of
from cms.reports.views import files
from province.areas import Area, AreaId, AreaTree
from province.errors import InvalidError, NotFoundError, Problem
from province.people import Action

Answer = str | tuple[str, int]
_BARS_MOST = 10


@dataclass(frozen=True)
class ReportSelection:
    """Area and span of the page."""

    area: Area
    span: Span

    def link(self, span: Span | None = None, area_id: str = "") -> str:
        """Return a link to the same page for another span or place."""
        span = span or self.span
        return url_for(
            "web.reports",
            area=area_id or self.area.id,
            first_on=span.first_on.isoformat(),
            last_on=span.last_on.isoformat(),
        )


@pages.get("/reports")
def reports() -> Answer:
    """Show the figures; reports made by the calendar count as seen by the user now."""
    try:
        return page(chosen())
    except InvalidError as error:
        tree = messages.tree()
        today = ReportSelection(_area(tree), month_of(request_context.today()))
        return page(today, problems=error.problems), HTTPStatus.UNPROCESSABLE_ENTITY


def chosen() -> ReportSelection:
    """Read area and span from the query or the form; without dates, the current month.

    Raises:
        NotFoundError, NotAllowedError, InvalidError: see their remedies.
    """
    tree = messages.tree()
    area = _area(tree)
    typed = (request.values.get("first_on", ""), request.values.get("last_on", ""))
    if not any(typed):
        return ReportSelection(area, month_of(request_context.today()))
    return ReportSelection(area, span_of(*map(formats.typed_day, typed)))


def page(choice: ReportSelection, *, problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree()
    with request_context.context().uow.reading() as uow:
        found = report(uow.session, tree, choice.area.id, choice.span)
    new = files.see_new()
    return render_template(
        "reports/reports.html",
        choice=choice,
        report=found,
        kind=kind_of(choice.span),
        later=_later(choice.span),
        earlier=before(choice.span),
        this_month=month_of(request_context.today()),
        this_quarter=quarter_of(request_context.today()),
        options=_options(tree),
        above=_above(choice.area, tree),
        has_below=frozenset(line.key for line in found.areas if line.key != choice.area.id),
        course=_course(found),
        topics=_shares(found.topics, topic_name, _("Airtime by topic")),
        sources=_shares(found.sources, source_name, _("Airtime by source")),
        topic_name=topic_name,
        source_name=source_name,
        span_words=span_words,
        kind_name=lambda line: wording.word(feedback_labels.KIND, line.key),
        place_name=lambda line: line.name,
        problems=messages.by_field(problems),
        new=new,
        **files.shelf(tree),
    )


def span_words(span: Span) -> str:
    """Return Tháng 11/2026, Quý IV/2026, or both days."""
    match kind_of(span):
        case Period.MONTH:
            return _("Month %(month)s", month=f"{span.first_on:%m/%Y}")
        case Period.QUARTER:
            quarter = ("I", "II", "III", "IV")[(span.first_on.month - 1) // 3]
            return _("Quarter %(quarter)s/%(year)s", quarter=quarter, year=span.first_on.year)
        case _:
            return f"{formats.day(span.first_on)} – {formats.day(span.last_on)}"


def topic_name(key: str) -> str:
    return wording.word(wording.TOPIC, key) or _("No topic given")


def source_name(key: str) -> str:
    return key or _("No source given")


def _course(found: Report) -> Markup:
    is_daily = all(bar.span.days == 1 for bar in found.bars)
    return plot.columns(
        [bar.airtime_min for bar in found.bars],
        [f"{bar.span.first_on:%d/%m}" if is_daily else f"{bar.span.first_on:%m/%Y}" for bar in found.bars],
        formats.decimal(max(bar.airtime_min for bar in found.bars)),
        _("Airtime over time, in minutes. The figures are in the table."),
    )


def _shares(lines: Sequence[FigureLine], name: object, label: str) -> Markup:
    assert callable(name)
    most = max((line.figures.airtime_min for line in lines), default=0.0)
    rows = [
        Bar(
            str(name(line.key))[:26],
            line.figures.airtime_min,
            None,
            formats.decimal(line.figures.airtime_min),
            "",
            most,
        )
        for line in lines[:_BARS_MOST]
    ]
    return plot.bars(rows, label) if rows else Markup()


def _area(tree: AreaTree) -> Area:
    request_context.require(Action.DELIVERY_READ, (), tree)
    wanted = request.values.get("area", "")
    if not wanted:
        wanted = request_context.first(tree.roots_of(area.id for area in _readable(tree)), Action.DELIVERY_READ)
    if wanted not in tree:
        raise NotFoundError("area", wanted[:40])
    request_context.require(Action.DELIVERY_READ, (AreaId(wanted),), tree)
    return tree.get(AreaId(wanted))


def _readable(tree: AreaTree) -> list[Area]:
    """Return areas in force where the user sees airings; closed ones are reached from those they belonged to."""
    if "reported" not in g:
        g.reported = request_context.areas_where(Action.DELIVERY_READ, tree)
    found: list[Area] = g.reported
    return found


def _options(tree: AreaTree) -> list[tuple[AreaId, str]]:
    """Return options in the order of the tree, indented by depth."""
    readable = {area.id for area in _readable(tree)}
    return [
        (area.id, "\u2003" * (len(tree.chain(area.id)) - len(tree.chain(root))) + area.name)
        for root in tree.roots_of(readable)
        for area in tree.subtree(root)
        if area.id in readable
    ]


def _above(area: Area, tree: AreaTree) -> Area | None:
    parent = tree.get(area.parent_id) if area.parent_id else None
    return parent if parent and request_context.can(Action.DELIVERY_READ, parent.id, tree) else None


def _later(span: Span) -> Span | None:
    """Return the next span; None if it has not begun."""
    first_on = date.fromordinal(span.last_on.toordinal() + 1)
    if first_on > request_context.today():
        return None
    period = kind_of(span)
    return period_of(period, first_on) if period else Span(first_on, first_on + (span.last_on - span.first_on))
