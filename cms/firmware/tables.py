"""Firmware: images, roll-outs, state of each device in one, and installed versions."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cms.areas.tables import AREA_ID
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Grade, Utc
from devices.firmware.model import ImageId, MemberState, RolloutId, RolloutState, Wave
from devices.model import DeviceId
from province.areas import AreaId

IMAGE_ID = String(64)


class FirmwareImageRow(Base):
    __tablename__ = "firmware_images"
    __table_args__ = (UniqueConstraint("model", "number", name="uq_firmware_images_model"),)

    id: Mapped[ImageId] = mapped_column(IMAGE_ID, primary_key=True)
    model: Mapped[str] = mapped_column(String(40))
    number: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    floor: Mapped[int] = mapped_column(BigInteger)
    notes: Mapped[str] = mapped_column(Text)
    manifest: Mapped[str] = mapped_column(Text)
    uploaded_at: Mapped[datetime] = mapped_column(Utc)
    uploaded_by: Mapped[str] = mapped_column(ID)
    uploaded_by_name: Mapped[str] = mapped_column(String(200))


class RolloutRow(Base):
    __tablename__ = "firmware_rollouts"

    id: Mapped[RolloutId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    image_ids: Mapped[tuple[ImageId, ...]] = mapped_column(Frozen(tuple[str, ...]))
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Utc)
    created_by: Mapped[str] = mapped_column(ID)
    created_by_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[RolloutState] = mapped_column(EnumColumn(RolloutState))
    wave: Mapped[Wave] = mapped_column(Grade(Wave))
    wave_at: Mapped[datetime | None] = mapped_column(Utc)
    paused_at: Mapped[datetime | None] = mapped_column(Utc)
    started_by: Mapped[str] = mapped_column(ID)
    started_by_name: Mapped[str] = mapped_column(String(200))
    released_by_name: Mapped[str] = mapped_column(String(200))
    stop_code: Mapped[str] = mapped_column(String(32))
    stop_why: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime | None] = mapped_column(Utc)
    version: Mapped[int]


class RolloutMemberRow(Base):
    """Device of a roll-out. Written once, and again with each of the device's answers."""

    __tablename__ = "firmware_members"
    __table_args__ = (Index("ix_firmware_members_device_id_state", "device_id", "state"),)

    rollout_id: Mapped[RolloutId] = mapped_column(ID, ForeignKey("firmware_rollouts.id"), primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, ForeignKey("devices.id"), primary_key=True)
    device_name: Mapped[str] = mapped_column(String(200))
    commune_id: Mapped[AreaId] = mapped_column(AREA_ID)
    image_id: Mapped[ImageId] = mapped_column(IMAGE_ID, ForeignKey("firmware_images.id"))
    is_cluster: Mapped[bool]
    wave: Mapped[Wave] = mapped_column(Grade(Wave))
    state: Mapped[MemberState] = mapped_column(EnumColumn(MemberState))
    code: Mapped[str] = mapped_column(String(40))
    attempt: Mapped[int]
    sent_at: Mapped[datetime | None] = mapped_column(Utc)
    again_at: Mapped[datetime | None] = mapped_column(Utc)
    changed_at: Mapped[datetime | None] = mapped_column(Utc)


class DeviceFirmwareRow(Base):
    """Installed firmware, one row a device: as its last birth message reported it."""

    __tablename__ = "device_firmware"

    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, ForeignKey("devices.id"), primary_key=True)
    model: Mapped[str] = mapped_column(String(40))
    number: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[str] = mapped_column(String(80))
    heard_at: Mapped[datetime] = mapped_column(Utc)
    installed_at: Mapped[datetime | None] = mapped_column(Utc)
