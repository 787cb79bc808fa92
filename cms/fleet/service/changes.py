"""Life cycle of a device: the steps themselves, and the changes by one person: unclaim, move, describe, retire a box.

``cms.commands.service.quarantine`` decides which steps a second person has to agree to.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.bulletins.service.revisions import area_problems
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service import certificates
from cms.fleet.service.registration import NAME_MAX
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.lifecycle import TRANSITIONS, DeviceLifecycle, LifecycleAction, LifecycleState
from devices.model import Device, DeviceId, DeviceKind
from province.areas import AreaId, Point
from province.call import Call
from province.errors import ConflictError, NotPossibleError, Problem, refuse, too_long
from province.events import Event
from province.people import Action, Actor
from province.state_machine import following
from province.wall_clock import local_date

WHY_MAX: Final = 500
_TOLD: Final = {
    LifecycleAction.QUARANTINE: "quarantined",
    LifecycleAction.RELEASE: "released",
    LifecycleAction.REVOKE: "revoked",
    LifecycleAction.RETIRE: "retired",
    LifecycleAction.UNCLAIM: "unclaimed",
}
# Replacing a device is done by claiming the other box; registering and relabelling are the register's.
BY_HAND: Final = tuple(_TOLD)


def life_of(uow: UnitOfWork, device: Device) -> DeviceLifecycle:
    """Return the device's life cycle; one delivered with its certificate gets a record made from the device."""
    return uow[DeviceLifecycles].of_device(device.id) or as_delivered(device)


def as_delivered(device: Device) -> DeviceLifecycle:
    """Make the life cycle of a device that has none in the register."""
    state = LifecycleState.IN_SERVICE if device.retired_at is None else LifecycleState.RETIRED
    return DeviceLifecycle(
        serial=device.serial,
        kind=device.kind,
        name=device.name,
        area_id=device.area_id,
        claim_x="",
        registered_at=device.enrolled_at,
        registered_by="",
        registered_by_name="",
        state=state,
        since_at=device.retired_at or device.enrolled_at,
        device_id=device.id,
        version=0,
    )


def unclaim(
    uow: UnitOfWork, device_id: DeviceId, *, why: str, expected_version: int | None = None, call: Call
) -> DeviceLifecycle:
    """Return a box, claimed by mistake and not connected since, to the register. A reason may be given.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor manages no devices there.
        InvalidError: the reason is too long.
    """
    with uow:
        action = LifecycleAction.UNCLAIM
        device, life = open_to(uow, device_id, action, expected_version, call=call)
        refuse(too_long("why", why, WHY_MAX))
        changed = step(uow, device, life, action, told={"reason": why.strip()}, by=call.actor, now=call.now)
        uow.commit()
    return changed


def open_to(
    uow: UnitOfWork, device_id: DeviceId, action: LifecycleAction, expected_version: int | None, *, call: Call
) -> tuple[Device, DeviceLifecycle]:
    """Check that the actor may do this to the device, and that it is as the actor saw it. In a unit of work.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor manages no devices there.
    """
    device = uow[Devices].get(device_id)
    call.require(Action.DEVICE_MANAGE, [device.area_id], uow[Places].tree())
    life = life_of(uow, device)
    if expected_version is not None and life.version != expected_version:
        raise ConflictError("device", device_id, expected_version, life.version)
    following(TRANSITIONS, life.state, action)
    return device, life


def step(
    uow: UnitOfWork,
    device: Device,
    life: DeviceLifecycle,
    action: LifecycleAction,
    *,
    told: Mapping[str, object],
    by: Actor,
    now: datetime,
    alerts_pass: bool = False,
) -> DeviceLifecycle:
    """Do one of ``BY_HAND`` and what follows from it: desired state, revocation, plans.

    ``alerts_pass``: a device in quarantine still sounds alerts. Within a unit of work, and without a check of rights:
    the caller has done it. Raises NotPossibleError.
    """
    changed = _stepped(uow, life, following(TRANSITIONS, life.state, action), now)
    _follow(uow, device, action, now, alerts_pass=alerts_pass)
    detail = dict(told) | ({"alerts_pass": alerts_pass} if action is LifecycleAction.QUARANTINE else {})
    uow.record(Event.of(by, f"device.{_TOLD[action]}", device.id, now, **detail))
    return changed


def move(uow: UnitOfWork, device_id: DeviceId, area_id: AreaId, *, point: Point | None, call: Call) -> Device:
    """Move it to another area, with its id, its key and its history; it follows the new area's plan once informed.

    Raises:
        NotFoundError: no such device.
        NotAllowedError: the actor does not manage devices in both areas.
        InvalidError: no such area, or it is closed.
        NotPossibleError: it is retired.
    """
    with uow:
        device, tree = uow[Devices].get(device_id), uow[Places].tree()
        wanted = [device.area_id, *([area_id] if area_id in tree else [])]
        call.require(Action.DEVICE_MANAGE, wanted, tree)
        if device.retired_at is not None:
            raise NotPossibleError(LifecycleState.RETIRED, "move")
        refuse(area_problems(area_id, "area", tree, local_date(call.now)))
        moved = replace(
            device,
            area_id=area_id,
            # Its new position is not measured yet: no position is better than one that looks like a fix.
            point=point or (device.point if area_id == device.area_id else None),
            desired_version=device.desired_version + 1,
        )
        uow[Orders].keep_place(device.id, device.point)
        uow[Devices].save(moved)
        life = uow[DeviceLifecycles].of_device(device_id)
        if life is not None and not tree.is_within(area_id, life.area_id):
            uow[DeviceLifecycles].save(replace(life, area_id=area_id, version=life.version + 1))
        uow.outbox.add(OutboxKind.DESIRED, device.id)
        for each in sorted({device.area_id, area_id}):
            uow.outbox.add(OutboxKind.PLAN, each)
        _put_right(uow, device)
        uow.record(call.event("device.moved", device.id, **{"from": device.area_id, "to": area_id}))
        uow.commit()
    return moved


def describe(uow: UnitOfWork, device_id: DeviceId, *, name: str, point: Point | None, call: Call) -> Device:
    """Correct a device's name and measured position; the device gets its position, for alerts by shape.

    Raises:
        NotFoundError, NotAllowedError, NotPossibleError: as ``move``.
        InvalidError: the name is missing or too long.
    """
    with uow:
        device = uow[Devices].get(device_id)
        call.require(Action.DEVICE_MANAGE, [device.area_id], uow[Places].tree())
        if device.retired_at is not None:
            raise NotPossibleError(LifecycleState.RETIRED, "describe")
        name = " ".join(name.split())
        refuse([Problem("name", "MISSING")] if not name else too_long("name", name, NAME_MAX))
        described = replace(device, name=name, point=point)
        if described == device:
            return device
        if point != device.point:
            described = replace(described, desired_version=device.desired_version + 1)
            uow.outbox.add(OutboxKind.DESIRED, device.id)
            uow[Orders].keep_place(device.id, device.point)
        uow[Devices].save(described)
        told = {"from": device.name, "to": name}
        uow.record(call.event("device.described", device.id, **told, moved=point != device.point))
        uow.commit()
    return described


def retire_box(uow: UnitOfWork, serial: str, *, call: Call) -> DeviceLifecycle:
    """Retire a box that was never claimed. Raises as ``unclaim``."""
    with uow:
        life = uow[DeviceLifecycles].get(serial)
        call.require(Action.DEVICE_MANAGE, [life.area_id], uow[Places].tree())
        if life.state is not LifecycleState.REGISTERED:
            raise NotPossibleError(life.state, LifecycleAction.RETIRE)
        gone = _stepped(uow, life, following(TRANSITIONS, life.state, LifecycleAction.RETIRE), call.now)
        uow.record(call.event("device.retired", serial))
        uow.commit()
    return gone


def _stepped(uow: UnitOfWork, life: DeviceLifecycle, state: LifecycleState, now: datetime) -> DeviceLifecycle:
    changed = replace(life, state=state, since_at=now, version=life.version + 1)
    if life.version == 0:
        uow[DeviceLifecycles].add_many([changed])
    else:
        uow[DeviceLifecycles].save(changed)
    return changed


def _follow(uow: UnitOfWork, device: Device, action: LifecycleAction, now: datetime, *, alerts_pass: bool) -> None:
    if action in {LifecycleAction.QUARANTINE, LifecycleAction.RELEASE}:
        quarantined = action is LifecycleAction.QUARANTINE
        fresh = replace(device, quarantined=quarantined, alerts_pass=quarantined and alerts_pass)
        uow[Devices].save(replace(fresh, desired_version=device.desired_version + 1))
        uow.outbox.add(OutboxKind.DESIRED, device.id)
        return
    certificates.take_back(uow, device.id, now)
    is_over = action in {LifecycleAction.RETIRE, LifecycleAction.UNCLAIM}
    uow[Devices].save(replace(device, retired_at=now if is_over else device.retired_at, revoked=not is_over))
    uow.outbox.add(OutboxKind.PLAN, device.area_id)
    if is_over:
        _put_right(uow, device)


def _put_right(uow: UnitOfWork, device: Device) -> None:
    """Republish the retained messages of a station's receiver, which depend on its area and life-cycle state."""
    if device.kind is DeviceKind.STATION:
        uow.outbox.add(OutboxKind.RECEIVER, device.id)
