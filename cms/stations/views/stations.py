"""Register of stations, with the licence of each and how far programmes have come."""

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for

from broadcast.stations.model import (
    LicenceState,
    Station,
    StationId,
)
from broadcast.stations.rules import licence_state
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.stations import forms as station_form
from cms.stations.forms import StationForm
from cms.stations.queries import meant_for, receipts_of, recent_programmes
from cms.stations.repository import Stations
from cms.stations.service import register
from cms.stations.views.portal import programme_lines, seen_station
from devices.model import DeviceKind
from province.errors import Problem
from province.people import Action

_SHOWN_MOST = 60
_TOLD = frozenset({LicenceState.EXPIRING, LicenceState.EXPIRED})


@pages.get("/stations")
def stations() -> Answer:
    """List each station with its licence, and below it the state of every programme at each.

    Whoever takes programmes for the one station that they see is led to its portal.
    """
    tree, now = messages.tree_for(Action.STATION_READ), request_context.context().now()
    with request_context.context().uow.reading() as uow:
        seen = [each for each in uow[Stations].all() if request_context.can(Action.STATION_READ, each.area_id, tree)]
        if len(seen) == 1 and request_context.can(Action.PROGRAMME_TAKE, seen[0].area_id, tree):
            return redirect(url_for("web.station", station_id=seen[0].id))
        recent = recent_programmes(uow.session, now)
        told = receipts_of(uow.session, [each.id for each in seen], [each.id for each in recent])
    lines = {each.id: programme_lines(each, meant_for(each, recent, tree), told) for each in seen}
    current = {line.programme.id: line.programme for each in lines.values() for line in each if not line.is_over}
    newest = sorted(current.values(), key=lambda each: each.approved_at, reverse=True)[:_SHOWN_MOST]
    return render_template(
        "stations/stations.html",
        stations=[(each, licence_state(each, request_context.today())) for each in seen],
        programmes=newest,
        lines={(station_id, line.programme.id): line for station_id, each in lines.items() for line in each},
        now=now,
    )


@pages.get("/stations/new")
def new_station() -> str:
    request_context.require(Action.STATION_MANAGE, (), messages.tree())
    return _form_page(StationForm(key=request_context.context().new_id()))


@pages.post("/stations/new")
def register_station() -> Answer:
    request_context.require(Action.STATION_MANAGE, (), messages.tree())
    context, form = request_context.context(), StationForm.of(request.form)
    with redisplay(_form_page, form):
        made = register.register(
            new_unit(), StationId(form.key[:40] or context.new_id()), draft=station_form.read(form), call=call()
        )
    return confirmed(_("The station is registered."), "web.station", station_id=made.id)


@pages.get("/stations/<station_id>/edit")
def edit_station(station_id: str) -> str:
    found = _managed(station_id)
    return _form_page(station_form.shown(found), found)


@pages.post("/stations/<station_id>/edit")
def correct_station(station_id: str) -> Answer:
    found, form = _managed(station_id), StationForm.of(request.form)
    with redisplay(_form_page, form, found):
        request_context.step(register.correct, found, draft=station_form.read(form))
    return confirmed(_("Saved."), "web.station", station_id=found.id)


def ending_licences(uow: UnitOfWork) -> list[tuple[Station, LicenceState]]:
    """Return licences that expire soon or have expired, for users who keep the register or serve a station.

    Within a unit of work.
    """
    if not (request_context.can_anywhere(Action.STATION_MANAGE) or request_context.can_anywhere(Action.PROGRAMME_TAKE)):
        return []
    tree, today = messages.tree(uow), request_context.today()
    seen = [each for each in uow[Stations].all() if request_context.can(Action.STATION_READ, each.area_id, tree)]
    states = [(each, licence_state(each, today)) for each in seen]
    return [(each, state) for each, state in states if state in _TOLD]


def _form_page(form: StationForm, found: Station | None = None, problems: Sequence[Problem] = ()) -> str:
    areas = request_context.areas_where(Action.STATION_MANAGE, messages.tree())
    with request_context.context().uow.reading() as uow:
        receivers = [each for each in uow[Devices].of_kind(DeviceKind.STATION) if each.retired_at is None]
    return render_template(
        "stations/station_edit.html",
        typed=form,
        found=found,
        action=request.path,
        areas=[("", _("Choose an area")), *area_picker.options(areas)],
        receivers=[("", _("None yet")), *((each.id, f"{each.name} ({each.id})") for each in receivers)],
        problems=messages.by_field(problems),
    )


def _managed(station_id: str) -> Station:
    found = seen_station(station_id)
    request_context.require(Action.STATION_MANAGE, (found.area_id,), messages.tree())
    return found
