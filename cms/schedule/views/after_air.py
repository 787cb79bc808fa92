"""Before and after air, for people: devices not ready, missed airings, and the as-run log as a page and as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus

from flask import flash, redirect, render_template, request, stream_with_context, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from broadcast.bulletins.deliveries import AsRun
from broadcast.bulletins.make_good_rules import MakeGoodMode, MakeGoodRule
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import OccurrenceId
from cms.platform.web import area_picker, formats, messages, request_context
from cms.platform.web.csv_lines import BOM, csv_line
from cms.platform.web.forms import Answer, confirmed, flash_undoable
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.platform.web.typed_form import read_choice, read_time
from cms.schedule.queries.after_air import as_run_log, chain_head, decidable, exported
from cms.schedule.queries.readiness import holds_by_area, not_ready
from cms.schedule.repository import as_run_chain
from cms.schedule.repository.missed import MissedAirings
from cms.schedule.service import make_good as make_good_service
from cms.schedule.views import deliveries
from cms.schedule.views.dashboard import holds_of, where
from province.areas import AreaId
from province.errors import InvalidError, NotFoundError, Problem, problem_if
from province.people import Action

ROWS = 100
SPAN_DAYS_MAX = 92
_COLUMNS = (
    *("planned_at", "started_at", "ended_at", "skew_ms", "result", "reason", "title", "area_id", "area_name"),
    *("device_id", "device_name", "volume_pct", "sha256", "occurrence_id", "record_id", "received_at"),
    "round",
)
NOT_READY_ROWS = 100


@pages.get("/make-good")
def make_good(typed: MultiDict[str, str] | None = None, problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree_for(Action.DELIVERY_READ)
    with request_context.context().uow.reading() as uow:
        rules = [rule for rule in uow[MissedAirings].rules() if rule.area_id in tree]
    return render_template(
        "schedule/make_good.html",
        rules=[rule for rule in rules if request_context.can(Action.DELIVERY_READ, rule.area_id, tree)],
        same_day=MakeGoodMode.SAME_DAY,
        areas=area_picker.options(area_picker.outermost_first(Action.BULLETIN_REVIEW)),
        typed=typed if typed is not None else MultiDict({"until": "20:00", "mode": MakeGoodMode.ASK, "cuts": "1"}),
        problems=messages.by_field(problems),
    )


@pages.post("/make-good")
def set_make_good() -> Answer:
    form = request.form
    request_context.require(Action.BULLETIN_REVIEW, (), messages.tree())
    problems: list[Problem] = []
    until, area_id = read_time(form.get("until", ""), "until", problems), AreaId(form.get("area", ""))
    problems += problem_if(area_id not in messages.tree(), "area", "MISSING")
    mode = read_choice(MakeGoodMode, form.get("mode", ""), "mode", problems)
    priority = read_choice(PriorityClass, form.get("priority", ""), "priority", problems)
    if problems or mode is None or priority is None:
        return make_good(form, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    make_good_service.set_rule(new_unit(), MakeGoodRule(area_id, priority, mode, until, "cuts" in form), call=call())
    return confirmed(_("The make-good rule of %(area)s is set.", area=messages.area_name(area_id)), "web.make_good")


@pages.post("/missed/<occurrence_id>")
def decide_missed(occurrence_id: str) -> Response:
    """Decide for every waiting device, in the areas where the user may."""
    context, tree = request_context.context(), messages.tree()
    request_context.require(Action.BULLETIN_REVIEW, (), tree)
    mine = messages.held(Action.BULLETIN_REVIEW)
    airs_again = request.form.get("act") == "again"
    with context.uow.reading() as uow:
        waiting = decidable(uow.session, OccurrenceId(occurrence_id), mine, airs_again=airs_again)
    if not waiting:
        flash(_("No loudspeaker waits for a decision about this airing any more."), "wait")
        return redirect(url_for("web.today"))
    try:
        make_good_service.decide(new_unit(), OccurrenceId(occurrence_id), waiting, airs_again=airs_again, call=call())
    except InvalidError as error:
        flash(messages.problem_sentence(error.problems[0]), "bad")
    else:
        if airs_again:
            flash(_("It will be made good; loudspeakers: %(n)s.", n=len(waiting)), "good")
        else:
            flash_undoable(_("Left: it is not made good."), "web.ask_again", occurrence_id=occurrence_id)
    return redirect(url_for("web.today"))


@pages.post("/missed/<occurrence_id>/again")
def ask_again(occurrence_id: str) -> Response:
    """Take back that it is left: the loudspeakers wait for a decision again."""
    request_context.require(Action.BULLETIN_REVIEW, (), messages.tree())
    try:
        make_good_service.ask_again(new_unit(), OccurrenceId(occurrence_id), call=call())
    except NotFoundError:
        flash(_("Nothing of this airing was left by you."), "wait")
    return redirect(url_for("web.today"))


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
    with request_context.session() as session:
        page = as_run_log(session, asked.areas, *asked.span, after=after, limit=ROWS)
        sealed, head = chain_head(session)
        verdict = as_run_chain.verify(session) if "verify" in request.args else None
    return render_template(
        "schedule/as_run.html",
        asked=asked,
        page=page,
        sealed=sealed,
        head=head,
        verdict=verdict,
        areas=area_picker.choices(Action.DELIVERY_READ),
        days_max=SPAN_DAYS_MAX,
        results={"done": _("played"), "cut": _("cut"), "missed": _("not played")},
    )


@pages.get("/as-run.csv")
def as_run_csv() -> Response:
    asked = _asked()
    name = f"nhat-ky-phat-{asked.from_on}-{asked.until_on}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(_table(asked)), mimetype="text/csv; charset=utf-8", headers=headers)


def _table(asked: AsRunFilter) -> Iterator[str]:
    yield BOM + csv_line(_COLUMNS)
    with request_context.session() as session:
        for run in exported(session, asked.areas, *asked.span):
            yield csv_line([_cell(run, name) for name in _COLUMNS])


def _cell(run: AsRun, name: str) -> str:
    value = getattr(run, name)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return formats.local(value).isoformat(timespec="milliseconds")
    if isinstance(value, float):
        return f"{value:.0f}"
    return str(value)


def _asked() -> AsRunFilter:
    tree = messages.tree_for(Action.DELIVERY_READ)
    today = request_context.today()
    from_on = formats.typed_day(request.args.get("from", "")) or today
    until_on = formats.typed_day(request.args.get("until", "")) or max(from_on, today)
    until_on = max(from_on, until_on)
    longest_on = from_on + timedelta(days=SPAN_DAYS_MAX - 1)
    mine = messages.held(Action.DELIVERY_READ)
    area = request.args.get("area", "")
    areas = where(mine, tree)
    if area in tree:
        areas = [each for each in mine if tree.is_within(each, AreaId(area))]
    return AsRunFilter(from_on, min(until_on, longest_on), area, areas, until_on > longest_on)


@pages.get("/bulletins/<bulletin_id>/not-ready")
def not_ready_list(bulletin_id: str) -> str | Response:
    """List them for the airing asked for, else the next one: of one commune, or every device if they are few."""
    tree, now = messages.tree_for(Action.DELIVERY_READ), request_context.context().now()
    mine = messages.held(Action.DELIVERY_READ)
    areas = where(mine, tree)
    chosen, after = AreaId(request.args.get("area", "")), request.args.get("after", "")
    with request_context.context().uow.reading() as uow:
        bulletin = deliveries.readable(uow, bulletin_id)
        airing, _near = deliveries.chosen_airing(uow.session, bulletin.id, areas, now)
        if airing is None:
            return redirect(url_for("web.delivery", bulletin_id=bulletin_id))
        by_area = holds_by_area(uow.session, [airing.occurrence_id], areas)[airing.occurrence_id]
        total = sum(holds.total() for holds in by_area.values())
        shown = [chosen] if chosen in by_area else areas
        is_listed = chosen in by_area or 0 < total <= NOT_READY_ROWS
        page = (
            not_ready(uow.session, airing.occurrence_id, shown, after=after, limit=NOT_READY_ROWS)
            if is_listed
            else None
        )
    communes = [
        (area_id, messages.area_name(area_id), holds_of({area_id: holds})) for area_id, holds in by_area.items()
    ]
    return render_template(
        "schedule/not_ready.html",
        airing=airing,
        total=total,
        communes=sorted(communes, key=lambda row: (-by_area[row[0]].total(), row[1])),
        counts={area_id: holds.total() for area_id, holds in by_area.items()},
        chosen=chosen if chosen in by_area else "",
        page=page,
    )
