"""Page of one ticket: the fault, tests at the pole, work done; and steps that a telephone sends when it is online."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from flask import jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from cms.areas.repository import Places
from cms.commands.queries import history
from cms.fleet.repository.devices import Devices
from cms.health.queries.faults import open_faults
from cms.health.repository.faults import FaultRecords
from cms.health.service.ranking import AreaStakes
from cms.platform.web import formats as figures
from cms.platform.web import messages, request_context, security, wording
from cms.platform.web.forms import confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.tickets import labels as ticket_labels
from cms.tickets.queries import of_device
from cms.tickets.repository import TicketRecords
from cms.tickets.service import new_tickets, steps
from cms.tickets.service.new_tickets import TEXT_MAX
from cms.tickets.service.steps import Act
from cms.tickets.views import work_list
from devices.boards.errors import NoPictureError
from devices.commands.lifecycle import OPEN
from devices.commands.model import BatchId, CommandKind
from devices.tickets.checklists import checks_of, ticked
from devices.tickets.lifecycle import LIVING, SERVERS_OWN, TRANSITIONS, resolves_at
from devices.tickets.model import Check, EntryId, Ticket, TicketStep
from province.errors import ConflictError, DomainError, InvalidError, NotAllowedError, NotPossibleError, Problem
from province.people import Action

TESTS_SHOWN = 3
EARLIER_SHOWN = 3
COMMANDS_READ = 20
_YES = {"yes": True, "no": False}


@pages.get("/tickets/<ticket_id>")
def ticket(ticket_id: str) -> Response:
    return _page(_seen(ticket_id))


@pages.post("/tickets/<ticket_id>/steps")
def step_ticket(ticket_id: str) -> Response:
    """Handle a step from a form, or from the page's script, which asks for JSON and keeps unsent steps."""
    found = _seen(ticket_id)
    try:
        steps.step(
            new_unit(), found.id, EntryId(request_context.key_of(request.form.get("key", ""))), _read(), call=call()
        )
    except (DomainError, NoPictureError) as error:
        return _refused(found, error)
    if _is_script():
        return make_response(jsonify({"done": True}))
    return confirmed(_("Written on the ticket."), "web.ticket", ticket_id=found.id)


@pages.post("/tickets/<ticket_id>/test")
def test_device(ticket_id: str) -> Response:
    """Order a self-test of the device; with ``audible``, people hear it."""
    found = _seen(ticket_id)
    try:
        new_tickets.self_test(
            new_unit(),
            found,
            BatchId(request_context.key_of(request.form.get("key", ""))),
            is_audible=bool(request.form.get("audible")),
            call=call(),
        )
    except InvalidError as error:
        return _page(found, error.problems)
    return redirect(url_for("web.ticket", ticket_id=found.id, _anchor="tests"))


@pages.get("/tickets/<ticket_id>/photos/<entry_id>")
def ticket_photo(ticket_id: str, entry_id: str) -> Response:
    found = _seen(ticket_id)
    with request_context.context().uow.reading() as uow:
        entry = uow[TicketRecords].entry(EntryId(entry_id))
    if entry is None or entry.ticket_id != found.id or not entry.photo_sha256:
        raise NotFound
    return work_list.shown(entry.photo_sha256)


def _seen(ticket_id: str) -> Ticket:
    with request_context.context().uow.reading() as uow:
        return steps.seen_ticket(uow, ticket_id, request_context.actor())


def _read() -> Act:
    """Convert the form. Raises InvalidError, NoPictureError; BadRequest for input that our pages do not send."""
    form = request.form
    if form.get("step") not in set(TicketStep) - SERVERS_OWN:
        raise BadRequest("step")
    check = form.get("check", "")
    return Act(
        TicketStep(form["step"]),
        # One more than the rules allow, so that text that is too long is refused instead of cut.
        form.get("text", "").replace("\r\n", "\n")[: TEXT_MAX + 1],
        work_list.taken(),
        Check(check) if check in set(Check) else None,
        _YES.get(form.get("is_good", "")),
        _moment(form.get("done_at", "")),
    )


def _moment(text: str) -> datetime | None:
    """Read milliseconds by the telephone's clock; None if it is no number."""
    try:
        return datetime.fromtimestamp(int(text[:16]) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _is_script() -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _refused(found: Ticket, error: DomainError | NoPictureError) -> Response:
    """Answer a script with a sentence, and a person with the page of the form."""
    problems = [Problem("photo", "NO_PICTURE")] if isinstance(error, NoPictureError) else []
    if isinstance(error, InvalidError):
        problems = list(error.problems)
    if not _is_script():
        if problems:
            return _page(found, problems)
        assert isinstance(error, DomainError)
        raise error
    told = jsonify({"message": " ".join(map(messages.problem_sentence, problems)) or _sentence(error)})
    return make_response(told, _status(error))


def _status(error: Exception) -> HTTPStatus:
    if isinstance(error, ConflictError):
        # Another request was faster: the script tries again.
        return HTTPStatus.SERVICE_UNAVAILABLE if error.kind == "ticket" else HTTPStatus.CONFLICT
    if isinstance(error, NotPossibleError):
        return HTTPStatus.CONFLICT
    return HTTPStatus.FORBIDDEN if isinstance(error, NotAllowedError) else HTTPStatus.UNPROCESSABLE_ENTITY


def _sentence(error: Exception) -> str:
    if isinstance(error, NotPossibleError):
        state = wording.word(ticket_labels.STATE, error.state)
        return _("The ticket is “%(state)s”, so this cannot be done.", state=state)
    if isinstance(error, NotAllowedError):
        return _("You may not do this")
    return _("Somebody else has just written on this ticket. Reload the page.")


def _page(found: Ticket, problems: Sequence[Problem] = ()) -> Response:
    context, now = request_context.context(), request_context.context().now()
    with context.uow.reading() as uow:
        tree = messages.tree(uow)
        device = None if found.device_id is None else uow[Devices].get(found.device_id)
        entries = uow[TicketRecords].entries(found.id)
        asked = history(uow.session, device.id, COMMANDS_READ) if device else ()
        others = open_faults(uow.session, device.id) if device else ()
        about = uow[TicketRecords].faults_of([found.id]).get(found.id, ())
        contacts = uow[Places].contacts(found.area_id)
        before = of_device(uow.session, device.id, EARLIER_SHOWN + 1) if device else ()
        incident = uow[FaultRecords].incident(found.incident_id) if found.incident_id else None
        places = steps.places_of(uow, found)
        seen = [each for each in places if request_context.can(Action.DEVICE_READ, each, tree)]
        stake = AreaStakes.of(uow.session, tree, now).stake(seen, 1, work_list.severity_of(found))
    tests = [
        command
        for command, _batch in asked
        if command.kind is CommandKind.SELFTEST and command.queued_at >= found.opened_at
    ][:TESTS_SHOWN]
    checks, done = checks_of(device.kind if device else None, steps.kinds_of(found, about)), ticked(entries)
    looked_after = [each for each in places if request_context.can(Action.DEVICE_MANAGE, each, tree)]
    may_do = len(looked_after) == len(places)
    page = render_template(
        "tickets/ticket.html",
        ticket=found,
        device=device,
        incident=incident,
        entries=entries,
        tests=tests,
        is_live=any(each.state in OPEN for each in tests),
        stake=stake,
        about=about,
        contacts=contacts,
        earlier=[each for each in before if each.id != found.id and each.state not in LIVING][:EARLIER_SHOWN],
        closes_at=resolves_at(found),
        others=[each.kind for each in others if each.kind not in {found.fault_kind, *(one.kind for one in about)}],
        checks=checks,
        ticked=done,
        next_check=next((each for each in checks if each not in done), None),
        is_living=found.state in LIVING,
        is_mine=found.holder == request_context.actor().user_id,
        may={each.value: may_do and (found.state, each) in TRANSITIONS for each in set(TicketStep) - SERVERS_OWN},
        may_note=any(request_context.can(Action.WORK_ASK, each, tree) for each in places),
        is_above=bool(looked_after) and not may_do,
        key=context.new_id,
        step=request.form.get("step", ""),
        typed=request.form.get("text", "") if problems else "",
        problems=messages.by_field(problems),
        figures=figures,
        now=now,
    )
    answer = make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)
    answer.headers["Permissions-Policy"] = security.AT_THE_POLE
    return answer
