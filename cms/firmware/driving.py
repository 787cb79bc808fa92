"""A roll-out as it moves by itself: figures are looked at, waves begin or stop, devices are told.

All of one step is one transaction: a process that dies before its commit has told nobody, after it everybody that it
meant, by the outbox.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.events import Event
from broadcast.ports import OutboxKind
from cms.firmware.rolling_out import commune_of, take_back
from cms.store.uow import SqlUnitOfWork
from devices.areas import AreaId
from devices.firmware import waves
from devices.firmware.model import SETTLED, Installed, Member, MemberState, Rollout, RolloutId, RolloutState
from devices.firmware.waves import Field
from devices.model import DeviceId
from devices.protocol.messages import Ack, State

NEAR: Final = timedelta(minutes=15)
CID_PREFIX: Final = "fw-"
_DESK: Final = "firmware-desk"


def cid_of(member: Member) -> str:
    """The id of the command that tells it: the same however often it is sent, another at the next attempt."""
    return f"{CID_PREFIX}{member.rollout_id}-{member.attempt}"


def step(uow: SqlUnitOfWork, rollout_id: RolloutId, *, now: datetime) -> Rollout:
    """Do what is due for one roll-out; harmless when repeated."""
    with uow:
        old, before = uow.firmware.get(rollout_id), uow.firmware.members(rollout_id)
        members = _without_gone(before, uow.firmware.retired(rollout_id), now)
        found = waves.advance(old, members, _field(uow, members, ()), now)
        if found.told:
            # What is planned is looked up for the few who would be told, and not for a province every few seconds.
            wanted = {each.device_id for each in found.told}
            found = waves.advance(old, members, _field(uow, members, wanted, now), now)
        after = {each.device_id: each for each in (*members, *found.changed)}
        told = {each.device_id for each in found.told}
        moved = 0
        for each in before:
            new = after[each.device_id]
            if new != each and uow.firmware.move(each, new):
                moved += 1
                if each.device_id in told:
                    uow.outbox.add(OutboxKind.INSTALL, each.device_id)
        if found.rollout != old:
            uow.firmware.save(found.rollout)
            if found.rollout.state is RolloutState.STOPPED:
                take_back(uow, rollout_id)
            uow.record(_event(old, found.rollout, now))
        if moved or found.rollout != old:
            uow.commit()
    return found.rollout


def answered(uow: SqlUnitOfWork, device_id: DeviceId, ack: Ack, now: datetime) -> None:
    """Take down what a device says of an order to install; within a unit of work."""
    name, _, attempt = ack.cid.removeprefix(CID_PREFIX).rpartition("-")
    member = uow.firmware.member(RolloutId(name), device_id) if attempt.isdecimal() else None
    if member is None:
        return
    image = uow.firmware.find_image(member.image_id)
    is_new = image is not None and ack.fw == image.version
    after = waves.heard(member, int(attempt), ack.st, ack.code or "", is_new=is_new, now=now)
    if after == member:
        return
    if not uow.firmware.move(member, after):
        # The desk looked at it in this very moment; what the device says goes by what stands there now.
        answered(uow, device_id, ack, now)
    elif after.state in SETTLED and after.state is not member.state:
        detail: dict[str, object] = {"state": after.state.value, "code": after.code, "fw": ack.fw}
        uow.record(Event("rollout.device_settled", name, now, device_id, member.device_name, detail))


def born(device_id: DeviceId, state: State, now: datetime) -> Installed | None:
    """What the device says that it runs; None where it does not say."""
    if not state.model or not state.fwn or state.st != "online":
        return None
    return Installed(device_id, state.model, state.fwn, state.fw, now)


def _without_gone(members: Collection[Member], retired: Collection[DeviceId], now: datetime) -> list[Member]:
    """Whoever was retired meanwhile is waited for no more."""
    return [
        replace(each, state=MemberState.LEFT, changed_at=now)
        if each.device_id in retired and each.state not in SETTLED
        else each
        for each in members
    ]


def _field(
    uow: SqlUnitOfWork, members: Collection[Member], wanted: Collection[DeviceId], now: datetime | None = None
) -> Field:
    """Who can be told now. ``wanted``: those who would be, and for whom the plan is to be asked at ``now``."""
    tree, kinds = uow.places.tree(), uow.places.commune_kinds()
    communes = {each.commune_id for each in members}
    areas = [area.id for commune in communes if commune in tree for area in tree.subtree(commune)]
    online: set[DeviceId] = set()
    speaking: defaultdict[AreaId, set[DeviceId]] = defaultdict(set)
    place: dict[DeviceId, AreaId] = {}
    for device_id, area_id, is_cluster, is_online in uow.firmware.presence(areas):
        place[device_id] = area_id
        if is_online:
            online.add(device_id)
            if is_cluster:
                speaking[commune_of(area_id, tree, kinds)].add(device_id)
    if any(not order.is_drill for order in uow.orders.open()):
        online.clear()
    near: frozenset[AreaId] = frozenset()
    if wanted and now is not None:
        near = uow.firmware.near_item({place[each] for each in wanted if each in place}, now, NEAR)
    return Field(online, speaking, {each for each, area_id in place.items() if area_id in near} if near else ())


def _event(old: Rollout, new: Rollout, now: datetime) -> Event:
    if new.state is old.state:
        name = "wave_begun"
    elif new.state is RolloutState.HELD:
        name = "canary_passed"
    else:
        name = "finished" if new.state is RolloutState.DONE else "stopped"
    detail: dict[str, object] = {"title": new.title, "wave": new.wave.name.lower(), "code": new.stop_code}
    return Event(f"rollout.{name}", new.id, now, _DESK, _DESK, detail)
