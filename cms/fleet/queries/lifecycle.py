"""Identity of devices: refusals of certificates, and a device's history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from cms.audit.queries import EventLine, event_line
from cms.fleet.tables import DeviceRow
from cms.platform.store.events import DENIED, OVERHEARD
from cms.platform.store.tables import EventRow
from devices.model import DeviceId
from province.areas import AreaId

ENROLMENT_REFUSED: Final = "device.enrolment_refused"
"""Event: the device's claim was already used for another key than the requesting one."""
RENEWAL_REFUSED: Final = "device.renewal_refused"
"""Event: the device has as many certificates as it may have; logged once a day."""
REFUSALS: Final = (
    "broker.refused",
    "box.denied",
    "box.overheard",
    "device.claim_locked",
    ENROLMENT_REFUSED,
    RENEWAL_REFUSED,
    DENIED,
    OVERHEARD,
)


def refusals(session: Session, limit: int = 20) -> Sequence[EventLine]:
    """List the refusals, newest first."""
    rows = session.scalars(
        select(EventRow).where(EventRow.name.in_(REFUSALS)).order_by(EventRow.seq.desc()).limit(limit)
    )
    return [event_line(row) for row in rows]


def history(session: Session, subjects: Sequence[str], limit: int = 50) -> Sequence[EventLine]:
    """List the events of these subjects (a device and its boxes), newest first."""
    rows = session.scalars(
        select(EventRow)
        .where(EventRow.subject_id.in_(subjects), EventRow.name.startswith("device."))
        .order_by(EventRow.seq.desc())
        .limit(limit)
    )
    return [event_line(row) for row in rows]


def is_code_spent_since(session: Session, device_id: DeviceId, at: datetime) -> bool:
    """Return whether another box than the certificate's has come with the device's claim code since then."""
    return _happened(session, device_id, ENROLMENT_REFUSED, at)


def is_renewal_refused_since(session: Session, device_id: DeviceId, at: datetime) -> bool:
    """Return whether it was logged since then that the device asked for too many certificates."""
    return _happened(session, device_id, RENEWAL_REFUSED, at)


def shut_off_at_once(session: Session, since_at: datetime) -> Sequence[tuple[str, AreaId]]:
    """List by person and area the devices quarantined since then by one person alone and without evidence."""
    rows = session.execute(
        select(EventRow, DeviceRow.area_id)
        .join(DeviceRow, DeviceRow.id == EventRow.subject_id)
        .where(EventRow.at > since_at, EventRow.name == "device.quarantined")
    )
    told = [(event_line(row), area_id) for row, area_id in rows]
    return [(line.by, area_id) for line, area_id in told if line.detail.get("at_once") and not line.detail.get("seen")]


def _happened(session: Session, subject_id: str, name: str, at: datetime) -> bool:
    mine = exists().where(EventRow.subject_id == subject_id, EventRow.name == name, EventRow.at >= at)
    return bool(session.scalar(select(mine)))
