"""Register of boxes, and the certificates of devices. Columns are named like the fields they hold."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cms.areas.tables import AREA_ID
from cms.fleet.tables.devices import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Utc
from devices.lifecycle import CertificateState, LifecycleState
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId


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
