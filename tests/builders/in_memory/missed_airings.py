"""Bulletin at 17:00 that one loudspeaker of a commune misses, and its make-good."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from broadcast.bulletins.make_good_rules import MakeGoodMode, MakeGoodRule
from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import DayPlan, OccurrenceId
from broadcast.scheduling.make_good import Missed
from cms.fleet.repository.devices import Devices
from cms.schedule.service import as_run, make_good
from devices.model import DeviceId
from devices.protocol.messages import AsRunRecord
from province.areas import AreaId
from province.people import Actor
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import C1, NOW, PROVINCE, REVIEWER, local, schedule
from tests.unit.schedule.test_as_run import ms

L1, L2 = DeviceId("p-n-1-l1"), DeviceId("p-n-1-l2")
AT = local("2026-03-02T17:00")
BACK_AT = local("2026-03-02T17:40")


def rule(mode: MakeGoodMode, area_id: AreaId = PROVINCE, until: time = time(20), *, cuts: bool = True) -> MakeGoodRule:
    return MakeGoodRule(area_id, PriorityClass.NORMAL, mode, until, cuts)


class Evening:
    """Evening on which one loudspeaker of a commune misses a bulletin at 17:00."""

    def __init__(self, mode: MakeGoodMode | None = MakeGoodMode.SAME_DAY, rrule: str = "", **more: object) -> None:
        self.world = World()
        if mode is not None:
            self.rule(rule(mode))
        self.bulletin: Bulletin = self.world.approved(schedules=(schedule(rrule=rrule),), **more)
        self.replan(NOW)

    def rule(self, wanted: MakeGoodRule) -> None:
        make_good.set_rule(self.world.store(), wanted, call=self.world.call(REVIEWER, NOW))

    @property
    def item(self) -> OccurrenceId:
        return OccurrenceId(f"{self.world.transmission(self.bulletin).id}-s1-202603021700")

    def say(
        self,
        result: str = "missed",
        code: str | None = "POWER_LOST",
        *,
        device: DeviceId = L1,
        now: datetime = BACK_AT,
        rid: str = "",
    ) -> None:
        is_heard = result != "missed"
        record = AsRunRecord(
            rid=rid or f"{device}-{result}",
            item=self.item,
            sha256="a" * 64,
            planned_at=ms(AT),
            result=result,
            started_at=ms(AT) if is_heard else None,
            ended_at=ms(AT) + 60_000 if is_heard else None,
            volume_pct=70,
            code=code,
        )
        with self.world.store() as uow:
            as_run.record(uow, uow[Devices].get(device), [record], now)
            uow.commit()

    def missed(self, device: DeviceId = L1) -> Missed:
        return self.world.store.one(Missed, occurrence_id=self.item, device_id=device)

    def replan(self, now: datetime = BACK_AT, area_id: AreaId = C1) -> DayPlan:
        self.world.replan(area_id, now=now)
        return self.world.plan(area_id)

    def decide(self, *, airs_again: bool, now: datetime = BACK_AT, actor: Actor = REVIEWER) -> None:
        make_good.decide(self.world.store(), self.item, [L1], airs_again=airs_again, call=self.world.call(actor, now))


def times(plan: DayPlan) -> list[tuple[str, tuple[DeviceId, ...]]]:
    return [(f"{made.entry.start_at + timedelta(hours=7):%H:%M}", made.devices) for made in plan.made_good]
