"""Newsroom of a virtual province: places, devices, and a month of bulletins, through the use cases of the screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import Any, Final

from broadcast.bulletins.model import Bulletin, Rendition, Sound, SoundState, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.sessions.model import BroadcastSession
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import drafts, review, sound
from cms.bulletins.service.revisions import Draft
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.sessions.service import running_orders
from devices.model import Device, DeviceId, DeviceKind
from province.areas import Area, AreaId, Point
from province.people import Actor, Grant, Role, UserId

PROVINCE: Final = AreaId("tinh")
NEWS_AT: Final = time(6, 30)
"""Time of a new bulletin every day, so that every device fetches content every day."""
NEWS_MS: Final = 180_000
DAILY: Final = ((time(5, 45), 60_000), (time(11, 30), 120_000), (time(17, 0), 240_000))
"""Standing programmes of the province: time and length."""
COMMUNE_AT: Final = time(17, 30)
COMMUNE_MS: Final = 90_000
_BYTES_PER_S: Final = 3_000
_SINCE: Final = date(2000, 1, 1)


@dataclass(frozen=True)
class Settlement:
    """A province of equal communes. ``points``: places of the devices, where they are known."""

    communes: int
    devices: int
    points: Sequence[Point] = ()

    def ids(self) -> list[tuple[DeviceId, AreaId]]:
        """List every device with its area, spread evenly."""
        areas = self.areas
        return [
            (DeviceId(f"{areas[number % self.communes]}-l{number // self.communes:03d}"), areas[number % self.communes])
            for number in range(self.devices)
        ]

    @property
    def areas(self) -> list[AreaId]:
        return [AreaId(f"xa-{number:02d}") for number in range(1, self.communes + 1)]


class VirtualEditors:
    """An editor and an approver, and the bulletins that they air."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.editor = Actor(UserId("u-bien-tap"), "Biên Tập", (Grant(Role.PROVINCE_EDITOR, PROVINCE),))
        self.approver = Actor(UserId("u-phe-duyet"), "Phê Duyệt", (Grant(Role.APPROVER, PROVINCE),))

    def settle(self, settlement: Settlement) -> None:
        """Add places and devices, as an installation has them before its first day."""
        context = self._context
        with context.uow() as unit:
            communes = [Area(each, f"Xã {each[-2:]}", "commune", PROVINCE, _SINCE) for each in settlement.areas]
            unit[Places].add([Area(PROVINCE, "Tỉnh", "province", None, _SINCE), *communes])
            for (device_id, area_id), point in zip_longest(settlement.ids(), settlement.points):
                name = f"Cụm loa {device_id}"
                unit[Devices].add(
                    Device(device_id, f"sn-{device_id}", name, DeviceKind.CLUSTER, area_id, context.now(), point)
                )
            unit.commit()

    def standing(self, areas: Sequence[AreaId], first_on: date) -> None:
        """Air the daily programme: the province's bulletins, and one of each commune's own."""
        for at, length_ms in DAILY:
            self.air(f"Chương trình {at:%H:%M}", (PROVINCE,), datetime.combine(first_on, at), length_ms, "FREQ=DAILY")
        for area_id in areas:
            starts = datetime.combine(first_on, COMMUNE_AT)
            self.air(f"Tin của {area_id}", (area_id,), starts, COMMUNE_MS, "FREQ=DAILY")

    def news(self, on: date) -> None:
        """Air the day's own bulletin."""
        self.air(f"Bản tin ngày {on:%d/%m}", (PROVINCE,), datetime.combine(on, NEWS_AT), NEWS_MS)

    def air(self, title: str, areas: tuple[AreaId, ...], starts: datetime, length_ms: int, rrule: str = "") -> Bulletin:
        """Write, sound, submit and approve a bulletin; ``starts`` is wall time."""
        made = self.write(title, areas, length_ms, schedules=(Schedule("1", starts, rrule),))
        return self.approve(made)

    def write(self, title: str, areas: tuple[AreaId, ...], length_ms: int, **more: Any) -> Bulletin:
        """Write and sound a bulletin."""
        context = self._context
        draft = Draft(
            title=title,
            text="Kính mời bà con theo dõi.",
            topic="notice",
            priority=PriorityClass.NORMAL,
            targets=Targets(areas),
            **more,
        )
        made = drafts.create(context.uow(), draft=draft, call=context.call(self.editor))
        self._sound(made, length_ms)
        return self.current(made)

    def put(
        self, session: BroadcastSession, title: str, areas: tuple[AreaId, ...], length_ms: int, **more: Any
    ) -> Bulletin:
        """Write and sound a bulletin, and add it to today's running order of a session."""
        bulletin = self.write(title, areas, length_ms, **more)
        return running_orders.add_bulletin(
            self._context.uow(),
            bulletin.id,
            session_id=session.id,
            on=day_of(self._context),
            expected_version=bulletin.version,
            call=self._context.call(self.editor),
        )

    def current(self, bulletin: Bulletin) -> Bulletin:
        """Return the bulletin as it is stored now."""
        with self._context.uow.reading() as unit:
            return unit[Bulletins].get(bulletin.id)

    def approve(self, made: Bulletin) -> Bulletin:
        """Submit and approve a bulletin."""
        context = self._context
        sent = review.submit(context.uow(), made.id, expected_version=made.version, call=context.call(self.editor))
        return review.approve(context.uow(), sent.id, expected_version=sent.version, call=context.call(self.approver))

    def _sound(self, bulletin: Bulletin, length_ms: int) -> None:
        """Finish the sound as the worker would; the content has the size of its length, and is unique."""
        context = self._context
        size = length_ms * _BYTES_PER_S // 1000
        sha256 = context.content.put_bytes(bulletin.id.encode().ljust(size, b"."))
        media = (("device-opus", "audio/ogg"), ("browser-mp3", "audio/mpeg"))
        sound.finish(
            context.uow(),
            bulletin.id,
            Sound(
                SoundState.READY,
                made_from=bulletin.sound_input,
                job_id=bulletin.sound.job_id,
                renditions=tuple(Rendition(kind, sha256, size, length_ms, form) for kind, form in media),
                loudness_lufs=-16.0,
                true_peak_dbtp=-1.3,
            ),
            now=context.now(),
        )


def day_of(context: Context, ahead: int = 0) -> date:
    """Return the local date of the loudspeakers, or the one so many days later."""
    return (context.now() + timedelta(hours=7, days=ahead)).date()
