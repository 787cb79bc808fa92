"""Heartbeats in the database: one row a process, read by the monitoring that reports frozen processes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.jobs import JobState
from cms.platform.store.kinds import JobKind
from cms.platform.store.tables import JobRow, ProcessHeartbeatRow

GATEWAY: Final = "gateway"
SCHEDULER: Final = "scheduler"
WORKER: Final = "worker"
URGENT_WORKER: Final = "urgent"
CANARY: Final = "canary"
"""Row of the canary: ``started_at`` the latest of its alerts that it answered, ``beat_at`` when that was stored."""
PROBE: Final = "probe"
"""Row that the web writes to test whether the database can be written to."""


@dataclass(frozen=True, slots=True)
class BrokerState:
    """State of the gateway's connections to the brokers. ``recent``: reconnections in the last minutes.

    ``is_connected``: to any broker; ``away``: addresses of those that are gone or silent.
    """

    is_connected: bool = True
    reconnects: int = 0
    recent: int = 0
    away: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessDetail:
    """Detail that a process reports. ``quiet_s``: seconds since each loop last turned; ``stuck``: overdue loops.

    ``unsigned``: reason for which the signer did not sign a message in the last minute; empty: none.
    """

    quiet_s: Mapping[str, float] = field(default_factory=dict)
    stuck: Sequence[str] = ()
    broker: BrokerState | None = None
    unsigned: str = ""


@dataclass(frozen=True, slots=True)
class ProcessHeartbeat:
    """Heartbeat of a process. ``program`` is the name under which the supervisor runs it."""

    program: str
    started_at: datetime
    beat_at: datetime
    detail: ProcessDetail = field(default_factory=ProcessDetail)


def write_heartbeat(session: Session, beat: ProcessHeartbeat) -> None:
    """Replace the process's heartbeat. The caller commits."""
    values = {"started_at": beat.started_at, "beat_at": beat.beat_at, "detail": asdict(beat.detail)}
    insert = insert_or(session, ProcessHeartbeatRow).values(program=beat.program, **values)
    session.execute(insert.on_conflict_do_update(index_elements=["program"], set_=values))


def answered_at(session: Session) -> datetime | None:
    """Return when the latest alert that the canary answered was ordered."""
    row = ProcessHeartbeatRow
    return session.scalar(select(row.started_at).where(row.program == CANARY))


def processes_and_jobs(session: Session, now: datetime) -> tuple[Mapping[str, ProcessHeartbeat], float, float]:
    """Read the latest heartbeat of each process that ever ran here, by program, and how long jobs wait to be claimed.

    The oldest one that an approval waits for and the oldest other one, 0 s where none waits; the probe's heartbeat is
    left out. In one query, as every page asks it.
    """
    rows = session.execute(_processes_and_jobs()).all()
    # The outer join has one row without a process where none ever ran.
    ran: list[ProcessHeartbeatRow | None] = [row for _urgent, _other, row in rows]
    urgent, other, _ran = rows[0]
    beats = {row.program: _heartbeat(row) for row in ran if row is not None}
    return beats, _seconds(urgent, now), _seconds(other, now)


@cache
def _processes_and_jobs() -> Select[datetime | None, datetime | None, ProcessHeartbeatRow]:
    waiting = select(func.min(JobRow.created_at)).where(JobRow.state == JobState.QUEUED, JobRow.attempts == 0)
    is_urgent = JobRow.kind == JobKind.MAKE_ALERT_SOUND
    one = select(literal(1).label("n")).subquery()
    return select(
        waiting.where(is_urgent).scalar_subquery(), waiting.where(~is_urgent).scalar_subquery(), ProcessHeartbeatRow
    ).select_from(one.outerjoin(ProcessHeartbeatRow, ProcessHeartbeatRow.program != PROBE))


def _heartbeat(row: ProcessHeartbeatRow) -> ProcessHeartbeat:
    detail = msgspec.convert(row.detail, ProcessDetail)
    return ProcessHeartbeat(row.program, row.started_at, row.beat_at, detail)


def _seconds(since_at: datetime | None, now: datetime) -> float:
    return 0.0 if since_at is None else max(0.0, (now - since_at).total_seconds())
