"""Bulletins handed down to the small province's communes, and the communes' actions on them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from broadcast.bulletins.model import Bulletin, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import Transmission
from broadcast.inbox.model import First, HandedDown, InboxRules
from cms.bulletins.service import review
from cms.inbox.repository import HandedDowns
from cms.inbox.service import answers, placement
from province.areas import AreaId
from province.call import NewId
from province.people import Actor, UserId
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.ids import counting_ids
from tests.fakes.programme import C1, NOW, PROVINCE, REVIEWER, schedule

OPERATOR = Actor(UserId("u-operator"), "Lê Thị Hoa", ())
EVENING = schedule("2026-03-02T18:00")


@dataclass
class InboxWorld(World):
    ids: NewId = field(default_factory=lambda: counting_ids("h"))

    def handed_down(self, now: datetime = NOW, **more: Any) -> Bulletin:
        """Hand down a bulletin to the whole province, with its content approved."""
        fields: dict[str, Any] = {"is_handed_down": True, "targets": Targets((PROVINCE,)), "schedules": ()}
        drafted = self.sound(self.draft(**{**fields, **more}))
        return self.approve(self.submit(drafted, now), now)

    def urgent(self, now: datetime = NOW, **more: Any) -> Bulletin:
        """Hand down a priority bulletin for C1, at 17:00 on Monday."""
        fields: dict[str, Any] = {"targets": Targets((C1,)), "schedules": (schedule(),)}
        return self.handed_down(now, priority=PriorityClass.PRIORITY, **{**fields, **more})

    def set_inbox_rules(self, area_id: AreaId, rules: InboxRules) -> None:
        with self.store.change() as uow:
            uow[HandedDowns].set_rules(area_id, rules)

    def item(self, bulletin: Bulletin, area_id: AreaId = C1) -> HandedDown:
        return self.store.one(HandedDown, bulletin_id=bulletin.id, area_id=area_id)

    def accept(self, item: HandedDown, *schedules: Schedule, actor: Actor = OPERATOR) -> Bulletin:
        return answers.accept(
            self.store(), item.id, schedules=schedules, call=replace(self.call(actor, NOW), new_id=self.ids)
        )

    def decline(self, item: HandedDown, reason: str = "Đã phát tin này tuần trước") -> HandedDown:
        return answers.decline(self.store(), item.id, reason=reason, call=self.call(OPERATOR, NOW))

    def order(self, item: HandedDown, first: First, now: datetime = NOW) -> HandedDown:
        return answers.order(
            self.store(), item.id, first=first, call=replace(self.call(OPERATOR, now), new_id=self.ids)
        )

    def settle(self, item: HandedDown, now: datetime = NOW) -> HandedDown:
        return placement.settle(self.store(), item.id, now=now, new_id=self.ids)

    def withdraw(self, bulletin: Bulletin) -> Bulletin:
        return review.withdraw(
            self.store(),
            bulletin.id,
            expected_version=self.bulletin(bulletin.id).version,
            call=self.call(REVIEWER, NOW),
        )

    def starts(self, bulletin: Bulletin) -> list[str]:
        """Return the wall times at which its transmission in force airs it."""
        in_force = self.store.one(Transmission, bulletin_id=bulletin.id, withdrawn_at=None)
        return [f"{each.starts:%d %H:%M}" for each in in_force.schedules]
