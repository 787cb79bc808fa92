"""Roll-out driver: figures are evaluated, waves begin or stop, devices are sent the update.

Thousands of devices are read without SQLite's one write lock, which an alert would wait for; only due changes are
written. First the devices that are settled by time, in pieces, which is right whatever follows; then the roll-out and
the devices to send to, in one transaction: a crash before that commit has sent to none, after it the outbox sends to
all of them.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.firmware.repository import FirmwareRecords
from cms.firmware.service.rollouts import commune_of, take_back
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork, UowFactory
from devices.firmware import rollout_progress
from devices.firmware.model import SETTLED, Installed, Member, MemberState, Rollout, RolloutId, RolloutState
from devices.firmware.rollout_progress import Field
from devices.model import DeviceId
from devices.protocol.messages import Ack, State
from province.areas import AreaId
from province.errors import ConflictError
from province.events import Event
from province.people import Actor, UserId, program

NEAR: Final = timedelta(minutes=15)
CID_PREFIX: Final = "fw-"
A_PIECE: Final = 200
"""Number of devices moved in one transaction; never more are sent to at once."""
_DESK: Final = program("firmware-desk")


@dataclass(frozen=True, slots=True)
class _DueChanges:
    """Due changes of a roll-out: old and new roll-out; pairs of old and new members."""

    old: Rollout
    rollout: Rollout
    settled: Sequence[tuple[Member, Member]]
    told: Sequence[tuple[Member, Member]]


def cid_of(member: Member) -> str:
    """Return the install command's id: the same each time it is sent, another at the next attempt."""
    return f"{CID_PREFIX}{member.rollout_id}-{member.attempt}"


def step(uow: UowFactory, rollout_id: RolloutId, *, now: datetime) -> Rollout:
    """Do what is due for one roll-out; harmless when repeated.

    Raises ConflictError if somebody changed it meanwhile: the next look goes by its new state.
    """
    with uow.reading() as unit:
        found = _look(unit, rollout_id, now)
    for first in range(0, len(found.settled), A_PIECE):
        with uow() as unit:
            _hold(unit, found.old)
            unit[FirmwareRecords].move(found.settled[first : first + A_PIECE])
            unit.commit()
    if not found.told and found.rollout == found.old:
        return found.old
    with uow() as unit:
        _hold(unit, found.old)
        if found.told and _is_alerted(unit):
            return found.old
        for each in unit[FirmwareRecords].move(found.told):
            unit.outbox.add(OutboxKind.INSTALL, each.device_id)
        if found.rollout != found.old:
            unit[FirmwareRecords].save(found.rollout)
            if found.rollout.state is RolloutState.STOPPED:
                take_back(unit, rollout_id)
            unit.record(_event(found.old, found.rollout, now))
        unit.commit()
    return found.rollout


def answered(uow: UnitOfWork, device_id: DeviceId, ack: Ack, now: datetime) -> None:
    """Store a device's answer to an install command; within a unit of work."""
    name, _, attempt = ack.cid.removeprefix(CID_PREFIX).rpartition("-")
    member = uow[FirmwareRecords].member(RolloutId(name), device_id) if attempt.isdecimal() else None
    if member is None:
        return
    image = uow[FirmwareRecords].find_image(member.image_id)
    is_new = image is not None and ack.fw == image.version
    after = rollout_progress.heard(member, int(attempt), ack.st, ack.code or "", is_new=is_new, now=now)
    if after == member:
        return
    if not uow[FirmwareRecords].move([(member, after)]):
        # The driver changed it at this moment; the answer is applied to the new state.
        answered(uow, device_id, ack, now)
    elif after.state in SETTLED and after.state is not member.state:
        by = Actor(UserId(device_id), member.device_name, ())
        detail = {"state": after.state.value, "code": after.code, "fw": ack.fw}
        uow.record(Event.of(by, "rollout.device_settled", name, now, **detail))


def born(device_id: DeviceId, state: State, now: datetime) -> Installed | None:
    """Return the firmware reported in the device's birth; None if it reports none."""
    if not state.model or not state.fwn or state.st != "online":
        return None
    return Installed(device_id, state.model, state.fwn, state.fw, now)


def _look(unit: UnitOfWork, rollout_id: RolloutId, now: datetime) -> _DueChanges:
    """Compute what is due, from one snapshot; nothing is written."""
    old, before = unit[FirmwareRecords].get(rollout_id), unit[FirmwareRecords].members(rollout_id)
    gone = unit[FirmwareRecords].out_of_service(rollout_id)
    members = [
        replace(each, state=MemberState.LEFT, changed_at=now)
        if each.device_id in gone and each.state not in SETTLED
        else each
        for each in before
    ]
    found = rollout_progress.advance(old, members, _field(unit, members, ()), now)
    if found.told:
        # The plan is only read for the few devices to send to, not for a province every few seconds.
        wanted = {each.device_id for each in found.told}
        found = rollout_progress.advance(old, members, _field(unit, members, wanted, now), now)
    after = {each.device_id: each for each in (*members, *found.changed)}
    told = {each.device_id for each in found.told}
    pairs = [(each, after[each.device_id]) for each in before if after[each.device_id] != each]
    return _DueChanges(
        old,
        found.rollout,
        settled=[pair for pair in pairs if pair[0].device_id not in told],
        told=[pair for pair in pairs if pair[0].device_id in told],
    )


def _hold(unit: UnitOfWork, old: Rollout) -> None:
    """Check that nobody paused, stopped or released it since it was read. Raises ConflictError."""
    there = unit[FirmwareRecords].get(old.id)
    if there != old:
        raise ConflictError("firmware_rollout", old.id, old.version, there.version)


def _is_alerted(unit: UnitOfWork) -> bool:
    return any(not order.is_drill for order in unit[Orders].open())


def _field(
    uow: UnitOfWork, members: Collection[Member], wanted: Collection[DeviceId], now: datetime | None = None
) -> Field:
    """Find the devices that can be sent to now. ``wanted``: those to send to, whose plan is checked at ``now``."""
    tree, kinds = uow[Places].tree(), uow[Places].commune_kinds()
    communes = {each.commune_id for each in members}
    areas = [area.id for commune in communes if commune in tree for area in tree.subtree(commune)]
    online: set[DeviceId] = set()
    speaking: defaultdict[AreaId, set[DeviceId]] = defaultdict(set)
    place: dict[DeviceId, AreaId] = {}
    for device_id, area_id, is_cluster, is_online in uow[FirmwareRecords].presence(areas):
        place[device_id] = area_id
        if is_online:
            online.add(device_id)
            if is_cluster:
                speaking[commune_of(area_id, tree, kinds)].add(device_id)
    if _is_alerted(uow):
        online.clear()
    near: frozenset[AreaId] = frozenset()
    if wanted and now is not None:
        near = uow[FirmwareRecords].near_item({place[each] for each in wanted if each in place}, now, NEAR)
    return Field(online, speaking, {each for each, area_id in place.items() if area_id in near} if near else ())


def _event(old: Rollout, new: Rollout, now: datetime) -> Event:
    if new.state is old.state:
        name = "wave_begun"
    elif new.state is RolloutState.HELD:
        name = "canary_passed"
    else:
        name = "finished" if new.state is RolloutState.DONE else "stopped"
    wave = new.wave.name.lower()
    return Event.of(_DESK, f"rollout.{name}", new.id, now, title=new.title, wave=wave, code=new.stop_code)
