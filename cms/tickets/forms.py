"""Form of a new ticket: about a fault, an incident, a device, a citizen's feedback, or a place."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request

from broadcast.feedback.model import Feedback, FeedbackId
from cms.feedback import labels as feedback_labels
from cms.feedback.repository import FeedbackRegister
from cms.fleet.repository.devices import Devices
from cms.platform.web import area_picker, messages, request_context, wording
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.platform.web.typed_form import TypedForm, entry
from cms.tickets.service import new_tickets
from cms.tickets.service.new_tickets import TEXT_MAX, TicketDraft
from devices.model import DeviceId
from devices.tickets.model import TicketId
from province.areas import AreaId
from province.errors import NotFoundError, Problem
from province.people import Action


@dataclass(frozen=True)
class TicketForm(TypedForm):
    """Ticket form as typed; ``key`` becomes the ticket's id."""

    key: str = entry()
    device: str = entry()
    area: str = entry()
    feedback: str = entry()
    text: str = entry(most=TEXT_MAX + 1)


@pages.get("/tickets/new")
def new_ticket() -> str:
    """Show the form; ``device``, ``area`` and ``feedback`` of the query say what it is about."""
    request_context.require(Action.WORK_ASK, (), messages.tree())
    about = {name: request.args.get(name, "").strip()[:40] for name in ("device", "area", "feedback")}
    form = TicketForm(request_context.context().new_id(), **about)
    said = _said(form.feedback)
    if said is None:
        return _page(form)
    kind = wording.word(feedback_labels.KIND, said.kind)
    return _page(TicketForm(form.key, said.device_id or "", said.area_id, said.id, f"{kind}: {said.text}"[:TEXT_MAX]))


@pages.post("/tickets/new")
def open_ticket() -> Answer:
    request_context.require(Action.WORK_ASK, (), messages.tree())
    form = TicketForm.of(request.form)
    with redisplay(_page, form, not_yours="area"):
        made = new_tickets.open_ticket(
            new_unit(),
            TicketId(request_context.key_of(form.key)),
            TicketDraft(
                text=form.text,
                device_id=DeviceId(form.device) if form.device else None,
                area_id=AreaId(form.area) if form.area else None,
                feedback_id=form.feedback,
            ),
            call=call(),
        )
    return confirmed(_("The ticket is open."), "web.ticket", ticket_id=made.id)


def _said(feedback_id: str) -> Feedback | None:
    """Return the citizen's feedback; None if the user may not read it."""
    if not feedback_id:
        return None
    with request_context.context().uow.reading() as uow:
        found = uow[FeedbackRegister].find(FeedbackId(feedback_id))
    if found is None or not request_context.can(Action.FEEDBACK_READ, found.area_id, messages.tree()):
        raise NotFoundError("feedback", feedback_id)
    return found


def _page(form: TicketForm, problems: Sequence[Problem] = ()) -> str:
    mine = area_picker.outermost_first(Action.WORK_ASK)
    with request_context.context().uow.reading() as uow:
        device = uow[Devices].get_many([DeviceId(form.device)]).get(DeviceId(form.device)) if form.device else None
    if device is not None and not request_context.can(Action.DEVICE_READ, device.area_id, messages.tree()):
        device = None
    return render_template(
        "tickets/ticket_new.html",
        typed=form,
        device=device,
        areas=area_picker.one_of(mine),
        problems=messages.by_field(problems),
    )
