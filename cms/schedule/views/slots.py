"""Delegated slots: windows of the week that others may fill, granted and revoked; and placing a bulletin in one."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TypeVar

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from broadcast.bulletins.lifecycle import AIRING
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.scheduling.slots import SlotId
from cms.accounts.repository import People
from cms.bulletins.views.bulletins import Seen, see
from cms.platform.web import area_picker, messages, request_context, typed_time, wording
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.schedule.forms import schedule
from cms.schedule.forms.schedule import ScheduleForm
from cms.schedule.repository.calendar import Slots
from cms.schedule.service import slots as slot_service
from cms.schedule.service.slots import SlotDraft, active_holder
from province.areas import AreaId
from province.errors import ClashError, InvalidError, NotAllowedError, Problem
from province.people import Action
from province.policy import visible_areas

_Read = TypeVar("_Read")


@pages.get("/slots")
def slots(typed: MultiDict[str, str] | None = None, problems: Sequence[Problem] = ()) -> str:
    tree, today = messages.tree_for(Action.BULLETIN_READ), request_context.today()
    with request_context.context().uow.reading() as uow:
        found = uow[Slots].in_areas(visible_areas(request_context.actor(), Action.BULLETIN_READ, tree))
    return render_template(
        "schedule/slots.html",
        rows=found,
        areas=area_picker.options(area_picker.outermost_first(Action.SLOT_GRANT)),
        days=[(day, wording.word(wording.WEEKDAY, day)) for day in WEEKDAYS],
        weekdays=weekdays,
        today=today,
        typed=typed or MultiDict(),
        problems=messages.by_field(problems),
    )


@pages.post("/slots")
def grant_slot() -> Answer:
    context, form = request_context.context(), request.form
    request_context.require(Action.SLOT_GRANT, (), messages.tree())
    with redisplay(slots, form):
        with context.uow.reading() as uow:
            holder = uow[People].by_login(form.get("login", "").strip())
        draft = SlotDraft(
            *active_holder(holder),
            area_id=AreaId(form.get("area", "")),
            weekdays=tuple(form.getlist("weekdays")),
            starts=_read(form, "starts", typed_time.read_clock, "NOT_A_TIME"),
            ends=_read(form, "ends", typed_time.read_clock, "NOT_A_TIME"),
            classes=tuple(each for each in PriorityClass if each in form.getlist("classes")),
            last_on=_read(form, "last_on", typed_time.read_day, "NOT_A_DATE"),
        )
        slot = slot_service.grant(new_unit(), draft=draft, call=call())
    return confirmed(_("%(name)s may now fill this slot.", name=slot.holder_name), "web.slots")


@pages.post("/slots/<slot_id>/revoke")
def revoke_slot(slot_id: str) -> Response:
    slot = slot_service.revoke(new_unit(), SlotId(slot_id), call=call())
    return confirmed(_("%(name)s's slot is revoked.", name=slot.holder_name), "web.slots")


@pages.get("/bulletins/<bulletin_id>/fill")
def fill_form(bulletin_id: str) -> Answer:
    seen = _fillable(bulletin_id)
    if seen.bulletin.status not in AIRING:
        return redirect(url_for("web.bulletin", bulletin_id=bulletin_id))
    return _fill_page(seen, schedule.shown(seen.bulletin.schedules))


@pages.post("/bulletins/<bulletin_id>/fill")
def fill_slot(bulletin_id: str) -> Answer:
    seen = _fillable(bulletin_id)
    act, rows = request.form.get("act", "save"), schedule.typed(request.form)
    if act != "save":
        return _fill_page(seen, schedule.changed(rows, act))
    schedules, problems = schedule.read(rows)
    if problems:
        return _fill_page(seen, rows, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with redisplay(_fill_page, seen, rows):
            request_context.step(slot_service.fill, seen.bulletin, schedules=schedules)
    except ClashError as error:
        return _fill_page(seen, rows, clashes=messages.clash_sentences(error.clashes)), HTTPStatus.CONFLICT
    except NotAllowedError as error:
        if error.reason != "SLOT":
            raise
        return _fill_page(seen, rows, [Problem("", "OUTSIDE_SLOT")]), HTTPStatus.UNPROCESSABLE_ENTITY
    return confirmed(_("Placed anew within the delegated slot."), "web.bulletin", bulletin_id=bulletin_id)


def _fillable(bulletin_id: str) -> Seen:
    seen = see(bulletin_id)
    for right in (Action.BULLETIN_WRITE, Action.BULLETIN_WITHDRAW):
        request_context.require(right, seen.bulletin.targets.areas, seen.tree)
    return seen


def _fill_page(
    seen: Seen, rows: Sequence[ScheduleForm], problems: Sequence[Problem] = (), clashes: Sequence[str] = ()
) -> str:
    with request_context.context().uow.reading() as uow:
        mine = uow[Slots].of_holder(request_context.actor().user_id)
    return render_template(
        "schedule/fill.html",
        bulletin=seen.bulletin,
        rows=rows,
        problems=messages.by_field(schedule.beside(each) for each in problems),
        found_clashes=list(clashes),
        slots=mine,
        weekdays=weekdays,
    )


def weekdays(names: Sequence[str]) -> str:
    return _("Every day") if len(names) == len(WEEKDAYS) else ", ".join(wording.word(wording.WEEKDAY, d) for d in names)


def _read(form: MultiDict[str, str], name: str, read: Callable[[str], _Read], code: str) -> _Read:
    """Read a time or date. Raises InvalidError with the code if it is none."""
    try:
        return read(form.get(name, ""))
    except ValueError:
        raise InvalidError([Problem(name, code)]) from None
