"""Metrics: the state of the installation in a few figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms.alerts.tables import OrderRow
from cms.fleet.queries.devices import firmware_spread
from cms.fleet.tables import DeviceRow, DeviceStatusRow, obeys
from cms.health.queries.telemetry import outcomes
from cms.health.repository.telemetry import FIELDS, unpack
from cms.health.repository.telemetry_days import added_up_until_ms
from cms.health.tables import DeviceLastRow
from cms.platform.store.jobs import JobState
from cms.platform.store.tables import JobRow, OutboxRow
from devices.model import DeviceKind

HEARD_WITHIN = timedelta(minutes=15)
"""Three of the usual intervals between two telemetry messages."""
_MAINS, _SPK = FIELDS.index("mains"), FIELDS.index("spk")


@dataclass(frozen=True, slots=True)
class House:
    """State of the installation.

    ``devices``: in service, by kind and whether connected. ``telemetry``: messages ever received, by outcome.

    ``heard`` devices sent telemetry lately, ``on_battery`` of them without mains, ``silent_line`` with a broken
    loudspeaker line. ``outbox_oldest_s`` is the age of the oldest waiting message, 0 where none waits.
    """

    devices: Mapping[tuple[DeviceKind, bool], int]
    firmware: Mapping[str, int]
    telemetry: Mapping[str, int]
    added_up_until_ms: int
    heard: int
    on_battery: int
    silent_line: int
    outbox_waiting: int
    outbox_oldest_s: float
    jobs_open: int
    orders_open: int


def house(session: Session, now: datetime) -> House:
    told = _told_since(session, int((now - HEARD_WITHIN).timestamp() * 1000))
    waiting = session.scalar(select(func.count()).where(OutboxRow.sent_at.is_(None)))
    oldest_at = session.scalar(select(func.min(OutboxRow.created_at)).where(OutboxRow.sent_at.is_(None)))
    jobs = select(func.count()).where(JobRow.state.in_([JobState.QUEUED, JobState.RUNNING]))
    orders = select(func.count()).where(OrderRow.ended_at.is_(None))
    return House(
        devices=_devices(session),
        firmware=dict(firmware_spread(session)),
        telemetry=outcomes(session),
        added_up_until_ms=added_up_until_ms(session),
        heard=len(told),
        on_battery=sum(mains is False for mains, _spk in told),
        silent_line=sum(spk not in ("", "ok") for _mains, spk in told),
        outbox_waiting=waiting or 0,
        outbox_oldest_s=0.0 if oldest_at is None else max(0.0, (now - oldest_at).total_seconds()),
        jobs_open=session.scalar(jobs) or 0,
        orders_open=session.scalar(orders) or 0,
    )


def _told_since(session: Session, since_ms: int) -> Sequence[tuple[bool | None, str]]:
    """Return mains and loudspeaker line of each device's newest record: two values of forty, for thousands."""
    bodies = session.scalars(select(DeviceLastRow.body).where(DeviceLastRow.heard_ms >= since_ms))
    return [(values[_MAINS], values[_SPK]) for values in map(unpack, bodies)]


def _devices(session: Session) -> Mapping[tuple[DeviceKind, bool], int]:
    is_online = func.coalesce(DeviceStatusRow.online, False)
    rows = session.execute(
        select(DeviceRow.kind, is_online, func.count())
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == DeviceRow.id)
        .where(obeys())
        .group_by(DeviceRow.kind, is_online)
    )
    return {(kind, bool(online)): count for kind, online, count in rows}
