"""On-call duty: people by area and hour, who are mailed about faults and incidents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcast.scheduling.recurrence import WEEKDAYS
from cms.health.repository.faults import FaultRecords
from cms.health.service import duties as duty_service
from cms.health.service.duties import ADDRESS_MAX, NAME_MAX
from cms.platform.web import area_picker, messages, request_context, wording
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from devices.health.notices import Duty, is_on
from province.areas import AreaId
from province.errors import InvalidError, Problem
from province.people import Action

WEEK = tuple(range(7))


@dataclass(frozen=True)
class DutyForm:
    """Form of an on-call duty, as typed."""

    key: str = ""
    area: str = ""
    name: str = ""
    address: str = ""
    line: str = "1"
    weekdays: tuple[str, ...] = tuple(map(str, WEEK))
    starts: str = "00:00"
    ends: str = "00:00"


@pages.get("/duties")
def duties() -> str:
    return _page(DutyForm(request_context.context().new_id()))


@pages.post("/duties")
def add_duty() -> Answer:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    context, form = request_context.context(), _typed()
    with redisplay(_page, form, not_yours="area"):
        duty_service.add(context.uow(), _read(form), call=request_context.call())
    flash(_("They are on call."), "good")
    return redirect(url_for("web.duties"))


@pages.post("/duties/<duty_id>/remove")
def remove_duty(duty_id: str) -> Response:
    context = request_context.context()
    duty_service.remove(context.uow(), duty_id, call=request_context.call())
    flash(_("They are off call. What was not sent to them yet is not sent any more."), "good")
    return redirect(url_for("web.duties"))


def _typed() -> DutyForm:
    def line(name: str, most: int = 40) -> str:
        return request.form.get(name, "").strip()[:most]

    return DutyForm(
        key=line("key"),
        area=line("area"),
        name=line("name", NAME_MAX + 1),
        address=line("address", ADDRESS_MAX + 1),
        line=line("line"),
        weekdays=tuple(request.form.getlist("weekdays")),
        starts=line("starts"),
        ends=line("ends"),
    )


def _read(form: DutyForm) -> Duty:
    """Convert the form. Raise InvalidError with every time that cannot be read."""
    problems: list[Problem] = []
    starts, ends = _hour(form.starts, "starts", problems), _hour(form.ends, "ends", problems)
    if problems:
        raise InvalidError(problems)
    return Duty(
        request_context.key_of(form.key),
        AreaId(form.area),
        form.name,
        form.address,
        2 if form.line == "2" else 1,
        tuple(day for day in WEEK if str(day) in form.weekdays),
        starts,
        ends,
    )


def _hour(text: str, field: str, problems: list[Problem]) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        problems.append(Problem(field, "NOT_A_TIME"))
        return time()


def _page(form: DutyForm, problems: Sequence[Problem] = ()) -> str:
    tree, now = messages.tree(), request_context.context().now()
    request_context.require(Action.DEVICE_READ, (), tree)
    with request_context.context().uow.reading() as uow:
        found = [each for each in uow[FaultRecords].duties() if each.area_id in tree]
    managed = area_picker.outermost_first(Action.DEVICE_MANAGE)
    return render_template(
        "health/duties.html",
        rows=[each for each in found if request_context.can(Action.DEVICE_READ, each.area_id, tree)],
        on_now={each.id for each in found if is_on(each, now)},
        # Addresses are shown only to users who may change them.
        may_change={each.id for each in found if request_context.can(Action.DEVICE_MANAGE, each.area_id, tree)},
        may_add=bool(managed),
        areas=area_picker.one_of(managed),
        typed=form,
        days=[(str(number), wording.word(wording.WEEKDAY, name)) for number, name in enumerate(WEEKDAYS)],
        area_name=messages.area_name,
        problems=messages.by_field(problems),
    )
