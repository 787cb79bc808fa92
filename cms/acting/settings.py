"""What the server sets for many devices at once, rather than sends them: what becomes of their lives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from cms.identity.changing import as_delivered, step
from cms.store.queries.faults import open_kinds
from cms.store.uow import SqlUnitOfWork
from devices.acting.following import AS_IT_IS
from devices.acting.model import Batch, CommandKind, CommandState, LeftOut, Omission, RemoteCommand
from devices.health.kinds import FaultKind
from devices.lives import TRANSITIONS, Life, LifeAction, LifeState
from devices.model import Device, DeviceId

ACTION: Final[Mapping[CommandKind, LifeAction]] = MappingProxyType(
    {
        CommandKind.QUARANTINE: LifeAction.QUARANTINE,
        CommandKind.RELEASE: LifeAction.RELEASE,
        CommandKind.REVOKE: LifeAction.REVOKE,
        CommandKind.RETIRE: LifeAction.RETIRE,
    }
)
"""What each command that is set does in a device's life."""
KEY_FAULTS: Final = frozenset({FaultKind.TRESPASSES, FaultKind.IDENTITY_SHARED})


def left_out(unit: SqlUnitOfWork, kind: CommandKind, devices: Iterable[Device]) -> Sequence[Omission]:
    """Those of these devices with which that cannot be done, and why."""
    found = []
    for device, life in _lives(unit, devices):
        if _is_so_already(kind, device, life):
            found.append(Omission(device.id, LeftOut.AS_IT_IS))
        elif (life.state, ACTION[kind]) not in TRANSITIONS:
            found.append(Omission(device.id, LeftOut.NOT_IN_SERVICE))
    return found


def carried_out(
    unit: SqlUnitOfWork,
    batch: Batch,
    devices: Mapping[DeviceId, Device],
    commands: Iterable[RemoteCommand],
    now: datetime,
) -> list[RemoteCommand]:
    """The commands of a batch after each was set; within a unit of work. Devices follow, or are turned away."""
    held = list(commands)
    lives = {device.id: (device, life) for device, life in _lives(unit, [devices[each.device_id] for each in held])}
    told: dict[str, object] = {"reason": batch.reason, "batch": batch.id, "agreed_by": batch.agreed_by_name}
    action = ACTION[batch.kind]
    doubted = _in_doubt(unit, [each.device_id for each in held]) if batch.arguments.alerts_pass else frozenset()
    by, name = batch.asked_by, batch.asked_by_name
    done = []
    for command in held:
        device, life = lives[command.device_id]
        if (life.state, action) in TRANSITIONS:
            passes = batch.arguments.alerts_pass and device.id not in doubted
            step(unit, device, life, action, told=told, by=by, by_name=name, now=now, alerts_pass=passes)
            done.append(replace(command, state=CommandState.DONE, ended_at=now))
        else:
            done.append(replace(command, state=CommandState.FAILED, code=AS_IT_IS, ended_at=now))
    return done


def _in_doubt(unit: SqlUnitOfWork, device_ids: Collection[DeviceId]) -> frozenset[DeviceId]:
    """Those of which the server sees at this moment that their key is in other hands: no alert passes there."""
    kinds = open_kinds(unit.session, device_ids)
    return frozenset(name for name, its in kinds.items() if not KEY_FAULTS.isdisjoint((*its.lasting, *its.passing)))


def _is_so_already(kind: CommandKind, device: Device, life: Life) -> bool:
    """Retired ones are left out before."""
    match kind:
        case CommandKind.QUARANTINE:
            return device.quarantined
        case CommandKind.RELEASE:
            return not device.quarantined
        case _:
            return life.state is LifeState.REVOKED and kind is CommandKind.REVOKE


def _lives(unit: SqlUnitOfWork, devices: Iterable[Device]) -> Iterable[tuple[Device, Life]]:
    """Read at once: a batch may have thousands."""
    there = list(devices)
    known = unit.lives.of_devices(device.id for device in there)
    return [(device, known.get(device.id) or as_delivered(device)) for device in there]
