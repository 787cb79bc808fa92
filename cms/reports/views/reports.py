"""Reports: airings below a place in a month, a quarter or any span, beside the span before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Final

from flask import render_template, request, url_for
from markupsafe import Markup

from broadcast.reports.figures import FigureLine, Report
from broadcast.reports.model import Period, Span
from broadcast.reports.spans import before, kind_of, month_of, period_of
from cms.alerts.views import plot
from cms.alerts.views.plot import Bar
from cms.feedback import labels as feedback_labels
from cms.platform.web import area_picker, formats, messages, request_context, wording
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.request_context import pages
from cms.platform.web.wording import LabelText
from cms.reports.queries import report
from cms.reports.service.requests import span_of
from cms.reports.views import files
from province.areas import Area
from province.errors import InvalidError, Problem
from province.people import Action

Answer = str | tuple[str, int]
_BARS_MOST = 10
PERIODS: Final[Mapping[Period, LabelText]] = {
    Period.MONTH: __("each month"),
    Period.QUARTER: __("each quarter"),
    Period.HALF_YEAR: __("each half-year"),
    Period.YEAR: __("each year"),
}


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
        today = ReportSelection(area_picker.asked(Action.DELIVERY_READ), month_of(request_context.today()))
        return page(today, problems=error.problems), HTTPStatus.UNPROCESSABLE_ENTITY


def chosen() -> ReportSelection:
    """Read area and span from the query or the form; without dates, the current month.

    Raises:
        NotFoundError, NotAllowedError, InvalidError: see their remedies.
    """
    area = area_picker.asked(Action.DELIVERY_READ)
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
        this_quarter=period_of(Period.QUARTER, request_context.today()),
        this_half=period_of(Period.HALF_YEAR, request_context.today()),
        this_year=period_of(Period.YEAR, request_context.today()),
        periods=PERIODS,
        options=area_picker.indented(Action.DELIVERY_READ),
        above=area_picker.above(choice.area, Action.DELIVERY_READ),
        has_below=frozenset(line.key for line in found.areas if line.key != choice.area.id),
        course=_course(found),
        topics=_shares(found.topics, topic_name, _("Airtime by topic")),
        sources=_shares(found.sources, source_name, _("Airtime by source")),
        genres=_shares(found.genres, genre_name, _("Airtime by kind of item")),
        topic_name=topic_name,
        genre_name=genre_name,
        source_name=source_name,
        span_words=span_words,
        kind_name=lambda line: wording.word(feedback_labels.KIND, line.key),
        place_name=lambda line: line.name,
        problems=messages.by_field(problems),
        new=new,
        **files.shelf(),
    )


def span_words(span: Span) -> str:
    """Return Tháng 11/2026, Quý IV/2026, or both days."""
    match kind_of(span):
        case Period.MONTH:
            return _("Month %(month)s", month=f"{span.first_on:%m/%Y}")
        case Period.QUARTER:
            quarter = ("I", "II", "III", "IV")[(span.first_on.month - 1) // 3]
            return _("Quarter %(quarter)s/%(year)s", quarter=quarter, year=span.first_on.year)
        case Period.HALF_YEAR if span.first_on.month == 1:
            return _("First half of %(year)s", year=span.first_on.year)
        case Period.HALF_YEAR:
            return _("Second half of %(year)s", year=span.first_on.year)
        case Period.YEAR:
            return _("Year %(year)s", year=span.first_on.year)
        case _:
            return f"{formats.day(span.first_on)} – {formats.day(span.last_on)}"


def topic_name(key: str) -> str:
    return wording.word(wording.TOPIC, key) or _("No topic given")


def genre_name(key: str) -> str:
    return wording.word(wording.GENRE, key) if key else _("No kind stated")


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


def _later(span: Span) -> Span | None:
    """Return the next span; None if it has not begun."""
    first_on = date.fromordinal(span.last_on.toordinal() + 1)
    if first_on > request_context.today():
        return None
    period = kind_of(span)
    return period_of(period, first_on) if period else Span(first_on, first_on + (span.last_on - span.first_on))
