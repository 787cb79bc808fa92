"""In-memory store with the small province, and the steps of a bulletin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from broadcast.bulletins.model import Bulletin, BulletinId, Rendition, Sound, SoundState, Targets
from broadcast.bulletins.transmissions import DayPlan, Transmission
from cms.areas.repository import Places
from cms.bulletins.service import drafts, review, submission
from cms.bulletins.service import sound as bulletin_sound
from cms.bulletins.service.draft_fields import Draft
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.schedule.service import planning
from province.areas import AreaId
from province.call import Call
from province.people import Actor
from tests.fakes.authority import FixedAuthority
from tests.fakes.content import MemoryContent
from tests.fakes.ids import counting_ids
from tests.fakes.memory import MemoryStore, OutboxRow
from tests.fakes.programme import AREAS, AUTHOR, C1, COMMUNES, MONDAY, NOW, PROVINCE, REVIEWER, SOUND, device, schedule


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


@dataclass
class World:
    store: MemoryStore = field(default_factory=MemoryStore)
    authority: FixedAuthority = field(default_factory=FixedAuthority)
    content: MemoryContent = field(default_factory=MemoryContent)
    new_id: Callable[[], str] = field(default_factory=lambda: counting_ids("x"))

    def call(self, actor: Actor, now: datetime = NOW) -> Call:
        return Call(actor, self.authority, now, self.new_id)

    def __post_init__(self) -> None:
        with self.store() as uow:
            uow[Places].add(AREAS)
            for commune in COMMUNES:
                uow[Devices].add(device(f"{commune}-l1", commune))
                uow[Devices].add(device(f"{commune}-l2", commune))
            uow.commit()

    def bulletin(self, bulletin_id: BulletinId) -> Bulletin:
        return self.store.state.bulletins[bulletin_id]

    def outbox(self, kind: OutboxKind) -> list[OutboxRow]:
        return [row for row in self.store.state.outbox if row.kind is kind]

    def events(self) -> list[str]:
        return [event.name for event in self.store.state.events]

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
        return submission.submit(self.store(), bulletin.id, expected_version=bulletin.version, call=self.call(by, now))

    def approve(self, bulletin: Bulletin, now: datetime = NOW) -> Bulletin:
        return review.approve(
            self.store(), bulletin.id, expected_version=bulletin.version, call=self.call(REVIEWER, now)
        )

    def submitted(self, **more: Any) -> Bulletin:
        return self.submit(self.sound(self.draft(**more)))

    def approved(self, **more: Any) -> Bulletin:
        return self.approve(self.submitted(**more))

    def transmission(self, bulletin: Bulletin) -> Transmission:
        (found,) = [t for t in self.store.state.transmissions.values() if t.bulletin_id == bulletin.id]
        return found

    def replan(
        self, area_id: AreaId = C1, *, first_on: date = MONDAY, days: int = 3, now: datetime = NOW
    ) -> planning.Replanned:
        return planning.replan(self.store(), self.content, area_id, first_on=first_on, days=days, now=now)

    def plan(self, area_id: AreaId = C1, on: date = MONDAY) -> DayPlan:
        return self.store.state.plans[area_id, on].plan
