"""Local alerts, key holders with their devices, issued local orders, and alerts raised at devices."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.alerts.local_alerts import (
    KeyHolder,
    KeyHolderId,
    KeyPress,
    LocalAlert,
    LocalAlertId,
    LocalAlertStatus,
    LocalIssue,
)
from broadcast.alerts.model import AlertId
from cms.platform.store.columns import Base
from devices.model import DeviceId
from province.areas import AreaId


class LocalAlertRow(Base, table="local_alerts", value=LocalAlert):
    id: Mapped[LocalAlertId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), index=True)
    headline: Mapped[str] = mapped_column(String(300))
    proposed_at: Mapped[datetime]
    status: Mapped[LocalAlertStatus]
    said_sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Hash of the script of ``sound``: an alert with the same words needs no other sound."""


class KeyHolderRow(Base, table="key_holders", value=KeyHolder):
    """Holder of a key. The PIN is stored as a slow, salted hash alone."""

    id: Mapped[KeyHolderId] = mapped_column(primary_key=True)
    person_name: Mapped[str]
    phone: Mapped[str] = mapped_column(String(20))
    salt: Mapped[str] = mapped_column(String(32))
    issued_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class DeviceKeyRow(Base, table="device_keys"):
    """Key of a device that a holder has."""

    holder_id: Mapped[KeyHolderId] = mapped_column(ForeignKey("key_holders.id"), primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("devices.id"), primary_key=True, index=True)


class LocalIssueRow(Base, table="local_issues", value=LocalIssue):
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    valid_until_at: Mapped[datetime] = mapped_column(index=True)
    mark: Mapped[str] = mapped_column(String(64))
    held_until_at: Mapped[datetime | None]
    number: Mapped[int]
    held_number: Mapped[int]
    spoken: Mapped[int]


class KeyPressRow(Base, table="key_presses", value=KeyPress):
    """Key press. One for each alert that was raised at a device, however often the device tells of it."""

    alert_id: Mapped[AlertId] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    told_at: Mapped[datetime]
