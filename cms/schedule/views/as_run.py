"""As-run log for people: by days and place, on the page and as a table; and the check of its integrity."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Response, render_template, request, stream_with_context

from broadcast.bulletins.deliveries import AsRun
from cms.platform.store.engine import reading
from cms.platform.web import area_picker, formats, messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from cms.schedule.queries.as_runs import as_run_log, chain_head, exported
from cms.schedule.repository import as_run_chain
from cms.schedule.views.dashboard import where
from province.areas import AreaId
from province.people import Action

ROWS = 100
SPAN_DAYS_MAX = 92
# A spreadsheet opens the table in Vietnamese without asking about its encoding.
_BOM = "\ufeff"
_COLUMNS = (
    *("planned_at", "started_at", "ended_at", "skew_ms", "result", "reason", "title", "area_id", "area_name"),
    *("device_id", "device_name", "volume_pct", "sha256", "occurrence_id", "record_id", "received_at"),
    "round",
)
# First characters that a spreadsheet takes for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class AsRunFilter:
    """Filter of the log. ``areas``: None is everywhere. ``until_on``: last day; ``is_too_long``: cut to the maximum."""

    from_on: date
    until_on: date
    area: str
    areas: Sequence[AreaId] | None
    is_too_long: bool

    @property
    def span(self) -> tuple[datetime, datetime]:
        first, after = (datetime.combine(on, time(0), tzinfo=formats.LOCAL) for on in (self.from_on, self.until_on))
        return first, after + timedelta(days=1)


@pages.get("/as-run")
def as_run() -> str:
    asked, after = _asked(), request.args.get("after", "")
    with reading(request_context.context().engine) as session:
        page = as_run_log(session, asked.areas, *asked.span, after=after, limit=ROWS)
        sealed, head = chain_head(session)
        verdict = as_run_chain.verify(session) if "verify" in request.args else None
    return render_template(
        "schedule/as_run.html",
        asked=asked,
        page=page,
        is_later=bool(after),
        sealed=sealed,
        head=head,
        verdict=verdict,
        areas=area_picker.choices(Action.DELIVERY_READ),
        days_max=SPAN_DAYS_MAX,
        wire_reason=messages.wire_reason,
        results={"done": _("played"), "cut": _("cut"), "missed": _("not played")},
    )


@pages.get("/as-run.csv")
def as_run_csv() -> Response:
    asked = _asked()
    name = f"nhat-ky-phat-{asked.from_on}-{asked.until_on}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(_table(asked)), mimetype="text/csv; charset=utf-8", headers=headers)


def _table(asked: AsRunFilter) -> Iterator[str]:
    yield _BOM + _line(_COLUMNS)
    with reading(request_context.context().engine) as session:
        for run in exported(session, asked.areas, *asked.span):
            yield _line([_cell(run, name) for name in _COLUMNS])


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _cell(run: AsRun, name: str) -> str:
    value = getattr(run, name)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return formats.local(value).isoformat(timespec="milliseconds")
    if isinstance(value, float):
        return f"{value:.0f}"
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _asked() -> AsRunFilter:
    tree = messages.tree()
    request_context.require(Action.DELIVERY_READ, (), tree)
    today = request_context.today()
    from_on = formats.typed_day(request.args.get("from", "")) or today
    until_on = formats.typed_day(request.args.get("until", "")) or max(from_on, today)
    until_on = max(from_on, until_on)
    longest_on = from_on + timedelta(days=SPAN_DAYS_MAX - 1)
    mine = [area.id for area in tree if request_context.can(Action.DELIVERY_READ, area.id, tree)]
    area = request.args.get("area", "")
    areas = where(mine, tree)
    if area in tree:
        areas = [each for each in mine if tree.is_within(each, AreaId(area))]
    return AsRunFilter(from_on, min(until_on, longest_on), area, areas, until_on > longest_on)
