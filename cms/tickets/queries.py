"""Tickets for the screens: a list with places, those of a device, those of a citizen's feedback."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from cms.fleet.tables import DeviceRow
from cms.health.tables import FaultRow, IncidentRow
from cms.platform.store.rows import among, value_of
from cms.tickets.tables import TicketEntryRow, TicketFaultRow, TicketRow
from devices.health.incidents import SERVER_WIDE
from devices.model import DeviceId, DeviceKind
from devices.tickets.lifecycle import LIVING
from devices.tickets.model import Ticket, TicketId, TicketState
from province.areas import AreaId, Point


class TicketLine(NamedTuple):
    """Ticket of a list. ``point`` and ``kind`` are its device's; None: it is about no device, or unknown."""

    ticket: Ticket
    point: Point | None
    kind: DeviceKind | None


def living_tickets(session: Session, areas: Collection[AreaId] | None, limit: int) -> Sequence[TicketLine]:
    """List the open tickets in these areas (None: everywhere), oldest first; an incident's in any of its areas."""
    query = _lines(areas).where(TicketRow.state.in_(LIVING))
    return _read(session, query.order_by(TicketRow.opened_at, TicketRow.id), limit)


def ended_tickets(session: Session, areas: Collection[AreaId] | None, limit: int) -> Sequence[TicketLine]:
    """List the tickets that ended last, newest first."""
    query = _lines(areas).where(TicketRow.ended_at.is_not(None))
    return _read(session, query.order_by(TicketRow.ended_at.desc(), TicketRow.id), limit)


def count_ended_by(session: Session, name: str, areas: Collection[AreaId] | None, since: datetime) -> int:
    """Count the tickets in these areas (None: everywhere) that this person or program has closed since then."""
    row = TicketRow
    query = select(func.count()).where(row.ended_at >= since, row.ended_by_name == name)
    if areas is not None:
        query = query.where(row.area_id.in_(areas))
    return session.scalar(query) or 0


def of_device(session: Session, device_id: DeviceId, limit: int) -> Sequence[Ticket]:
    """List a device's tickets: open ones first, then the newest."""
    row = TicketRow
    query = select(row).where(row.device_id == device_id)
    rows = session.scalars(query.order_by(row.ended_at.is_(None).desc(), row.opened_at.desc(), row.id).limit(limit))
    return [value_of(Ticket, each) for each in rows]


def of_feedback(session: Session, feedback_id: str) -> Sequence[Ticket]:
    """List the tickets made for a feedback, and those to which it was added; the newest first."""
    row, entry = TicketRow, TicketEntryRow
    added = select(entry.ticket_id).where(entry.feedback_id == feedback_id)
    query = select(row).where(or_(row.feedback_id == feedback_id, row.id.in_(added)))
    rows = session.scalars(query.order_by(row.opened_at.desc(), row.id))
    return [value_of(Ticket, row) for row in rows]


def tickets_for(session: Session, found_ids: Collection[str]) -> Mapping[str, TicketId]:
    """Return the open ticket of each of these faults and incidents that has one."""
    row, about, wanted = TicketRow, TicketFaultRow, list(found_ids)
    living = row.state.in_(LIVING)
    query = union_all(
        select(about.fault_id, row.id)
        .join(row, row.id == about.ticket_id)
        .where(living, among(about.fault_id, wanted)),
        select(row.incident_id, row.id).where(living, among(row.incident_id, wanted)),
    )
    return {found_id: ticket_id for found_id, ticket_id in session.execute(query)}  # noqa: C416 rows have no type


def unheld_count(areas: Collection[AreaId] | None) -> Select[int]:
    """Build the count of the tickets in these areas (None: everywhere) without a holder whose cause goes on."""
    query = select(func.count()).where(TicketRow.state == TicketState.OPEN, TicketRow.over_at.is_(None))
    return query if areas is None else query.where(TicketRow.area_id.in_(areas))


def named(session: Session, label: str) -> Sequence[DeviceId]:
    """List the devices in service with this id or serial number, in lower case."""
    row = DeviceRow
    query = select(row.id).where(or_(row.id == label, func.lower(row.serial) == label), row.retired_at.is_(None))
    return session.scalars(query.order_by(row.id)).all()


_Lines = Select[TicketRow, Point | None, DeviceKind | None]


def _read(session: Session, query: _Lines, limit: int) -> Sequence[TicketLine]:
    rows = session.execute(query.limit(limit))
    return [TicketLine(value_of(Ticket, row), point, kind) for row, point, kind in rows]


def _lines(areas: Collection[AreaId] | None) -> _Lines:
    query = select(TicketRow, DeviceRow.point, DeviceRow.kind).outerjoin(DeviceRow, DeviceRow.id == TicketRow.device_id)
    return query if areas is None else query.where(or_(TicketRow.area_id.in_(areas), _reaches(areas)))


def _reaches(areas: Collection[AreaId]) -> ColumnElement[bool]:
    """Build the condition that the ticket's incident has a member in these areas, as ``Notices.areas_of`` has it."""
    fault, device, incident = FaultRow, aliased(DeviceRow), IncidentRow
    member = (
        select(fault.id)
        .join(device, device.id == fault.device_id)
        .where(fault.incident_id == TicketRow.incident_id, device.area_id.in_(areas))
    )
    nobody_is_heard = select(incident.id).where(incident.id == TicketRow.incident_id, incident.scope.in_(SERVER_WIDE))
    anybody = select(device.id).where(device.area_id.in_(areas), device.retired_at.is_(None))
    return and_(TicketRow.incident_id != "", or_(member.exists(), and_(nobody_is_heard.exists(), anybody.exists())))
