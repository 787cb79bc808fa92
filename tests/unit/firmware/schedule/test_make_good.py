"""Make-good: a device that was off at the time plays the item at its make-good time, and no other device does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

from broadcast.bulletins.deliveries import AsRun
from broadcast.bulletins.make_good_rules import MakeGoodMode, MakeGoodRule
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.make_good import Missed
from cms.bulletins.repository.bulletins import StoredPlan
from cms.fleet.repository.devices import Devices
from cms.schedule.service import as_run, make_good
from devices.model import DeviceId
from devices.protocol import codec
from devices.protocol.messages import Manifest, Plan, PlanExtra, PlanRef
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import C1, NOW, PROVINCE, REVIEWER, SOUND, device, schedule
from tests.unit.firmware.device_harness import AREA, DAY, DEVICE, MINUTE_MS, NOON_MS, ready_device

AT = NOON_MS + 5 * MINUTE_MS


def test_an_extra_is_heard_by_those_it_names_and_by_nobody_else() -> None:
    device = ready_device()
    mine = PlanExtra(item=device.item("mine", AT), devices=["xa-1-l00", DEVICE])
    theirs = PlanExtra(item=device.item("theirs", AT + 5 * MINUTE_MS), devices=["xa-1-l00"])
    data = codec.encode(Plan(v=1, area=AREA, day=DAY, items=[], extras=[mine, theirs]))
    ref = PlanRef(sha256=device.put(data), bytes=len(data))
    device.manifest(Manifest(v=1, area=AREA, ver=9, iat=0, days={DAY: ref}))
    device.run(20 * MINUTE_MS)
    assert device.heard == [("mine", AT)]


class Commune:
    """Server's rules on one side, a device on the other, and the plan between them."""

    def __init__(self) -> None:
        self.world, self.device = World(), ready_device()
        with self.world.store() as uow:
            uow[Devices].add(device(DEVICE, C1))
            uow.commit()
        rule = MakeGoodRule(PROVINCE, PriorityClass.NORMAL, MakeGoodMode.SAME_DAY, time(20))
        make_good.set_rule(self.world.store(), rule, call=self.world.call(REVIEWER, NOW))
        words = b"what the bulletin says"
        sound = replace(SOUND, sha256=self.device.put(words), bytes=len(words), duration_ms=MINUTE_MS)
        draft = self.world.draft(schedules=(schedule("2026-11-24T12:05"),))
        self.bulletin = self.world.approve(self.world.submit(self.world.sound(draft, sound)))
        self.device.desire(areas=[C1, "p-n", "p"])

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.device.now / 1000, UTC)

    def plan(self) -> None:
        """Plan the day and hand the device its plan and manifest, as the gateway does for PLAN and MANIFEST rows."""
        self.world.replan(first_on=date(2026, 11, 24), days=1, now=self.now)
        stored = self.world.store.one(StoredPlan, area_id=C1, on=date(2026, 11, 24))
        self.device.put(self.world.content.blobs[stored.sha256])
        ref = PlanRef(sha256=stored.sha256, bytes=stored.bytes)
        self.device.manifest(Manifest(v=1, area=C1, ver=self.device.next_version(), iat=0, days={DAY: ref}))

    def hear(self) -> None:
        """Store the device's records as the gateway does, all of them again each time."""
        with self.world.store() as uow:
            as_run.record(uow, uow[Devices].get(DeviceId(DEVICE)), self.device.records(), self.now)
            uow.commit()


def test_a_device_that_was_off_at_the_time_hears_it_once_at_the_time_that_makes_it_good() -> None:
    commune = Commune()
    device = commune.device
    commune.plan()
    device.power_cut(off_ms=30 * MINUTE_MS)
    device.connect()
    device.run(MINUTE_MS)
    assert device.heard == []
    commune.hear()
    commune.plan()
    device.run(20 * MINUTE_MS)
    (missed,) = commune.world.store.all(Missed)
    made_good_at = NOON_MS + 45 * MINUTE_MS
    assert device.heard == [(missed.item_id, made_good_at)]
    assert missed.reason == "POWER_LOST"
    commune.hear()
    commune.plan()
    device.power_cut(off_ms=MINUTE_MS)
    device.connect()
    device.run(60 * MINUTE_MS)
    assert device.heard == [(missed.item_id, made_good_at)]
    heard = [(run.occurrence_id, run.result) for run in commune.world.store.all(AsRun)]
    assert heard == [(missed.occurrence_id, "missed"), (missed.item_id, "done")]


def test_a_device_that_heard_it_does_not_hear_it_again() -> None:
    commune = Commune()
    device = commune.device
    commune.plan()
    device.run(30 * MINUTE_MS)
    commune.hear()
    commune.plan()
    device.run(60 * MINUTE_MS)
    assert [at for _, at in device.heard] == [AT]
    assert commune.world.store.all(Missed) == []
