"""Tickets and their entries. Columns are named like the fields they hold."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cms.areas.tables import AREA_ID
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Utc
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from devices.tickets.model import Check, EntryId, Origin, TicketId, TicketState, TicketStep
from province.areas import AreaId

NAME = String(200)
_LIVES = text("state IN ('open', 'taken', 'waiting')")


class TicketRow(Base):
    """Ticket. ``subject`` is that of ``devices.tickets.lifecycle.subject_of``: no two open ones have the same."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index("uq_tickets_living", "subject", unique=True, sqlite_where=_LIVES, postgresql_where=_LIVES),
        Index("ix_tickets_state_opened_at", "state", "opened_at"),
        Index("ix_tickets_fault_id", "fault_id"),
        Index("ix_tickets_incident_id", "incident_id"),
        Index("ix_tickets_feedback_id", "feedback_id"),
    )

    id: Mapped[TicketId] = mapped_column(ID, primary_key=True)
    subject: Mapped[str] = mapped_column(String(120))
    origin: Mapped[Origin] = mapped_column(EnumColumn(Origin))
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    opened_at: Mapped[datetime] = mapped_column(Utc)
    opened_by: Mapped[str] = mapped_column(ID)
    opened_by_name: Mapped[str] = mapped_column(NAME)
    device_id: Mapped[DeviceId | None] = mapped_column(DEVICE_ID, ForeignKey("devices.id"), index=True)
    device_name: Mapped[str] = mapped_column(NAME)
    fault_kind: Mapped[FaultKind | None] = mapped_column(EnumColumn(FaultKind))
    fault_id: Mapped[str] = mapped_column(ID)
    incident_id: Mapped[str] = mapped_column(ID)
    feedback_id: Mapped[str] = mapped_column(ID)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[TicketState] = mapped_column(EnumColumn(TicketState))
    holder: Mapped[str] = mapped_column(ID)
    holder_name: Mapped[str] = mapped_column(NAME)
    held_since_at: Mapped[datetime | None] = mapped_column(Utc)
    over_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_by_name: Mapped[str] = mapped_column(NAME)
    version: Mapped[int]


class TicketFaultRow(Base):
    """Fault of a ticket: a device's ticket covers all its faults."""

    __tablename__ = "ticket_faults"
    __table_args__ = (Index("ix_ticket_faults_fault_id", "fault_id"),)

    ticket_id: Mapped[TicketId] = mapped_column(ID, ForeignKey("tickets.id"), primary_key=True)
    fault_id: Mapped[str] = mapped_column(ID, primary_key=True)


class TicketEntryRow(Base):
    """Entry of a ticket, with the idempotency key that its author gave it."""

    __tablename__ = "ticket_entries"
    __table_args__ = (Index("ix_ticket_entries_ticket_id_at", "ticket_id", "at"),)

    id: Mapped[EntryId] = mapped_column(ID, primary_key=True)
    ticket_id: Mapped[TicketId] = mapped_column(ID, ForeignKey("tickets.id"))
    step: Mapped[TicketStep] = mapped_column(EnumColumn(TicketStep))
    at: Mapped[datetime] = mapped_column(Utc)
    done_at: Mapped[datetime] = mapped_column(Utc)
    by: Mapped[str] = mapped_column(ID)
    by_name: Mapped[str] = mapped_column(NAME)
    text: Mapped[str] = mapped_column(Text)
    photo_sha256: Mapped[str] = mapped_column(String(64))
    check: Mapped[Check | None] = mapped_column(EnumColumn(Check))
    is_good: Mapped[bool | None]
    feedback_id: Mapped[str] = mapped_column(ID, index=True)
