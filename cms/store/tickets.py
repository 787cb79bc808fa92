"""Tickets, and what was done of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from broadcast.errors import ConflictError, NotFoundError
from cms.store.rows import among, change, columns_of, value_of
from cms.store.tables import Base, TicketEntryRow, TicketRow
from cms.store.upsert import insert_or
from devices.health.incidents import Incident
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from devices.work.model import Entry, EntryId, Ticket, TicketId
from devices.work.tickets import LIVING, subject_of


class SqlTickets:
    """One transaction's view."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, ticket_id: TicketId) -> Ticket:
        """Raises NotFoundError."""
        found = self.find(ticket_id)
        if found is None:
            raise NotFoundError("ticket", ticket_id)
        return found

    def find(self, ticket_id: TicketId) -> Ticket | None:
        return self._one(TicketRow.id == ticket_id)

    def living(self, like: Ticket) -> Ticket | None:
        """The one about the same device and cause, or the same incident, that is not over."""
        return self._one(TicketRow.subject == subject_of(like), TicketRow.state.in_(LIVING))

    def add(self, ticket: Ticket) -> None:
        """Raises ConflictError where somebody was quicker about the same thing."""
        self._put(TicketRow, {**columns_of(ticket), "subject": subject_of(ticket)}, ticket.id)

    def save(self, ticket: Ticket) -> None:
        """Store ``ticket`` whose ``version`` is one above the stored one; else raises ConflictError."""
        saved = change(
            self._session,
            update(TicketRow)
            .where(TicketRow.id == ticket.id, TicketRow.version == ticket.version - 1)
            .values(columns_of(ticket)),
        )
        if saved != 1:
            raise ConflictError("ticket", ticket.id, ticket.version - 1, self.get(ticket.id).version)

    def entry(self, entry_id: EntryId) -> Entry | None:
        row = self._session.scalar(select(TicketEntryRow).where(TicketEntryRow.id == entry_id))
        return None if row is None else value_of(Entry, row)

    def add_entry(self, entry: Entry) -> None:
        """Raises ConflictError where the same is being written at this moment."""
        self._put(TicketEntryRow, columns_of(entry), entry.ticket_id)

    def entries(self, ticket_id: TicketId) -> Sequence[Entry]:
        """In the order in which they were done."""
        row = TicketEntryRow
        rows = self._session.scalars(
            select(row).where(row.ticket_id == ticket_id).order_by(row.done_at, row.at, row.id)
        )
        return [value_of(Entry, each) for each in rows]

    def of_faults(self, found: Collection[tuple[DeviceId, FaultKind]]) -> Sequence[Ticket]:
        """The living ones for these devices and what was found wrong with them."""
        devices = {device_id for device_id, _kind in found}
        rows = self._all(among(TicketRow.device_id, sorted(devices))) if devices else ()
        return [each for each in rows if (each.device_id, each.fault_kind) in found and not each.incident_id]

    def of_incidents(self, incidents: Collection[Incident]) -> Sequence[Ticket]:
        """The living ones for these incidents."""
        return self._all(among(TicketRow.incident_id, sorted(each.id for each in incidents))) if incidents else ()

    def known_to(self, fault_ids: Collection[str], incident_ids: Collection[str]) -> frozenset[str]:
        """Those of these faults and incidents for which there is a ticket, or was one."""
        row = TicketRow
        faults = self._session.scalars(select(row.fault_id).where(among(row.fault_id, fault_ids)))
        incidents = self._session.scalars(select(row.incident_id).where(among(row.incident_id, incident_ids)))
        return frozenset(faults) | frozenset(incidents)

    def _put(self, table: type[Base], row: Mapping[str, object], ticket_id: TicketId) -> None:
        column = table.__table__.c.id
        word = insert_or(self._session, table).values(row).on_conflict_do_nothing().returning(column)
        if self._session.connection().execute(word).first() is None:
            raise ConflictError("ticket", ticket_id, 0, 1)

    def _one(self, *where: ColumnElement[bool]) -> Ticket | None:
        row = self._session.scalar(select(TicketRow).where(*where))
        return None if row is None else value_of(Ticket, row)

    def _all(self, *where: ColumnElement[bool]) -> Sequence[Ticket]:
        rows = self._session.scalars(
            select(TicketRow).where(TicketRow.state.in_(LIVING), *where).order_by(TicketRow.id)
        )
        return [value_of(Ticket, row) for row in rows]
