"""Missed airings: the areas' rules for repeating them, and decisions on those that wait for a person."""

from collections.abc import Sequence
from datetime import time
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from broadcast.bulletins.make_good_rules import MakeGoodMode, MakeGoodRule
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import OccurrenceId
from cms.platform.web import area_picker, messages, request_context, wording
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from cms.schedule.labels import after_air as after_air_labels
from cms.schedule.queries.missed import asked_of
from cms.schedule.repository.missed import MissedAirings
from cms.schedule.service import make_good as make_good_service
from province.areas import AreaId
from province.errors import InvalidError, Problem
from province.people import Action


@pages.get("/make-good")
def make_good() -> str:
    return _page()


@pages.post("/make-good")
def set_make_good() -> Answer:
    context, form = request_context.context(), request.form
    request_context.require(Action.BULLETIN_REVIEW, (), messages.tree())
    problems: list[Problem] = []
    try:
        until = time.fromisoformat(form.get("until", "").strip())
    except ValueError:
        until = time(0)
        problems.append(Problem("until", "NOT_A_TIME"))
    area_id, mode, priority = AreaId(form.get("area", "")), form.get("mode", ""), form.get("priority", "")
    if area_id not in messages.tree():
        problems.append(Problem("area", "MISSING"))
    if mode not in set(MakeGoodMode):
        problems.append(Problem("mode", "MISSING"))
    if priority not in set(PriorityClass):
        problems.append(Problem("priority", "MISSING"))
    if problems:
        return _page(form, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    make_good_service.set_rule(
        context.uow(),
        MakeGoodRule(area_id, PriorityClass(priority), MakeGoodMode(mode), until, "cuts" in form),
        call=request_context.call(),
    )
    flash(_("The make-good rule of %(area)s is set.", area=messages.area_name(area_id)), "good")
    return redirect(url_for("web.make_good"))


@pages.post("/missed/<occurrence_id>")
def decide_missed(occurrence_id: str) -> Response:
    """Decide for every waiting device, in the areas where the user may."""
    context, tree = request_context.context(), messages.tree()
    request_context.require(Action.BULLETIN_REVIEW, (), tree)
    mine = [area.id for area in tree if request_context.can(Action.BULLETIN_REVIEW, area.id, tree)]
    with context.uow.reading() as uow:
        waiting = asked_of(uow.session, OccurrenceId(occurrence_id), mine)
    if not waiting:
        flash(_("No loudspeaker waits for a decision about this airing any more."), "wait")
        return redirect(url_for("web.today"))
    airs_again = request.form.get("act") == "again"
    try:
        make_good_service.decide(
            context.uow(), OccurrenceId(occurrence_id), waiting, airs_again=airs_again, call=request_context.call()
        )
    except InvalidError as error:
        flash(messages.problem_sentence(error.problems[0]), "bad")
    else:
        flash(
            _("It will be made good; loudspeakers: %(n)s.", n=len(waiting))
            if airs_again
            else _("Left: it is not made good."),
            "good",
        )
    return redirect(url_for("web.today"))


def _page(typed: MultiDict[str, str] | None = None, problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree()
    request_context.require(Action.DELIVERY_READ, (), tree)
    with request_context.context().uow.reading() as uow:
        rules = [rule for rule in uow[MissedAirings].rules() if rule.area_id in tree]
    return render_template(
        "schedule/make_good.html",
        rules=[rule for rule in rules if request_context.can(Action.DELIVERY_READ, rule.area_id, tree)],
        same_day=MakeGoodMode.SAME_DAY,
        areas=area_picker.options(area_picker.outermost_first(Action.BULLETIN_REVIEW)),
        classes=wording.options(wording.PRIORITY),
        modes=wording.options(after_air_labels.MODE),
        words=after_air_labels,
        area_name=messages.area_name,
        typed=typed if typed is not None else MultiDict({"until": "20:00", "mode": MakeGoodMode.ASK, "cuts": "1"}),
        problems=messages.by_field(problems),
    )
