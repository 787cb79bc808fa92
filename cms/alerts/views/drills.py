"""Drills: the calendar, planning, approval, and a report that compares a drill with the last one."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest

from broadcast.alerts.drills import DrillPlan, DrillPlanId, DrillPlanStatus
from broadcast.alerts.model import Alert, AlertKind, AlertStatus
from cms.accounts.errors import AccountError
from cms.accounts.views import second_factor
from cms.alerts.queries.alerts import AlertFilter, alert_list
from cms.alerts.queries.drills import DrillReport, calendar, drill_report
from cms.alerts.repository.alerts import DrillPlans
from cms.alerts.service import drills as drill_service
from cms.alerts.service import signed_orders
from cms.alerts.views import editor, page, signatures
from cms.alerts.views import plot as alert_plot
from cms.alerts.views.confirmation import take_code
from cms.alerts.views.plot import Bar
from cms.platform.web import formats, messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.schedule import labels as schedule_labels
from cms.schedule.forms import schedule as schedule_form
from cms.schedule.forms.schedule import ScheduleForm
from province.errors import NotFoundError, Problem, problem_if
from province.people import Action
from province.policy import visible_areas

PAGE_ROWS = 30
MINUTES = 10
_MINUTE_MS = 60_000
_SECOND_MS = 1000


@pages.get("/drills")
def drills() -> str:
    tree = messages.tree_for(Action.ALERT_READ)
    visible = visible_areas(request_context.actor(), Action.ALERT_READ, tree)
    chosen = AlertFilter(kind=AlertKind.DRILL)
    with request_context.session() as session:
        plans = [plan for plan in calendar(session, with_ended=True) if page.is_visible(plan.pattern)]
        held = alert_list(
            session, visible, request_context.actor().user_id, chosen, after=request.args.get("after", "")
        )
        drafts = alert_list(
            session,
            visible,
            request_context.actor().user_id,
            AlertFilter(kind=AlertKind.DRILL, status=AlertStatus.DRAFT),
        ).rows
    return render_template(
        "alerts/drills.html",
        ahead=[plan for plan in plans if plan.status is not DrillPlanStatus.ENDED],
        over=[plan for plan in plans if plan.status is DrillPlanStatus.ENDED][:PAGE_ROWS],
        held=[line for line in held.rows if line.order_id],
        drafts=[line for line in drafts if not line.is_prepared]
        if request_context.can_anywhere(Action.ALERT_RAISE)
        else [],
        next_cursor=held.next_cursor,
        lines=schedule_labels.lines,
    )


@pages.get("/alerts/<alert_id>/plan")
def plan_drill(alert_id: str) -> str:
    return _planning(_drill(alert_id), [ScheduleForm("1")], str(MINUTES), ())


@pages.post("/alerts/<alert_id>/plan")
def propose_drill(alert_id: str) -> Answer:
    alert, context = _drill(alert_id), request_context.context()
    rows, act = schedule_form.typed(request.form), request.form.get("act", "propose")
    minutes = request.form.get("minutes", "")
    if act != "propose":
        return _planning(alert, schedule_form.changed(rows, act), minutes, ())
    schedules, problems = schedule_form.read(rows)
    problems += problem_if(not minutes.isdecimal(), "minutes", "OUT_OF_BOUNDS")
    if problems:
        return _planning(alert, rows, minutes, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    # Nobody is there to sign when its time comes.
    signed_orders.require_unsigned(signatures.known(), alert, [request_context.actor().user_id], context.now())
    with redisplay(_planning, alert, rows, minutes):
        made = drill_service.propose(
            new_unit(),
            alert.id,
            schedules=schedules,
            lasts_ms=int(minutes) * _MINUTE_MS,
            expected_version=alert.version,
            call=call(),
            voices=context.voices,
        )
    flash(_("Put on the calendar. It runs once a second person has agreed."), "good")
    return redirect(url_for("web.drill_plan", plan_id=made.id))


@pages.post("/drills/schedule-rows")
def drill_schedule_rows() -> str:
    """Render the schedule builder after one of its buttons; nothing is saved."""
    request_context.require(Action.ALERT_RAISE, (), messages.tree())
    rows = schedule_form.changed(schedule_form.typed(request.form), request.form.get("act", ""))
    rows_url = url_for("web.drill_schedule_rows")
    return render_template("bulletins/_schedules.html", rows=rows, problems=messages.by_field(()), rows_url=rows_url)


@pages.get("/drills/<plan_id>")
def drill_plan(plan_id: str) -> str:
    return _plan_page(_plan(plan_id))


@pages.post("/drills/<plan_id>")
def decide_drill(plan_id: str) -> Answer:
    """Approve the drill, or remove it from the calendar."""
    plan, act = _plan(plan_id), request.form.get("act", "")
    try:
        with redisplay(_plan_page, plan):
            if act == "agree":
                if not _why_not(plan):
                    take_code("drill.agree", or_fresh=True)
                # The step reads the clock after the code was stamped: a code from the future would not be fresh.
                request_context.step(drill_service.agree, plan)
                flash(_("Agreed. The drill runs by itself at its time."), "good")
            elif act == "end":
                request_context.step(drill_service.end, plan, reason=request.form.get("reason", ""))
                flash(_("Taken off the calendar."), "good")
            else:
                raise BadRequest
    except AccountError as error:
        return _plan_page(plan, code_refusal=second_factor.refusal(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("web.drill_plan", plan_id=plan.id))


@pages.get("/alerts/<alert_id>/report")
def report(alert_id: str) -> str:
    """Show the results of a drill, beside the last one of its plan or in the same places."""
    alert = page.see(alert_id)
    with request_context.session() as session:
        found = drill_report(session, alert.id)
    if found is None or not alert.is_drill:
        raise NotFoundError("report", alert_id)
    return render_template(
        "alerts/drill_report.html",
        alert=alert,
        report=found,
        plot=alert_plot.bars(_bars(found), _("This time and last time")),
    )


def _bars(report: DrillReport) -> list[Bar]:
    now, before = report.figures, report.last.before if report.last else None
    rows = [
        _bar(_("Answer"), now.whole.answered_pct, before.whole.answered_pct if before else None, " %", 100.0),
    ]
    if not report.order.is_silent:
        sounded = before.whole.sounded_pct if before else None
        rows.append(_bar(_("Played"), now.whole.sounded_pct, sounded, " %", 100.0))
        finished = before.whole.finished_pct if before else None
        rows.append(_bar(_("Played through"), now.whole.finished_pct, finished, " %", 100.0))
    if now.median_ms_to_sound is not None:
        was = before.median_ms_to_sound if before else None
        rows.append(
            _bar(
                _("Until it sounds (median)"),
                now.median_ms_to_sound / _SECOND_MS,
                None if was is None else was / _SECOND_MS,
                " s",
            )
        )
    return rows


def _bar(label: str, now: float, before: float | None, unit: str, full: float = 0.0) -> Bar:
    def said(value: float) -> str:
        return f"{formats.decimal(value)}{unit}"

    return Bar(label, now, before, said(now), said(before) if before is not None else "", full)


def _drill(alert_id: str) -> Alert:
    alert = page.see(alert_id)
    request_context.require(Action.ALERT_RAISE, alert.audience.targets.areas, messages.tree())
    if not alert.is_drill:
        raise NotFoundError("drill", alert_id)
    return alert


def _plan(plan_id: str) -> DrillPlan:
    with request_context.session() as session:
        found = DrillPlans(session).get(DrillPlanId(plan_id))
    if not page.is_visible(found.pattern):
        raise NotFoundError("drill_plan", plan_id)
    return found


def _planning(alert: Alert, rows: Sequence[ScheduleForm], minutes: str, problems: Sequence[Problem]) -> str:
    beside = messages.by_field(schedule_form.beside(editor.placed(problem)) for problem in problems)
    known = {"minutes", "schedules"} | {name for name in beside if name.startswith("s-")}
    return render_template(
        "alerts/drill_new.html",
        alert=alert,
        rows=rows,
        minutes=minutes,
        problems=beside,
        others=[
            f"{messages.field_name(name)}: {each}" for name in beside if name not in known for each in beside[name]
        ],
        rows_url=url_for("web.drill_schedule_rows"),
    )


def _why_not(plan: DrillPlan) -> str:
    if not page.holds(Action.ALERT_APPROVE, plan.pattern):
        return _("You may not approve alerts in all of these places. Somebody else has to.")
    if request_context.actor().user_id in (plan.proposed_by, plan.pattern.author_id):
        return _("You proposed this drill, so you cannot agree to it. Ask a second person.")
    return ""


def _plan_page(plan: DrillPlan, *, problems: Sequence[Problem] = (), code_refusal: str = "") -> str:
    return render_template(
        "alerts/drill_plan.html",
        plan=plan,
        alert=plan.pattern,
        lines=schedule_labels.lines(plan.schedules),
        minutes=plan.lasts_ms // _MINUTE_MS,
        sounds=page.sound_lines(plan.pattern),
        why_not=_why_not(plan) if plan.status is DrillPlanStatus.PROPOSED else "",
        may_end=page.holds(Action.ALERT_RAISE, plan.pattern) and plan.status is not DrillPlanStatus.ENDED,
        problems=messages.by_field(problems),
        code_refusal=code_refusal,
    )
