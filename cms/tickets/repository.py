"""Repository of tickets and their entries."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from cms.health.tables import FaultRow
from cms.platform.store.columns import Base
from cms.platform.store.insert_or_update import add_row
from cms.platform.store.records import VersionedRepository
from cms.platform.store.rows import among, columns_of, value_of
from cms.tickets.tables import TicketEntryRow, TicketFaultRow, TicketRow
from devices.health.faults import Fault
from devices.health.incidents import Incident
from devices.model import DeviceId
from devices.tickets.lifecycle import HELD_RESOLVES_AFTER, LIVING, RESOLVES_AFTER, subject_of
from devices.tickets.model import EntryId, Ticket, TicketEntry, TicketId
from province.areas import AreaId
from province.errors import ConflictError


class TicketRecords(VersionedRepository[TicketId, Ticket], row=TicketRow, noun="ticket"):
    """Repository of tickets in one transaction."""

    def living(self, like: Ticket) -> Ticket | None:
        """Find the open ticket about the same device's faults, or the same incident."""
        return self._first(TicketRow.subject == subject_of(like), TicketRow.state.in_(LIVING))

    def add(self, ticket: Ticket) -> None:
        """Insert the ticket. Raises ConflictError where one about the same subject was inserted meanwhile."""
        self._put(TicketRow, {**columns_of(ticket), "subject": subject_of(ticket)}, ticket.id)
        if ticket.fault_id:
            self.add_fault(ticket.id, ticket.fault_id)

    def add_fault(self, ticket_id: TicketId, fault_id: str) -> None:
        """Add a fault to the ticket; harmless when repeated."""
        add_row(self._session, TicketFaultRow, {"ticket_id": ticket_id, "fault_id": fault_id})

    def entry(self, entry_id: EntryId) -> TicketEntry | None:
        return self._found(TicketEntry, select(TicketEntryRow).where(TicketEntryRow.id == entry_id))

    def add_entry(self, entry: TicketEntry) -> None:
        """Insert the entry. Raises ConflictError where the same is being written at this moment."""
        self._put(TicketEntryRow, columns_of(entry), entry.ticket_id)

    def entries(self, ticket_id: TicketId) -> Sequence[TicketEntry]:
        """List the entries in the order in which the steps were done."""
        row = TicketEntryRow
        mine = select(row).where(row.ticket_id == ticket_id)
        return self._listed(TicketEntry, mine.order_by(row.done_at, row.at, row.id))

    def of_faults_at(self, devices: Collection[DeviceId]) -> Sequence[tuple[Ticket, Sequence[Fault]]]:
        """List the open tickets about faults of these devices, each with all its faults, as stored."""
        if not devices:
            return ()
        tickets = self._all(among(TicketRow.device_id, sorted(devices)), TicketRow.fault_id != "")
        about = self.faults_of([each.id for each in tickets])
        return [(each, about.get(each.id, ())) for each in tickets]

    def faults_of(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Sequence[Fault]]:
        """Return the faults of each of these tickets, the earliest first."""
        row, found = TicketFaultRow, FaultRow
        rows = self._session.execute(
            select(row.ticket_id, found)
            .join(found, found.id == row.fault_id)
            .where(among(row.ticket_id, ticket_ids))
            .order_by(found.since_at, found.id)
        )
        about: dict[TicketId, list[Fault]] = {}
        for ticket_id, fault in rows:
            about.setdefault(ticket_id, []).append(value_of(Fault, fault))
        return about

    def to_resolve(self, now: datetime, limit: int) -> Sequence[Ticket]:
        """List the tickets whose cause has been gone long enough to be resolved by themselves; longest gone first."""
        row = TicketRow
        free = and_(row.holder == "", row.over_at <= now - RESOLVES_AFTER)
        held = row.over_at <= now - HELD_RESOLVES_AFTER
        return self._list(row.state.in_(LIVING), or_(free, held), order=(row.over_at, row.id), limit=limit)

    def over(self, areas: Collection[AreaId], holder: str, limit: int) -> Sequence[Ticket]:
        """List open tickets in these areas whose cause is gone, with this holder or none; longest gone first."""
        row = TicketRow
        return self._list(
            row.state.in_(LIVING),
            among(row.area_id, areas),
            row.over_at.is_not(None),
            or_(row.holder == "", row.holder == holder),
            order=(row.over_at, row.id),
            limit=limit,
        )

    def of_incidents(self, incidents: Collection[Incident]) -> Sequence[Ticket]:
        """List the open tickets about these incidents."""
        return self._all(among(TicketRow.incident_id, sorted(each.id for each in incidents))) if incidents else ()

    def known_to(self, fault_ids: Collection[str], incident_ids: Collection[str]) -> frozenset[str]:
        """Return those of these faults and incidents for which there is or was a ticket."""
        about, row = TicketFaultRow, TicketRow
        faults = self._session.scalars(select(about.fault_id).where(among(about.fault_id, fault_ids)))
        incidents = self._session.scalars(select(row.incident_id).where(among(row.incident_id, incident_ids)))
        return frozenset(faults) | frozenset(incidents)

    def _put(self, table: type[Base], row: Mapping[str, object], ticket_id: TicketId) -> None:
        if not add_row(self._session, table, row):
            raise ConflictError("ticket", ticket_id, 0, 1)

    def _all(self, *where: ColumnElement[bool]) -> Sequence[Ticket]:
        return self._list(TicketRow.state.in_(LIVING), *where, order=(TicketRow.id,))
