"""Audit log, outbox, jobs, and answers kept for repeated requests."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.platform.store.columns import ID, Base, partial_index
from cms.platform.store.kinds import JobKind, OutboxKind

# SQLite numbers rows by itself only in an INTEGER primary key.
SERIAL = BigInteger().with_variant(Integer, "sqlite")


class EventRow(Base, table="events"):
    """Event: one link of the hash chain; ``detail`` is the very text that was hashed."""

    __table_args__ = (
        Index("ix_events_subject_id_seq", "subject_id", "seq"),
        # The audit page searches a million lines by person and by kind, each in the order of time.
        Index("ix_events_at_seq", "at", "seq"),
        Index("ix_events_name_at_seq", "name", "at", "seq"),
        Index("ix_events_by_name_at_seq", "by", "name", "at", "seq"),
    )

    seq: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(80))
    subject_id: Mapped[str] = mapped_column(String(80))
    by: Mapped[str]
    by_name: Mapped[str]
    detail: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class OutboxRow(Base, table="outbox"):
    """Outbox row: work for the gateway; rows already sent are kept for a while."""

    __table_args__ = (
        partial_index("ix_outbox_unsent", "id", where="sent_at IS NULL"),
        partial_index("ix_outbox_stations", "subject_id", where="kind = 'stations'"),
    )

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=True)
    kind: Mapped[OutboxKind]
    subject_id: Mapped[str]
    payload: Mapped[dict[str, object]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int]
    error: Mapped[str]
    sent_at: Mapped[datetime | None]


class JobRow(Base, table="jobs"):
    """Job of a worker; the queue carries only its id. ``lease`` names the claim that may write to it."""

    __table_args__ = (Index("ix_jobs_state_lease_until_at", "state", "lease_until_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[JobKind]
    subject_id: Mapped[str] = mapped_column(index=True)
    payload: Mapped[dict[str, object]]
    state: Mapped[str] = mapped_column(String(20))
    progress_pct: Mapped[int]
    step: Mapped[str] = mapped_column(String(40))
    attempts: Mapped[int]
    lease: Mapped[str] = mapped_column(ID)
    lease_until_at: Mapped[datetime]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str]

    @property
    def sentences(self) -> str:
        """Return how many sentences are spoken of all, ``12/48``; empty in other steps."""
        return self.step.partition(" ")[2]


class IdempotencyRow(Base, table="idempotency_keys"):
    """Answer given to a POST, so that the same request repeated gets the same answer."""

    user_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[int]
    headers: Mapped[dict[str, str]]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)


class ProcessHeartbeatRow(Base, table="process_heartbeats"):
    """Latest heartbeat of one of the server's own processes, on whatever machine."""

    program: Mapped[str] = mapped_column(String(40), primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    detail: Mapped[dict[str, object]]


class ProcessLeaseRow(Base, table="process_leases"):
    """Lease of a program of which one instance is active on all hosts; ``until_ms`` by the database's clock."""

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str]
    fence: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
