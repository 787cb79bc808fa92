"""Life-cycle commands: changes that the server makes to many devices at once, instead of sending a message."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service.changes import as_delivered, step
from cms.health.queries.faults import open_kinds
from cms.platform.store.uow import UnitOfWork
from devices.commands.lifecycle import AS_IT_IS
from devices.commands.model import Batch, BatchExclusion, CommandKind, CommandState, Omission, RemoteCommand
from devices.health.kinds import FaultKind
from devices.lifecycle import TRANSITIONS, DeviceLifecycle, LifecycleAction, LifecycleState
from devices.model import Device, DeviceId

ACTION: Final[Mapping[CommandKind, LifecycleAction]] = MappingProxyType(
    {
        CommandKind.QUARANTINE: LifecycleAction.QUARANTINE,
        CommandKind.RELEASE: LifecycleAction.RELEASE,
        CommandKind.REVOKE: LifecycleAction.REVOKE,
        CommandKind.RETIRE: LifecycleAction.RETIRE,
    }
)
"""Life-cycle action of each such command."""
KEY_FAULTS: Final = frozenset({FaultKind.TRESPASSES, FaultKind.IDENTITY_SHARED})


def left_out(unit: UnitOfWork, kind: CommandKind, devices: Iterable[Device]) -> Sequence[Omission]:
    """Return the devices that it cannot be done to, and why."""
    found = []
    for device, life in _lives(unit, devices):
        if _is_so_already(kind, device, life):
            found.append(Omission(device.id, BatchExclusion.AS_IT_IS))
        elif (life.state, ACTION[kind]) not in TRANSITIONS:
            found.append(Omission(device.id, BatchExclusion.NOT_IN_SERVICE))
    return found


def carried_out(
    unit: UnitOfWork,
    batch: Batch,
    devices: Mapping[DeviceId, Device],
    commands: Iterable[RemoteCommand],
    now: datetime,
) -> list[RemoteCommand]:
    """Carry out a batch; return its commands as done or failed. In a unit of work. Devices obey or are cut off."""
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


def _in_doubt(unit: UnitOfWork, device_ids: Collection[DeviceId]) -> frozenset[DeviceId]:
    """Return those whose key is, by what the server sees now, in other hands: they get no exception for alerts."""
    kinds = open_kinds(unit.session, device_ids)
    return frozenset(name for name, its in kinds.items() if not KEY_FAULTS.isdisjoint((*its.lasting, *its.passing)))


def _is_so_already(kind: CommandKind, device: Device, life: DeviceLifecycle) -> bool:
    """Return whether the device is already in that state; retired ones are left out before."""
    match kind:
        case CommandKind.QUARANTINE:
            return device.quarantined
        case CommandKind.RELEASE:
            return not device.quarantined
        case _:
            return life.state is LifecycleState.REVOKED and kind is CommandKind.REVOKE


def _lives(unit: UnitOfWork, devices: Iterable[Device]) -> Iterable[tuple[Device, DeviceLifecycle]]:
    """Read the life cycles in one query: a batch may have thousands of devices."""
    there = list(devices)
    known = unit[DeviceLifecycles].of_devices(device.id for device in there)
    return [(device, known.get(device.id) or as_delivered(device)) for device in there]
