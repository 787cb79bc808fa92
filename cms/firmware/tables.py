"""Firmware: images, roll-outs, state of each device in one, and installed versions."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cms.platform.store.columns import Base
from devices.firmware.model import (
    FirmwareImage,
    ImageId,
    Installed,
    Member,
    MemberState,
    Rollout,
    RolloutId,
    RolloutState,
    Wave,
)
from devices.model import DeviceId
from province.areas import AreaId

IMAGE_ID = String(64)


class FirmwareImageRow(Base, table="firmware_images", value=FirmwareImage):
    __table_args__ = (UniqueConstraint("model", "number", name="uq_firmware_images_model"),)

    id: Mapped[ImageId] = mapped_column(IMAGE_ID, primary_key=True)
    model: Mapped[str] = mapped_column(String(40))
    number: Mapped[int] = mapped_column(BigInteger)
    floor: Mapped[int] = mapped_column(BigInteger)


class RolloutRow(Base, table="firmware_rollouts", value=Rollout):
    id: Mapped[RolloutId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    image_ids: Mapped[tuple[ImageId, ...]]
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    state: Mapped[RolloutState]
    stop_code: Mapped[str] = mapped_column(String(32))


class RolloutMemberRow(Base, table="firmware_members", value=Member):
    """Device of a roll-out. Written once, and again with each of the device's answers."""

    __table_args__ = (Index("ix_firmware_members_device_id_state", "device_id", "state"),)

    rollout_id: Mapped[RolloutId] = mapped_column(ForeignKey("firmware_rollouts.id"), primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    image_id: Mapped[ImageId] = mapped_column(IMAGE_ID, ForeignKey("firmware_images.id"))
    wave: Mapped[Wave]
    state: Mapped[MemberState]
    code: Mapped[str] = mapped_column(String(40))
    attempt: Mapped[int]
    sent_at: Mapped[datetime | None]


class DeviceFirmwareRow(Base, table="device_firmware", value=Installed):
    """Installed firmware, one row a device: as its last birth message reported it."""

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    model: Mapped[str] = mapped_column(String(40))
    number: Mapped[int] = mapped_column(BigInteger)
    installed_at: Mapped[datetime | None]
    version: Mapped[str]
