"""Devices and their latest status."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from cms.areas.tables import AREA_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
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
