"""Tickets and their entries."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.platform.store.columns import ID, Base, partial_index
from devices.model import DeviceId
from devices.tickets.model import EntryId, Ticket, TicketEntry, TicketId, TicketState
from province.areas import AreaId

NAME = String(200)


class TicketRow(Base, table="tickets", value=Ticket):
    """Ticket. ``subject`` is that of ``devices.tickets.lifecycle.subject_of``: no two open ones have the same."""

    __table_args__ = (
        partial_index("uq_tickets_living", "subject", where="state IN ('open', 'taken', 'waiting')", unique=True),
        Index("ix_tickets_state_opened_at", "state", "opened_at"),
        Index("ix_tickets_feedback_id", "feedback_id"),
        Index("ix_tickets_ended_at", "ended_at"),
    )

    id: Mapped[TicketId] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(120))
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    opened_at: Mapped[datetime]
    device_id: Mapped[DeviceId | None] = mapped_column(ForeignKey("devices.id"), index=True)
    fault_id: Mapped[str] = mapped_column(index=True)
    incident_id: Mapped[str] = mapped_column(index=True)
    feedback_id: Mapped[str]
    state: Mapped[TicketState]
    holder: Mapped[str] = mapped_column(ID)
    over_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_name: Mapped[str]


class TicketFaultRow(Base, table="ticket_faults"):
    """Fault of a ticket: a device's ticket covers all its faults."""

    ticket_id: Mapped[TicketId] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    fault_id: Mapped[str] = mapped_column(primary_key=True, index=True)


class TicketEntryRow(Base, table="ticket_entries", value=TicketEntry):
    """Entry of a ticket, with the idempotency key that its author gave it."""

    __table_args__ = (Index("ix_ticket_entries_ticket_id_at", "ticket_id", "at"),)

    id: Mapped[EntryId] = mapped_column(primary_key=True)
    ticket_id: Mapped[TicketId] = mapped_column(ForeignKey("tickets.id"))
    done_at: Mapped[datetime]
    at: Mapped[datetime]
    feedback_id: Mapped[str] = mapped_column(index=True)
