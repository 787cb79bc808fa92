"""A small province, its people, and bulletins and transmissions to fill in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from broadcast.bulletins.model import After, Bulletin, BulletinId, Rendition, Targets
from broadcast.bulletins.priority import PriorityClass, prio_of
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import Transmission, TransmissionId
from devices.model import Device, DeviceId, DeviceKind
from province.areas import Area, AreaId, AreaTree
from province.people import Actor, UserId

# 2026-03-02 is a Monday; 01:00 UTC is 08:00 in the province.
MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

PROVINCE, NORTH, SOUTH = AreaId("p"), AreaId("p-n"), AreaId("p-s")
C1, C2, C3 = AreaId("p-n-1"), AreaId("p-n-2"), AreaId("p-s-3")
COMMUNES = (C1, C2, C3)

AUTHOR = Actor(UserId("u-author"), "Nguyễn Thị Lan", ())
REVIEWER = Actor(UserId("u-reviewer"), "Trần Văn Bình", ())

SOUND = Rendition("device-opus", "a" * 64, 240_000, 120_000, "audio/ogg")


def area(area_id: AreaId, parent_id: AreaId | None, kind: str = "commune", **more: Any) -> Area:
    return Area(area_id, f"Tên {area_id}", kind, parent_id, date(2020, 1, 1), **more)


AREAS = (
    area(PROVINCE, None, "province"),
    area(NORTH, PROVINCE, "district"),
    area(SOUTH, PROVINCE, "district"),
    area(C1, NORTH),
    area(C2, NORTH),
    area(C3, SOUTH),
)
TREE = AreaTree(AREAS)


def device(device_id: str, area_id: AreaId, **more: Any) -> Device:
    return Device(DeviceId(device_id), f"sn-{device_id}", f"Loa {device_id}", DeviceKind.CLUSTER, area_id, NOW, **more)


def wall(text: str) -> datetime:
    """Return a naive wall time."""
    return datetime.fromisoformat(text)


def local(text: str) -> datetime:
    """Return the instant of a wall time in the province."""
    return datetime.fromisoformat(f"{text}+07:00").astimezone(UTC)


def schedule(starts: str = "2026-03-02T17:00", rrule: str = "", schedule_id: str = "s1", **more: Any) -> Schedule:
    return Schedule(schedule_id, wall(starts), rrule, **more)


def transmission(name: str = "t1", *schedules: Schedule, **more: Any) -> Transmission:
    """Build a transmission: two minutes, normal, for the whole province, approved on 1 March."""
    priority = more.pop("priority", PriorityClass.NORMAL)
    length = more.pop("minutes", 2)
    plain = Transmission(
        id=TransmissionId(name),
        bulletin_id=BulletinId(f"b-{name}"),
        bulletin_version=3,
        title=f"Bản tin {name}",
        priority=priority,
        prio=prio_of(priority),
        targets=Targets((PROVINCE,)),
        schedules=schedules or (schedule(),),
        rendition=replace(SOUND, duration_ms=round(length * 60_000)),
        after=After.RESTART,
        submitted_by=AUTHOR.user_id,
        submitted_by_name=AUTHOR.name,
        approved_by=REVIEWER.user_id,
        approved_by_name=REVIEWER.name,
        approved_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    return replace(plain, **more)


def bulletin(name: str = "b1", **more: Any) -> Bulletin:
    """Build a draft without any sound."""
    plain = Bulletin(
        id=BulletinId(name),
        title="Lịch tiêm chủng",
        text="Trạm y tế tiêm chủng sáng thứ hai.",
        topic="y-te",
        priority=PriorityClass.NORMAL,
        language="vi",
        targets=Targets((PROVINCE,)),
        author_id=AUTHOR.user_id,
        author_name=AUTHOR.name,
        created_at=NOW,
        changed_at=NOW,
        schedules=(schedule(),),
    )
    return replace(plain, **more)


# Bulletins of the transmissions that tests name.
BULLETINS = tuple(bulletin(f"b-t{number}") for number in range(1, 6))
