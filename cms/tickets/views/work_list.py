"""Ticket list for technicians: on a telephone, the nearest first if it knows its position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response as FlaskResponse
from flask import jsonify, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from cms.fleet.repository.devices import Devices
from cms.fleet.views import device_map
from cms.health.service.ranking import AreaStakes
from cms.health.views.faults import seen_areas
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import formats, messages, request_context, security
from cms.platform.web.forms import Answer, confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.tickets import labels as ticket_labels
from cms.tickets.queries import TicketLine, count_ended_by, ended_tickets, living_tickets, named
from cms.tickets.queries import of_device as tickets_of_device
from cms.tickets.service import steps
from cms.tickets.service.faults import SERVER
from devices.boards.pictures import SENT_MAX_BYTES, media_type, photograph
from devices.health.kinds import RULES, Severity, Stake, urgency
from devices.model import DeviceId
from devices.protocol import claims
from devices.tickets.lifecycle import LIVING
from devices.tickets.model import Ticket, TicketState
from province.people import Action

ROWS = 300
ENDED_SHOWN = 20
KEPT_MOST = 20
LABEL_MAX = 80
_HEAD_BYTES = 4


@dataclass(frozen=True)
class TicketStakes:
    """A ticket with the airings that depend on it."""

    line: TicketLine
    stake: Stake

    @property
    def ticket(self) -> Ticket:
        return self.line.ticket


@pages.get("/tickets")
def work() -> Response:
    """Show the list; ``q`` is a scanned or typed label, and redirects to the device's ticket, or to a new one."""
    label = request.args.get("q", "").strip()[:LABEL_MAX]
    if not label:
        return _page()
    found = _named(label)
    if found is None:
        return _page(label)
    with request_context.context().uow.reading() as uow:
        living = [each for each in tickets_of_device(uow.session, found, ROWS) if each.state in LIVING]
    if not living:
        return redirect(url_for("web.new_ticket", device=found))
    mine = [each for each in living if each.holder == request_context.actor().user_id]
    return redirect(url_for("web.ticket", ticket_id=(mine or living)[0].id))


@pages.post("/tickets/close-over")
def close_over() -> Answer:
    """Close the tickets whose cause is gone, as many as the user looks after."""
    closed = steps.close_over(new_unit(), call=call())
    return confirmed(_("Tickets closed: %(n)s.", n=formats.number(closed)), "web.work")


@pages.get("/tickets/map")
def work_map() -> str:
    """Show the devices of the open tickets on a map."""
    found = [line.point for line in _lines() if line.point is not None]
    return render_template("tickets/work_map.html", count=len(found), bounds=device_map.bounds(found))


@pages.get("/tickets/map/points")
def work_points() -> FlaskResponse:
    """Return the points for the map of devices; tickets without a holder are marked."""
    return jsonify(
        [
            (line.point.lat, line.point.lon, 1, int(line.ticket.state is TicketState.OPEN), line.ticket.id, _name(line))
            for line in _lines()
            if line.point is not None
        ]
    )


def _name(line: TicketLine) -> str:
    return f"{line.ticket.device_name}: {ticket_labels.what(line.ticket)}"


def _lines() -> Sequence[TicketLine]:
    mine = seen_areas()
    with request_context.context().uow.reading() as uow:
        return living_tickets(uow.session, mine, ROWS)


def _named(label: str) -> DeviceId | None:
    """Return the device with this label, if the user may see it."""
    read = claims.read_label(label)
    tree = messages.tree_for(Action.DEVICE_READ)
    with request_context.context().uow.reading() as uow:
        found = uow[Devices].get_many(named(uow.session, (read[0] if read else label).lower()))
    seen = (each.id for each in found.values() if request_context.can(Action.DEVICE_READ, each.area_id, tree))
    return next(seen, None)


def _ranked(uow: UnitOfWork, lines: Sequence[TicketLine], now: datetime) -> list[TicketStakes]:
    """Sort the tickets: the one that endangers the next airings comes first."""
    ahead = AreaStakes.of(uow.session, messages.tree(uow), now)
    jobs = [TicketStakes(line, ahead.stake([line.ticket.area_id], 1, severity_of(line.ticket))) for line in lines]
    return sorted(jobs, key=lambda each: urgency(each.stake, now), reverse=True)


def severity_of(ticket: Ticket) -> Severity:
    """Return the severity: incidents are critical, a ticket opened by a person is major, others as their fault."""
    if ticket.incident_id:
        return Severity.CRITICAL
    return RULES[ticket.fault_kind].severity if ticket.fault_kind is not None else Severity.MAJOR


def _midnight(now: datetime) -> datetime:
    """Return the beginning of the province's day."""
    return formats.local(now).replace(hour=0, minute=0, second=0, microsecond=0)


def _keeps(own: Sequence[TicketStakes]) -> list[str]:
    """Return the pages that the telephone keeps for work without a link: the claim, own tickets, their devices."""
    found = [url_for("web.claim_form")] if request_context.can_anywhere(Action.DEVICE_MANAGE) else []
    for each in own:
        found.append(url_for("web.ticket", ticket_id=each.ticket.id))
        if each.ticket.device_id is not None:
            found.append(url_for("web.device", device_id=each.ticket.device_id))
    return list(dict.fromkeys(found))[:KEPT_MOST]


def _page(unknown: str = "") -> Response:
    mine, now = seen_areas(), request_context.context().now()
    with request_context.context().uow.reading() as uow:
        jobs = _ranked(uow, living_tickets(uow.session, mine, ROWS), now)
        ended = ended_tickets(uow.session, mine, ENDED_SHOWN)
        resolved = count_ended_by(uow.session, SERVER.name, mine, _midnight(now))
    me = request_context.actor().user_id
    own = [each for each in jobs if each.ticket.holder == me]
    page = render_template(
        "tickets/work.html",
        unknown=unknown,
        own=own,
        keeps=_keeps(own),
        free=[each for each in jobs if not each.ticket.holder and each.ticket.over_at is None],
        gone=[each for each in jobs if not each.ticket.holder and each.ticket.over_at is not None],
        others=[each for each in jobs if each.ticket.holder not in {"", me}],
        is_cut=len(jobs) == ROWS,
        ended=ended,
        resolved=resolved,
        now=now,
    )
    answer = make_response(page)
    answer.headers["Permissions-Policy"] = security.AT_THE_POLE
    return answer


def taken() -> str:
    """Store the form's ``photo`` under its hash: upright, small, and without the camera's metadata.

    Empty if none was sent. Raises NoPictureError.
    """
    file = request.files.get("photo")
    if file is None or not file.filename:
        return ""
    try:
        return request_context.context().content.put_bytes(photograph(file.stream.read(SENT_MAX_BYTES + 1)))
    finally:
        file.close()


def shown(sha256: str) -> Response:
    """Return a stored photograph; earlier ones are PNG."""
    with request_context.context().content.local_file(sha256) as path:
        with path.open("rb") as file:
            kind = media_type(file.read(_HEAD_BYTES))
        return send_file(path, mimetype=kind, conditional=True, etag=sha256)
