from __future__ import annotations

from broadcast.bulletins.model import BulletinStatus
from broadcast.bulletins.transmissions import Transmission
from cms.platform.store.kinds import OutboxKind
from cms.schedule.service import as_run
from devices.model import Device
from devices.protocol.messages import Ack, AsRunRecord, ExecutionState
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import C1, COMMUNES, NOW, local


def test_a_bulletin_goes_from_draft_to_played() -> None:
    world = World()
    bulletin = world.approved()
    assert [row.subject_id for row in world.outbox(OutboxKind.PLAN)] == list(COMMUNES)
    replanned = world.replan()
    assert len(replanned.changed_on) == 3
    assert world.bulletin(bulletin.id).status is BulletinStatus.SCHEDULED
    (entry,) = world.plan().entries
    assert entry.start_at == local("2026-03-02T17:00")
    device = next(d for d in world.store.all(Device) if d.area_id == C1)
    at_ms = round(entry.start_at.timestamp() * 1000)
    word = AsRunRecord(
        rid="r1", item=entry.occurrence_id, sha256="a" * 64, planned_at=at_ms, result="done", started_at=at_ms + 3
    )
    with world.store() as uow:
        ack = Ack(v=1, st=ExecutionState.READY, ts=1, n=1, boot="b", items=[entry.occurrence_id])
        as_run.acknowledge(uow, [(device, ack)], NOW, {each.id for each in world.store.all(Transmission)})
        as_run.record(uow, device, [word], entry.end_at)
        uow.commit()
    assert world.bulletin(bulletin.id).status is BulletinStatus.PLAYED
    assert world.events() == [
        "bulletin.created",
        "bulletin.sounded",
        "bulletin.submitted",
        "bulletin.approved",
        "bulletin.scheduled",
        "bulletin.played",
    ]
