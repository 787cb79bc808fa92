"""Preview of a batch: the devices it would go to, those left out and why, and what is airing there."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from cms.areas.repository import Places
from cms.fleet.queries.overview import statuses
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service.changes import as_delivered, step
from cms.health.queries.faults import open_kinds
from cms.platform.store.uow import UnitOfWork
from cms.schedule.queries.readiness import Busy, busy
from devices.commands.lifecycle import AS_IT_IS
from devices.commands.model import (
    Arguments,
    Batch,
    BatchDanger,
    BatchExclusion,
    CommandKind,
    CommandState,
    Omission,
    RemoteCommand,
)
from devices.commands.table import SOON, SPECS, dangers, faults, is_setting, needs_silence
from devices.health.kinds import FaultKind
from devices.lifecycle import TRANSITIONS, DeviceLifecycle, LifecycleAction, LifecycleState
from devices.model import Device, DeviceId, DeviceKind
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError, Problem, too_long
from province.people import Action, Actor, UserId

ACTION: Final[Mapping[CommandKind, LifecycleAction]] = {
    CommandKind.QUARANTINE: LifecycleAction.QUARANTINE,
    CommandKind.RELEASE: LifecycleAction.RELEASE,
    CommandKind.REVOKE: LifecycleAction.REVOKE,
    CommandKind.RETIRE: LifecycleAction.RETIRE,
}
"""Life-cycle action of each such command."""
KEY_FAULTS: Final = frozenset({FaultKind.TRESPASSES, FaultKind.IDENTITY_SHARED})
REASON_MAX: Final = 500
FULL_PCT: Final = 100
_SOUNDING: Final = frozenset({CommandKind.VOLUME, CommandKind.SELFTEST})
"""A board makes no sound."""


def left_out_of_setting(unit: UnitOfWork, kind: CommandKind, devices: Iterable[Device]) -> Sequence[Omission]:
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
    by = Actor(UserId(batch.asked_by), batch.asked_by_name, ())
    done = []
    for command in held:
        device, life = lives[command.device_id]
        if (life.state, action) in TRANSITIONS:
            passes = batch.arguments.alerts_pass and device.id not in doubted
            step(unit, device, life, action, told=told, by=by, now=now, alerts_pass=passes)
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


@dataclass(frozen=True, slots=True)
class DeviceSelection:
    """Selection: all devices in these areas and below, filtered, and the named ones. ``is_online`` None: both."""

    areas: tuple[AreaId, ...] = ()
    device_ids: tuple[DeviceId, ...] = ()
    kind: DeviceKind | None = None
    is_online: bool | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Request of a person: a command and the selected devices."""

    kind: CommandKind
    arguments: Arguments = field(default_factory=Arguments)
    choice: DeviceSelection = field(default_factory=DeviceSelection)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CommandPreview:
    """Effect of a request. ``offline``, ``in_alert`` and ``on_air`` are among ``devices``.

    ``cap_pct`` is the lowest volume that one of their areas allows.
    """

    devices: tuple[Device, ...]
    left_out: tuple[Omission, ...]
    offline: frozenset[DeviceId]
    in_alert: frozenset[DeviceId]
    on_air: frozenset[DeviceId]
    cap_pct: int
    dangers: tuple[BatchDanger, ...]

    @property
    def mark(self) -> str:
        """Digest of the devices: what was shown is what is done."""
        return hashlib.sha256(" ".join(device.id for device in self.devices).encode()).hexdigest()[:16]


def preview(unit: UnitOfWork, asking: Asking, *, call: Call) -> CommandPreview:
    """Compute the effect of a request now; within a unit of work. It changes nothing.

    Raises:
        NotAllowedError: the actor manages no devices in a chosen area, or in the area of a named device.
        InvalidError: nothing or too much is chosen, or the arguments are wrong.
    """
    tree = unit[Places].tree()
    unknown_areas = [area_id for area_id in asking.choice.areas if area_id not in tree]
    problems = [Problem(fault.field, fault.code, dict(fault.detail)) for fault in faults(asking.kind, asking.arguments)]
    problems += [Problem("areas", "AREA_UNKNOWN", {"area": area_id}) for area_id in unknown_areas]
    if problems:
        call.require(Action.DEVICE_MANAGE, (), tree)
        raise InvalidError(problems)
    call.require(Action.DEVICE_MANAGE, asking.choice.areas, tree)
    chosen, left_out = _chosen(unit, asking)
    call.require(Action.DEVICE_MANAGE, sorted({device.area_id for device in chosen}), tree)
    most = SPECS[asking.kind].most
    if len(chosen) > most:
        raise InvalidError([Problem("devices", "TOO_MANY", {"count": len(chosen), "max": most})])
    if not chosen and not left_out:
        raise InvalidError([Problem("devices", "NONE_CHOSEN")])
    there = busy(unit.session, [(device.id, device.area_id) for device in chosen], call.now, call.now + SOON)
    going, silenced = _apart(asking, chosen, there)
    known = statuses(unit.session, [device.id for device in going])
    cap_pct = cap_of(unit[Places], {device.area_id for device in going})
    return CommandPreview(
        devices=tuple(going),
        left_out=(*left_out, *silenced),
        offline=frozenset(device.id for device in going if device.id not in known or not known[device.id].online),
        in_alert=frozenset(device.id for device in going if device.id in there.in_alert),
        on_air=frozenset(device.id for device in going if device.area_id in there.on_air),
        cap_pct=cap_pct,
        dangers=dangers(asking.kind, asking.arguments, len(going), cap_pct),
    )


def reason_problems(reason: str) -> list[Problem]:
    """Return the problems of the (stripped) reason."""
    return too_long("reason", reason, REASON_MAX) if reason else [Problem("reason", "MISSING")]


def cap_of(places: Places, areas: Iterable[AreaId]) -> int:
    """Return the lowest volume that one of these areas allows."""
    return min((places.rules(area_id).volume_pct for area_id in areas), default=FULL_PCT)


def _chosen(unit: UnitOfWork, asking: Asking) -> tuple[Sequence[Device], list[Omission]]:
    """Return the devices in service that can do it, by id, and the selected ones that cannot."""
    choice, tree = asking.choice, unit[Places].tree()
    below = {area.id for area in tree if not set(tree.chain(area.id)).isdisjoint(choice.areas)}
    found = {device.id: device for device in unit[Devices].in_areas(below)} if below else {}
    if choice.kind is not None:
        found = {name: device for name, device in found.items() if device.kind is choice.kind}
    if choice.is_online is not None:
        known = statuses(unit.session, list(found))
        online = {name for name, status in known.items() if status.online}
        found = {name: device for name, device in found.items() if (name in online) == choice.is_online}
    left_out = []
    named = unit[Devices].get_many(set(choice.device_ids)) if choice.device_ids else {}
    for device_id in dict.fromkeys(choice.device_ids):
        if device_id not in named:
            left_out.append(Omission(device_id, BatchExclusion.UNKNOWN))
        elif named[device_id].retired_at is not None:
            left_out.append(Omission(device_id, BatchExclusion.RETIRED))
        else:
            found[device_id] = named[device_id]
    if asking.kind in _SOUNDING:
        boards = [name for name, device in sorted(found.items()) if device.kind is DeviceKind.BOARD]
        left_out += [Omission(name, BatchExclusion.BOARD) for name in boards]
        found = {name: device for name, device in found.items() if device.kind is not DeviceKind.BOARD}
    if is_setting(asking.kind):
        settled = left_out_of_setting(unit, asking.kind, found.values())
        left_out += settled
        gone = {each.device_id for each in settled}
        found = {name: device for name, device in found.items() if name not in gone}
    return [found[name] for name in sorted(found)], left_out


def _apart(asking: Asking, chosen: Sequence[Device], there: Busy) -> tuple[list[Device], list[Omission]]:
    if not needs_silence(asking.kind, asking.arguments):
        return list(chosen), []
    going, silenced = [], []
    for device in chosen:
        if device.id in there.in_alert:
            silenced.append(Omission(device.id, BatchExclusion.IN_ALERT))
        elif device.area_id in there.on_air:
            silenced.append(Omission(device.id, BatchExclusion.ON_AIR))
        else:
            going.append(device)
    return going, silenced
