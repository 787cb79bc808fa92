"""What the server sets for many devices at once, rather than sends them: quarantine, and its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from cms.identity.changing import as_delivered, step
from cms.store.uow import SqlUnitOfWork
from devices.acting.following import AS_IT_IS
from devices.acting.model import Batch, CommandKind, CommandState, LeftOut, Omission, RemoteCommand
from devices.lives import TRANSITIONS, Life, LifeAction
from devices.model import Device, DeviceId

_ACTION: Final = {CommandKind.QUARANTINE: LifeAction.QUARANTINE, CommandKind.RELEASE: LifeAction.RELEASE}


def left_out(unit: SqlUnitOfWork, kind: CommandKind, devices: Iterable[Device]) -> Sequence[Omission]:
    """Those of these devices with which that cannot be done, and why."""
    found = []
    wanted = kind is CommandKind.QUARANTINE
    for device, life in _lives(unit, devices):
        if device.quarantined is wanted:
            found.append(Omission(device.id, LeftOut.AS_IT_IS))
        elif (life.state, _ACTION[kind]) not in TRANSITIONS:
            found.append(Omission(device.id, LeftOut.NOT_IN_SERVICE))
    return found


def carried_out(
    unit: SqlUnitOfWork,
    batch: Batch,
    devices: Mapping[DeviceId, Device],
    commands: Iterable[RemoteCommand],
    now: datetime,
) -> list[RemoteCommand]:
    """The commands of a batch after each was set; within a unit of work. Devices follow when they are told."""
    held = list(commands)
    lives = {device.id: (device, life) for device, life in _lives(unit, [devices[each.device_id] for each in held])}
    told: dict[str, object] = {"reason": batch.reason, "batch": batch.id, "agreed_by": batch.agreed_by_name}
    action = _ACTION[batch.kind]
    done = []
    for command in held:
        device, life = lives[command.device_id]
        if (life.state, action) in TRANSITIONS:
            step(unit, device, life, action, told=told, by=batch.asked_by, by_name=batch.asked_by_name, now=now)
            done.append(replace(command, state=CommandState.DONE, ended_at=now))
        else:
            done.append(replace(command, state=CommandState.FAILED, code=AS_IT_IS, ended_at=now))
    return done


def _lives(unit: SqlUnitOfWork, devices: Iterable[Device]) -> Iterable[tuple[Device, Life]]:
    """Read at once: a batch may have thousands."""
    there = list(devices)
    known = unit.lives.of_devices(device.id for device in there)
    return [(device, known.get(device.id) or as_delivered(device)) for device in there]
