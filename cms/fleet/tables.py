"""Tables of devices, their life cycle and certificates, and conditions on them."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, and_, false, or_
from sqlalchemy.orm import Mapped, mapped_column

from cms.areas.tables import AREA_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from devices.lifecycle import CertificateState, LifecycleState
from devices.model import DeviceId, DeviceKind
from devices.protocol.boards import Screen
from province.areas import AreaId, Point

DEVICE_ID = String(40)


class DeviceRow(Base):
    __tablename__ = "devices"
    __table_args__ = (
        # Counts of an area's devices are answered from this index alone: rows of devices are wide.
        Index("ix_devices_counted", "area_id", "kind", "retired_at", "quarantined", "revoked", "id"),
    )

    id: Mapped[DeviceId] = mapped_column(DEVICE_ID, primary_key=True)
    serial: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[DeviceKind] = mapped_column(EnumColumn(DeviceKind))
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    enrolled_at: Mapped[datetime] = mapped_column(Utc)
    point: Mapped[Point | None] = mapped_column(Frozen(Point | None))
    groups: Mapped[tuple[str, ...]] = mapped_column(Frozen(tuple[str, ...]))
    volume_pct: Mapped[int]
    desired_version: Mapped[int]
    retired_at: Mapped[datetime | None] = mapped_column(Utc)
    screen: Mapped[Screen | None] = mapped_column(Frozen(Screen | None))
    quarantined: Mapped[bool] = mapped_column(server_default=false())
    alerts_pass: Mapped[bool] = mapped_column(server_default=false())
    revoked: Mapped[bool] = mapped_column(server_default=false())


class DeviceStatusRow(Base):
    """Status, one row a device, rewritten by its reports; ``conn`` never goes back."""

    __tablename__ = "device_status"

    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, ForeignKey("devices.id"), primary_key=True)
    online: Mapped[bool]
    conn: Mapped[int]
    seen_at: Mapped[datetime] = mapped_column(Utc)
    firmware: Mapped[str] = mapped_column(String(80))
    boot: Mapped[str] = mapped_column(String(80))
    clock_offset_ms: Mapped[int | None]
    plan_versions: Mapped[tuple[tuple[str, int], ...]] = mapped_column(Frozen(tuple[tuple[str, int], ...]))


class SavedFilterRow(Base):
    """Filter of the device list that a person saved under a name."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("user_id", "name", name="uq_saved_filters_user_id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(ID, ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime] = mapped_column(Utc)


class LifecycleRow(Base):
    """Life cycle of one box, by its serial."""

    __tablename__ = "device_lifecycle"

    serial: Mapped[str] = mapped_column(DEVICE_ID, primary_key=True)
    kind: Mapped[DeviceKind] = mapped_column(EnumColumn(DeviceKind))
    name: Mapped[str] = mapped_column(String(200))
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    claim_x: Mapped[str] = mapped_column(String(43))
    registered_at: Mapped[datetime] = mapped_column(Utc)
    registered_by: Mapped[str] = mapped_column(ID)
    registered_by_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[LifecycleState] = mapped_column(EnumColumn(LifecycleState), index=True)
    since_at: Mapped[datetime] = mapped_column(Utc)
    device_id: Mapped[DeviceId | None] = mapped_column(DEVICE_ID, ForeignKey("devices.id"), index=True)
    claimed_at: Mapped[datetime | None] = mapped_column(Utc)
    claimed_by_name: Mapped[str] = mapped_column(String(200))
    photo_sha256: Mapped[str] = mapped_column(String(64))
    enrolled_csr: Mapped[str] = mapped_column(String(64))
    failures: Mapped[int]
    locked_until_at: Mapped[datetime | None] = mapped_column(Utc)
    version: Mapped[int]


class IssuedCertificateRow(Base):
    """Certificate of a device."""

    __tablename__ = "device_certificates"

    number: Mapped[str] = mapped_column(DEVICE_ID, primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, ForeignKey("devices.id"), index=True)
    state: Mapped[CertificateState] = mapped_column(EnumColumn(CertificateState), index=True)
    issued_at: Mapped[datetime] = mapped_column(Utc)
    ends_at: Mapped[datetime] = mapped_column(Utc)
    pem: Mapped[str] = mapped_column(Text)
    csr: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None] = mapped_column(Utc)


def in_service() -> ColumnElement[bool]:
    """Build the condition "in service": neither retired nor revoked; it may connect, and an alert may address it."""
    return and_(DeviceRow.retired_at.is_(None), ~DeviceRow.revoked)


def shut_off() -> ColumnElement[bool]:
    """Build the condition "shut off": quarantined or revoked; no bulletin is heard there."""
    return or_(DeviceRow.quarantined, DeviceRow.revoked)


def mute() -> ColumnElement[bool]:
    """Build the condition ``Device.is_mute``: alerts are not heard there either."""
    return or_(DeviceRow.revoked, and_(DeviceRow.quarantined, ~DeviceRow.alerts_pass))


def obeys() -> ColumnElement[bool]:
    """Build the condition "in service and not shut off", for counts of sounding devices."""
    return and_(DeviceRow.retired_at.is_(None), ~shut_off())
