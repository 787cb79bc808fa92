"""Store with the small province, and the steps of a bulletin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from broadcast.bulletins.model import Bulletin, BulletinId, Rendition, Sound, SoundState, Targets
from broadcast.bulletins.transmissions import DayPlan, Transmission
from broadcast.scheduling.area_rules import AreaRules
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import StoredPlan
from cms.bulletins.service import drafts, review
from cms.bulletins.service import sound as bulletin_sound
from cms.bulletins.service.revisions import Draft
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.service import planning
from devices.model import DeviceId, DeviceStatus
from province.areas import AreaId
from province.call import Call
from province.people import Actor
from tests.fakes.authority import FixedAuthority
from tests.fakes.content import MemoryContent
from tests.fakes.ids import counting_ids
from tests.fakes.programme import AREAS, AUTHOR, C1, COMMUNES, MONDAY, NOW, PROVINCE, REVIEWER, SOUND, device, schedule
from tests.service_store import OutboxEntry, ServiceStore


def draft(**more: Any) -> Draft:
    """Build a draft for the whole province at 17:00 on Monday."""
    fields: dict[str, Any] = {
        "title": "Lịch tiêm chủng",
        "text": "Trạm y tế tiêm chủng sáng thứ hai.",
        "topic": "y-te",
        "targets": Targets((PROVINCE,)),
        "schedules": (schedule(),),
    }
    return Draft(**{**fields, **more})


def small_province(uow: UnitOfWork) -> None:
    """Add the small province, with two devices in each commune."""
    uow[Places].add(AREAS)
    for commune in COMMUNES:
        uow[Devices].add(device(f"{commune}-l1", commune))
        uow[Devices].add(device(f"{commune}-l2", commune))


@dataclass
class World:
    store: ServiceStore = field(default_factory=lambda: ServiceStore(small_province))
    authority: FixedAuthority = field(default_factory=FixedAuthority)
    content: MemoryContent = field(default_factory=MemoryContent)
    new_id: Callable[[], str] = field(default_factory=lambda: counting_ids("x"))

    def call(self, actor: Actor, now: datetime = NOW) -> Call:
        return Call(actor, self.authority, now, self.new_id)

    def set_rules(self, area_id: AreaId, rules: AreaRules) -> None:
        with self.store.change() as uow:
            uow[Places].set_rules(area_id, rules)

    def connect(self, *device_ids: str) -> None:
        """Store the devices' own reports that they are online."""
        with self.store.change() as uow:
            for each in device_ids:
                uow[Devices].report(DeviceStatus(DeviceId(each), online=True, conn=1, seen_at=NOW))

    def bulletin(self, bulletin_id: BulletinId) -> Bulletin:
        return self.store.one(Bulletin, id=bulletin_id)

    def outbox(self, kind: OutboxKind) -> list[OutboxEntry]:
        return [entry for entry in self.store.outbox() if entry.kind is kind]

    def events(self) -> list[str]:
        return [event.name for event in self.store.events()]

    def draft(self, now: datetime = NOW, **more: Any) -> Bulletin:
        return drafts.create(self.store(), draft=draft(**more), call=self.call(AUTHOR, now))

    def sound(self, bulletin: Bulletin, *renditions: Rendition, chime_ms: int = 0) -> Bulletin:
        done = bulletin_sound.finish(
            self.store(),
            bulletin.id,
            Sound(
                SoundState.READY,
                made_from=bulletin.sound.made_from,
                job_id=bulletin.sound.job_id,
                renditions=tuple(renditions or (SOUND,)),
                loudness_lufs=-16.0,
                true_peak_dbtp=-1.5,
                chime_ms=chime_ms,
            ),
            now=NOW,
        )
        assert done
        return self.bulletin(bulletin.id)

    def submit(self, bulletin: Bulletin, now: datetime = NOW, *, by: Actor = AUTHOR) -> Bulletin:
        return review.submit(self.store(), bulletin.id, expected_version=bulletin.version, call=self.call(by, now))

    def approve(self, bulletin: Bulletin, now: datetime = NOW) -> Bulletin:
        return review.approve(
            self.store(), bulletin.id, expected_version=bulletin.version, call=self.call(REVIEWER, now)
        )

    def submitted(self, **more: Any) -> Bulletin:
        return self.submit(self.sound(self.draft(**more)))

    def approved(self, **more: Any) -> Bulletin:
        return self.approve(self.submitted(**more))

    def transmission(self, bulletin: Bulletin) -> Transmission:
        return self.store.one(Transmission, bulletin_id=bulletin.id)

    def replan(
        self, area_id: AreaId = C1, *, first_on: date = MONDAY, days: int = 3, now: datetime = NOW
    ) -> planning.Replanned:
        return planning.replan(self.store(), self.content, area_id, first_on=first_on, days=days, now=now)

    def plan(self, area_id: AreaId = C1, on: date = MONDAY) -> DayPlan:
        return self.stored_plan(area_id, on).plan

    def stored_plan(self, area_id: AreaId = C1, on: date = MONDAY) -> StoredPlan:
        return self.store.one(StoredPlan, area_id=area_id, on=on)
