"""Inbox of a commune: bulletins handed down to it, and its answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from broadcast.bulletins.model import BulletinId, Targets
from broadcast.inbox.model import First, HandedDown, HandedDownId, InboxRules
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.revisions import redraft
from cms.inbox.queries import OPEN, inbox_list
from cms.inbox.repository import HandedDowns
from cms.inbox.service import answers
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, flash_undoable, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.schedule.forms import schedule
from cms.schedule.forms.schedule import ScheduleForm
from cms.schedule.views import time_check
from province.areas import AreaId
from province.errors import ClashError, InvalidError, Problem, problem_if, refuse
from province.people import Action

ROWS_MOST = 200


@pages.get("/inbox")
def inbox(typed: MultiDict[str, str] | None = None, problems: Sequence[Problem] = ()) -> str:
    messages.tree_for(Action.BULLETIN_READ)
    mine = messages.held(Action.BULLETIN_READ)
    managed = area_picker.outermost_first(Action.AREA_MANAGE)
    with request_context.context().uow.reading() as uow:
        rows = inbox_list(uow.session, mine, limit=ROWS_MOST)
        rules = uow[HandedDowns].rules(managed[0].id) if managed else InboxRules()
    return render_template(
        "inbox/inbox.html",
        rows=rows,
        open=OPEN,
        areas=area_picker.options(managed),
        rules=rules,
        typed=typed or MultiDict(),
        problems=messages.by_field(problems),
    )


@pages.post("/inbox/rules")
def set_inbox_rules() -> Answer:
    """Set an area's rules for communes that do not answer."""
    form = request.form
    try:
        answers.set_rules(new_unit(), AreaId(form.get("area", "")), _rules(form), call=call())
    except InvalidError as error:
        request_context.require(Action.AREA_MANAGE, (), messages.tree())
        return inbox(form, error.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    return confirmed(_("Set. It holds for what is handed down from now on."), "web.inbox")


@pages.get("/inbox/<item_id>")
def inbox_item(item_id: str) -> str:
    return _item_page(_seen(item_id))


@pages.post("/inbox/<item_id>/accept")
def accept_item(item_id: str) -> Answer:
    item = _seen(item_id)
    request_context.require(Action.INBOX_ANSWER, (item.area_id,), messages.tree())
    act, rows = request.form.get("act", "save"), schedule.typed(request.form)
    if act != "save":
        return _item_page(item, schedule.changed(rows, act))
    schedules, problems = schedule.read(rows)
    if problems:
        return _item_page(item, rows, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with redisplay(_item_page, item, rows):
            placed = answers.accept(new_unit(), item.id, schedules=schedules, call=call())
    except ClashError as error:
        return _item_page(item, rows, clashes=messages.clash_sentences(error.clashes)), HTTPStatus.CONFLICT
    return confirmed(_("Accepted. It airs at the times you chose."), "web.bulletin", bulletin_id=placed.id)


@pages.post("/inbox/<item_id>/times")
def inbox_times(item_id: str) -> str:
    """Render the check of the times as typed; nothing is saved."""
    item = _seen(item_id)
    request_context.require(Action.INBOX_ANSWER, (item.area_id,), messages.tree())
    with request_context.context().uow.reading() as uow:
        source = uow[Bulletins].get(item.bulletin_id)
    schedules, _problems = schedule.read(schedule.typed(request.form))
    here = replace(redraft(source), targets=Targets((item.area_id,)), schedules=schedules, is_handed_down=False)
    with request_context.context().uow.reading() as uow:
        times = time_check.checked(uow, here, replace(source, id=BulletinId("")))
    return render_template("schedule/_times.html", times=times)


@pages.post("/inbox/<item_id>/decline")
def decline_item(item_id: str) -> Answer:
    def decline() -> None:
        answers.decline(new_unit(), HandedDownId(item_id), reason=request.form.get("reason", ""), call=call())

    _answered(item_id, decline)
    flash_undoable(_("Declined. The sender sees your reason."), "web.reopen_item", item_id=item_id)
    return redirect(url_for("web.inbox_item", item_id=item_id))


@pages.post("/inbox/<item_id>/reopen")
def reopen_item(item_id: str) -> Answer:
    _answered(item_id, lambda: answers.reopen(new_unit(), HandedDownId(item_id), call=call()))
    return confirmed(_("It waits for your answer again."), "web.inbox_item", item_id=item_id)


@pages.post("/inbox/<item_id>/order")
def order_item(item_id: str) -> Answer:
    """Decide which of two bulletins airs first."""

    def order() -> None:
        first = request.form.get("first", "")
        if first not in set(First):
            raise InvalidError([Problem("first", "MISSING")])
        answers.order(new_unit(), HandedDownId(item_id), first=First(first), call=call())

    _answered(item_id, order)
    return confirmed(_("The order is set."), "web.inbox_item", item_id=item_id)


def _answered(item_id: str, act: Callable[[], object]) -> None:
    item = _seen(item_id)
    request_context.require(Action.INBOX_ANSWER, (item.area_id,), messages.tree())
    with redisplay(_item_page, item):
        act()


def _seen(item_id: str) -> HandedDown:
    return answers.see(new_unit(), HandedDownId(item_id), call=call())


def _item_page(
    item: HandedDown,
    rows: Sequence[ScheduleForm] | None = None,
    problems: Sequence[Problem] = (),
    *,
    clashes: Sequence[str] = (),
) -> str:
    with request_context.context().uow.reading() as uow:
        source = uow[Bulletins].get(item.bulletin_id)
    suggested = list(schedule.shown(source.schedules)) or [ScheduleForm("1")]
    return render_template(
        "inbox/inbox_item.html",
        item=item,
        bulletin=source,
        mp3=source.sound.rendition("browser-mp3"),
        rows=list(rows) if rows is not None else suggested,
        problems=messages.by_field(schedule.beside(each) for each in problems),
        found_clashes=list(clashes),
    )


def _rules(form: MultiDict[str, str]) -> InboxRules:
    """Convert the form of the rules. Raises InvalidError."""
    numbers = {name: form.get(name, "").strip() for name in ("order_minutes", "answer_hours")}
    problems = [Problem(name, "NOT_A_NUMBER") for name, text in numbers.items() if not _is_number(text)]
    problems += problem_if(form.get("first") not in set(First), "first", "MISSING")
    refuse(problems)
    return InboxRules(First(form["first"]), int(numbers["order_minutes"]), int(numbers["answer_hours"]))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6  # noqa: PLR2004 - far beyond what the rule takes
