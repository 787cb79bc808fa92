"""Devices: the record of an end point and its status."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from devices.protocol.boards import Screen
from province.areas import AreaId, Point

DeviceId = NewType("DeviceId", str)


class DeviceKind(StrEnum):
    """CLUSTER: cụm loa · BOARD: bảng tin điện tử · STATION: đài TT-TH · BRIDGE: bộ nối tăng âm hoặc máy phát FM."""

    CLUSTER = "cluster"
    BOARD = "board"
    STATION = "station"
    BRIDGE = "bridge"

    @property
    def has_loudspeaker(self) -> bool:
        """Return whether it sounds by itself: a board shows, and a station forwards messages by means of its own."""
        return self in {DeviceKind.CLUSTER, DeviceKind.BRIDGE}


@dataclass(frozen=True, slots=True)
class Device:
    """One end point. ``retired_at`` set means it is out of service and kept for its history.

    ``screen`` is a board's; None: unknown, and it is taken for one of the usual size. ``quarantined``: it sounds and
    shows nothing, or with ``alerts_pass`` nothing but alerts. ``revoked``: no certificate of it is good, so it is
    counted nowhere.
    """

    id: DeviceId
    serial: str
    name: str
    kind: DeviceKind
    area_id: AreaId
    enrolled_at: datetime
    point: Point | None = None
    groups: tuple[str, ...] = ()
    volume_pct: int = 80
    desired_version: int = 1
    retired_at: datetime | None = None
    screen: Screen | None = None
    quarantined: bool = False
    revoked: bool = False
    alerts_pass: bool = False

    @property
    def is_mute(self) -> bool:
        """Return whether nothing sent to it is heard there, alerts included."""
        return self.revoked or (self.quarantined and not self.alerts_pass)


@dataclass(frozen=True, slots=True)
class Posts:
    """Count of devices in service in one very area, those connected apart from those that are not.

    ``points`` are their places, as far as known; empty where they were not asked for.
    """

    area_id: AreaId
    is_online: bool
    count: int
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """Status that the device reported last. ``conn`` is its connection counter; an older one never wins.

    ``officers_ver``: version of the keyset of officers that it held at its last sync; None: it checks no signatures of
    people, or has not said that it does.
    """

    device_id: DeviceId
    online: bool
    conn: int
    seen_at: datetime
    firmware: str = ""
    boot: str = ""
    clock_offset_ms: int | None = None
    plan_versions: tuple[tuple[str, int], ...] = ()
    officers_ver: int | None = None
