"""Tables of devices, their life cycle and certificates, and conditions on them."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, String, UniqueConstraint, and_, false, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from cms.platform.store.columns import ID, Base
from devices.lifecycle import CertificateState, DeviceLifecycle, IssuedCertificate, LifecycleState
from devices.model import Device, DeviceId, DeviceKind, DeviceStatus
from devices.protocol.boards import Screen
from province.areas import AreaId, Point


class DeviceRow(Base, table="devices", value=Device):
    __table_args__ = (
        # Counts of an area's devices are answered from this index alone: rows of devices are wide.
        Index("ix_devices_counted", "area_id", "kind", "retired_at", "quarantined", "revoked", "id"),
    )

    id: Mapped[DeviceId] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str]
    kind: Mapped[DeviceKind]
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    enrolled_at: Mapped[datetime]
    point: Mapped[Point | None]
    volume_pct: Mapped[int]
    desired_version: Mapped[int]
    retired_at: Mapped[datetime | None]
    screen: Mapped[Screen | None]
    quarantined: Mapped[bool] = mapped_column(server_default=false())
    alerts_pass: Mapped[bool] = mapped_column(server_default=false())
    revoked: Mapped[bool] = mapped_column(server_default=false())


class DeviceStatusRow(Base, table="device_status", value=DeviceStatus):
    """Status, one row a device, rewritten by its reports; ``conn`` never goes back."""

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    online: Mapped[bool]
    conn: Mapped[int]
    seen_at: Mapped[datetime]
    firmware: Mapped[str] = mapped_column(String(80))
    officers_ver: Mapped[int | None]


class SavedFilterRow(Base, table="saved_filters"):
    """Filter of the device list that a person saved under a name."""

    __table_args__ = (UniqueConstraint("user_id", "name", name="uq_saved_filters_user_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str]
    kept_at: Mapped[datetime]


class LifecycleRow(Base, table="device_lifecycle", value=DeviceLifecycle):
    """Life cycle of one box, by its serial."""

    serial: Mapped[str] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    claim_x: Mapped[str] = mapped_column(String(43))
    state: Mapped[LifecycleState] = mapped_column(index=True)
    since_at: Mapped[datetime]
    device_id: Mapped[DeviceId | None] = mapped_column(ForeignKey("devices.id"), index=True)
    enrolled_csr: Mapped[str] = mapped_column(String(64))


class IssuedCertificateRow(Base, table="device_certificates", value=IssuedCertificate):
    """Certificate of a device."""

    number: Mapped[str] = mapped_column(ID, primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("devices.id"), index=True)
    state: Mapped[CertificateState] = mapped_column(index=True)
    issued_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    csr: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None]


def in_service() -> ColumnElement[bool]:
    """Build the condition "in service": neither retired nor revoked; it may connect, and an alert may address it."""
    return and_(DeviceRow.retired_at.is_(None), ~DeviceRow.revoked)


def shut_off() -> ColumnElement[bool]:
    """Build the condition "shut off": quarantined or revoked; no bulletin is heard there."""
    return or_(DeviceRow.quarantined, DeviceRow.revoked)


def mute() -> ColumnElement[bool]:
    """Build the condition ``Device.is_mute``: alerts are not heard there either."""
    return or_(DeviceRow.revoked, and_(DeviceRow.quarantined, ~DeviceRow.alerts_pass))


def boards() -> Select[DeviceId]:
    """Select the boards, which sound nothing: few, and found by an index; rows of all devices would be read else."""
    return select(DeviceRow.id).where(DeviceRow.kind == DeviceKind.BOARD)


def obeys() -> ColumnElement[bool]:
    """Build the condition "in service and not shut off", for counts of sounding devices."""
    return and_(DeviceRow.retired_at.is_(None), ~shut_off())
