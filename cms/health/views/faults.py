"""Fault screens: incidents and single faults, the most urgent first; one incident with its history; people on call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for

from broadcast.scheduling.recurrence import WEEKDAYS
from cms.audit.queries import events_of
from cms.fleet.views import device_map
from cms.health import labels as fault_labels
from cms.health.queries.faults import faults_of, faulty_devices_of, parts_of
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notices
from cms.health.service import duties as duty_service
from cms.health.service.duties import ADDRESS_MAX, NAME_MAX, acknowledge_fault, acknowledge_incident
from cms.health.service.ranking import RankedFault, ranked
from cms.platform.web import area_picker, messages, request_context, wording
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.platform.web.typed_form import TypedForm, chosen, entry, read_time
from cms.schedule.views.dashboard import where
from cms.tickets.queries import tickets_for
from devices.health.notices import Duty, is_on
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import NotFoundError, Problem, refuse
from province.people import Action

FAULTS_SHOWN = 100
MEMBERS_SHOWN = 100
WEEK = tuple(range(7))


@pages.get("/faults")
def faults(refused: str = "", problems: Sequence[Problem] = ()) -> str:
    """List the faults of ``area`` and all below it; by default of all areas that the user may see."""
    tree, now = messages.tree(), request_context.context().now()
    chosen = AreaId(request.args.get("area", ""))
    areas = seen_areas(chosen)
    with request_context.context().uow.reading() as uow:
        found = ranked(uow.session, areas, tree, now)
        shown = [each.line.fault.id for each in found.faults[:FAULTS_SHOWN]]
        at_devices = _by_device(found.faults[:FAULTS_SHOWN])
        tickets = tickets_for(uow.session, [*shown, *(each.incident.id for each in found.incidents)])
        faulty_devices = faulty_devices_of(uow.session, areas)
    offered = sorted(tree.roots_of(_mine()), key=lambda each: tree.get(each).name)
    return render_template(
        "health/faults.html",
        incidents=found.incidents,
        devices=at_devices,
        mapped=len(faulty_devices),
        bounds=device_map.bounds([each.point for each in faulty_devices]),
        faults_left=max(0, len(found.faults) - FAULTS_SHOWN),
        areas=[area for root in offered for area in tree.subtree(root) if area.is_in_force(request_context.today())],
        chosen=chosen if chosen in tree else "",
        tickets=tickets,
        refused=refused,
        problems=messages.by_field(problems),
        now=now,
    )


def _by_device(faults: Sequence[RankedFault]) -> list[tuple[RankedFault, list[RankedFault]]]:
    """Gather the faults of each device in one row: the most urgent, and the others."""
    found: dict[DeviceId, list[RankedFault]] = {}
    for each in faults:
        found.setdefault(each.line.fault.device_id, []).append(each)
    return [(first, others) for first, *others in found.values()]


@pages.post("/faults/<fault_id>/acknowledge")
def take_fault_on(fault_id: str) -> Answer:
    with redisplay(faults, fault_id):
        _act(acknowledge_fault, fault_id)
    flash(_("You have taken it on."), "good")
    return _to_its_ticket(fault_id) or redirect(url_for("web.faults"))


@pages.get("/incidents/<incident_id>")
def incident(incident_id: str, problems: Sequence[Problem] = ()) -> str:
    tree, mine = messages.tree(), frozenset(_mine())
    with request_context.context().uow.reading() as uow:
        found = uow[FaultRecords].incident(incident_id)
        parts = parts_of(uow.session, found)
        if mine.isdisjoint(each.area_id for each in parts):
            raise NotFoundError("incident", incident_id)
        members = faults_of(uow.session, incident_id, mine, MEMBERS_SHOWN + 1)
        faulty_devices = faulty_devices_of(uow.session, mine, incident_id)
        taken = uow[FaultRecords].acknowledgements([incident_id]).get(incident_id)
        letters = uow[Notices].of([incident_id])
        events = events_of(uow.session, incident_id)
        ticket_id = tickets_for(uow.session, [incident_id]).get(incident_id)
    return render_template(
        "health/incident.html",
        incident=found,
        parts=parts,
        mapped=len(faulty_devices),
        bounds=device_map.bounds([each.point for each in faulty_devices]),
        members=members[:MEMBERS_SHOWN],
        is_more=len(members) > MEMBERS_SHOWN,
        taken=taken,
        letters=letters,
        ticket_id=ticket_id,
        events=events,
        event_words=fault_labels.EVENT,
        may_take=found.over_at is None
        and not found.merged_into
        and all(request_context.can(Action.DEVICE_MANAGE, each.area_id, tree) for each in parts),
        problems=messages.by_field(problems),
    )


@pages.post("/incidents/<incident_id>/acknowledge")
def take_incident_on(incident_id: str) -> Answer:
    with redisplay(incident, incident_id):
        _act(acknowledge_incident, incident_id)
    flash(_("You have taken it on."), "good")
    return _to_its_ticket(incident_id) or redirect(url_for("web.incident", incident_id=incident_id))


def _to_its_ticket(subject_id: str) -> Answer | None:
    """Redirect to the ticket; None if there is none, as the fault was resolved already."""
    with request_context.context().uow.reading() as uow:
        ticket_id = tickets_for(uow.session, [subject_id]).get(subject_id)
    return None if ticket_id is None else redirect(url_for("web.ticket", ticket_id=ticket_id))


def _act(act: Callable[..., object], subject_id: str) -> None:
    note = request.form.get("note", "").replace("\r\n", "\n")
    act(new_unit(), subject_id, note=note, call=call())


def _mine() -> list[AreaId]:
    """Return the areas where the user may see devices. Raises NotAllowedError if there are none."""
    messages.tree_for(Action.DEVICE_READ)
    return messages.held(Action.DEVICE_READ)


def seen_areas(chosen: str = "") -> list[AreaId] | None:
    """Return the areas where the user may see devices, within the chosen one if there is one; None: everywhere.

    Raises NotAllowedError if there are none.
    """
    tree, mine = messages.tree(), _mine()
    if chosen in tree:
        mine = [each for each in mine if tree.is_within(each, AreaId(chosen))]
    return where(mine, tree)


@pages.get("/faults/map/clusters")
def fault_clusters() -> Response:
    """Return clusters for one zoom; of ``area`` and ``incident`` if given. Red: the device cannot speak."""
    areas = seen_areas(request.args.get("area", ""))
    with request_context.context().uow.reading() as uow:
        found = faulty_devices_of(uow.session, areas, request.args.get("incident", "")[:40])
    return device_map.circles(found, request.args.get("zoom", ""))


@dataclass(frozen=True)
class DutyForm(TypedForm):
    """Form of an on-call duty, as typed."""

    key: str = entry()
    area: str = entry()
    name: str = entry(most=NAME_MAX + 1)
    address: str = entry(most=ADDRESS_MAX + 1)
    line: str = entry("1")
    weekdays: tuple[str, ...] = chosen(map(str, WEEK))
    starts: str = entry("00:00")
    ends: str = entry("00:00")


@pages.get("/duties")
def duties() -> str:
    return _page(DutyForm(request_context.context().new_id()))


@pages.post("/duties")
def add_duty() -> Answer:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    form = DutyForm.of(request.form)
    with redisplay(_page, form, not_yours="area"):
        duty_service.add(new_unit(), _read(form), call=call())
    return confirmed(_("They are on call."), "web.duties")


@pages.post("/duties/<duty_id>/remove")
def remove_duty(duty_id: str) -> Answer:
    duty_service.remove(new_unit(), duty_id, call=call())
    return confirmed(_("They are off call. What was not sent to them yet is not sent any more."), "web.duties")


def _read(form: DutyForm) -> Duty:
    """Convert the form. Raise InvalidError with every time that cannot be read."""
    problems: list[Problem] = []
    starts, ends = read_time(form.starts, "starts", problems), read_time(form.ends, "ends", problems)
    refuse(problems)
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


def _page(form: DutyForm, problems: Sequence[Problem] = ()) -> str:
    tree, now = messages.tree_for(Action.DEVICE_READ), request_context.context().now()
    with request_context.context().uow.reading() as uow:
        found = [each for each in uow[FaultRecords].duties() if each.area_id in tree]
    managed = area_picker.outermost_first(Action.DEVICE_MANAGE)
    return render_template(
        "health/duties.html",
        rows=[each for each in found if request_context.can(Action.DEVICE_READ, each.area_id, tree)],
        on_now={each.id for each in found if is_on(each, now)},
        # Addresses are shown only to users who may change them.
        may_add=bool(managed),
        areas=area_picker.one_of(managed),
        typed=form,
        days=[(str(number), wording.word(wording.WEEKDAY, name)) for number, name in enumerate(WEEKDAYS)],
        problems=messages.by_field(problems),
    )
