"""Remote commands: ask for a batch, have a second person agree if it is dangerous, call it off."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from cms.areas.repository import Places
from cms.commands.repository import CommandBatches, DeviceCommands
from cms.commands.service import batch_preview
from cms.commands.service.batch_preview import Asking, preview, reason_problems
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from devices.commands.lifecycle import BATCH_STEPS, after
from devices.commands.model import Batch, BatchId, BatchState, BatchStep, CommandId, CommandStep, RemoteCommand
from devices.commands.table import AGREE_WITHIN, SPECS, is_setting
from devices.model import Device, DeviceId
from province import errors
from province.areas import AreaId, AreaTree
from province.call import Call, NewId
from province.errors import ConflictError, NotAllowedError, NotFoundError, problem_if
from province.events import Event
from province.people import Action, Actor, program
from province.policy import may
from province.state_machine import following

_SYSTEM: Final = program("system")


def is_visible(batch: Batch, actor: Actor, tree: AreaTree) -> bool:
    """Return whether the actor asked for it, or reads devices in one of its areas."""
    return batch.asked_by == actor.user_id or any(
        may(actor, Action.DEVICE_READ, area_id, tree) for area_id in batch.area_ids
    )


def readable(actor: Actor, tree: AreaTree) -> list[AreaId] | None:
    """Return the areas where this person reads devices; None: all of them."""
    found = [area.id for area in tree if may(actor, Action.DEVICE_READ, area.id, tree)]
    return None if len(found) == len(tree) else found


def seen_batch(unit: UnitOfWork, batch_id: str, actor: Actor) -> Batch:
    """Return the batch. Raises NotFoundError if the actor may not read it."""
    batch = unit[CommandBatches].get(BatchId(batch_id))
    if not is_visible(batch, actor, unit[Places].tree()):
        raise NotFoundError("command_batch", batch_id)
    return batch


def seen_device(unit: UnitOfWork, device_id: str, actor: Actor) -> Device:
    """Return the device. Raises NotFoundError if the actor may not read it."""
    device = unit[Devices].get(DeviceId(device_id))
    if not may(actor, Action.DEVICE_READ, device.area_id, unit[Places].tree()):
        raise NotFoundError("device", device_id)
    return device


def seen_log(unit: UnitOfWork, device_id: str, command_id: str, actor: Actor) -> tuple[Device, RemoteCommand]:
    """Return a command that fetched the device's log. Raises NotFoundError; only managers of the device read it."""
    device = seen_device(unit, device_id, actor)
    command = unit[DeviceCommands].get(CommandId(command_id))
    is_its = command.device_id == device.id and bool(command.log_sha256)
    if not is_its or not may(actor, Action.DEVICE_MANAGE, device.area_id, unit[Places].tree()):
        raise NotFoundError("remote_command", command_id)
    return device, command


def ask(unit: UnitOfWork, batch_id: BatchId, asking: Asking, *, call: Call, shown: str | None = None) -> Batch:
    """Create the batch: running, or waiting for another person. The same id by the same person changes nothing.

    ``shown`` is the mark of the preview that the person saw.

    Raises:
        NotAllowedError: the actor manages no devices in one of the areas.
        InvalidError: with all problems; NONE_LEFT if every chosen device had to be left out.
        ConflictError: it would go to other devices than shown, or another person's batch has that id.
    """
    with unit:
        batches = unit[CommandBatches]
        known = batches.find(batch_id)
        if known is not None:
            if known.asked_by != call.actor.user_id:
                raise ConflictError("command_batch", batch_id, 0, known.version)
            return known
        reason = asking.reason.strip()
        seen = preview(unit, asking, call=call)
        problems = reason_problems(reason)
        problems += problem_if(not seen.devices, "devices", "NONE_LEFT")
        errors.refuse(problems)
        if shown is not None and shown != seen.mark:
            raise ConflictError("command_batch", batch_id, 0, len(seen.devices))
        batch = Batch(
            id=batch_id,
            kind=asking.kind,
            arguments=asking.arguments,
            reason=reason,
            device_ids=tuple(device.id for device in seen.devices),
            area_ids=tuple(sorted({device.area_id for device in seen.devices})),
            left_out=seen.left_out,
            dangers=seen.dangers,
            asked_by=call.actor.user_id,
            asked_by_name=call.actor.name,
            asked_at=call.now,
            state=BatchState.WAITING if seen.dangers else BatchState.RUNNING,
        )
        batches.add(batch)
        if batch.state is BatchState.RUNNING:
            queue(unit, batch, {device.id: device for device in seen.devices}, call.now, call.new_id)
        unit.record(_event("requested", batch, call))
        unit.commit()
    return batch


def agree(unit: UnitOfWork, batch_id: BatchId, *, expected_version: int, call: Call) -> Batch:
    """Agree to the batch: it is sent to its devices that are still in service.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies; after a day it has lapsed.
        NotAllowedError: the actor manages no devices in one of their areas, or asked for it (OWN_COMMAND).
    """
    with unit:
        batches = unit[CommandBatches]
        old = _seen(batches, batch_id, expected_version)
        devices = {
            name: device for name, device in unit[Devices].get_many(old.device_ids).items() if device.retired_at is None
        }
        places = sorted({*old.area_ids, *(device.area_id for device in devices.values())})
        call.require(Action.DEVICE_MANAGE, places, unit[Places].tree())
        if call.actor.user_id == old.asked_by:
            raise NotAllowedError(Action.DEVICE_MANAGE, "OWN_COMMAND", tuple(places))
        # An expired batch may not be stored as such yet.
        held = BatchState.LAPSED if call.now >= old.asked_at + AGREE_WITHIN else old.state
        batch = replace(
            old,
            state=following(BATCH_STEPS, held, BatchStep.AGREE),
            version=old.version + 1,
            agreed_by=call.actor.user_id,
            agreed_by_name=call.actor.name,
            agreed_at=call.now,
        )
        batches.save(batch)
        queue(unit, batch, devices, call.now, call.new_id)
        unit.record(_event("approved", batch, call))
        unit.commit()
    return batch


def refuse(unit: UnitOfWork, batch_id: BatchId, *, why: str, expected_version: int, call: Call) -> Batch:
    """Refuse the batch: it is not sent. Raises as ``agree``, and InvalidError if no reason is given."""
    return _end(unit, batch_id, BatchStep.REFUSE, why, expected_version, call=call)


def abort(unit: UnitOfWork, batch_id: BatchId, *, why: str, expected_version: int, call: Call) -> Batch:
    """Cancel the commands not yet sent. Anybody who may ask for it may do so. Raises as ``refuse``."""
    return _end(unit, batch_id, BatchStep.ABORT, why, expected_version, call=call)


def lapse(unit: UnitOfWork, now: datetime) -> Sequence[Batch]:
    """End batches that nobody agreed to in time, and running ones whose commands have all ended; in a unit of work."""
    batches = unit[CommandBatches]
    ended = []
    for step, found in (
        (BatchStep.LAPSE, batches.waiting_since(now - AGREE_WITHIN)),
        (BatchStep.END, batches.over()),
    ):
        for old in found:
            state = following(BATCH_STEPS, old.state, step)
            batch = replace(old, state=state, version=old.version + 1, ended_at=now)
            batches.save(batch)
            unit.record(Event.of(_SYSTEM, f"command_batch.{state}", batch.id, now))
            ended.append(batch)
    return ended


def _end(unit: UnitOfWork, batch_id: BatchId, step: BatchStep, why: str, expected_version: int, *, call: Call) -> Batch:
    with unit:
        batches, commands = unit[CommandBatches], unit[DeviceCommands]
        old = _seen(batches, batch_id, expected_version)
        call.require(Action.DEVICE_MANAGE, old.area_ids, unit[Places].tree())
        if step is BatchStep.REFUSE and call.actor.user_id == old.asked_by:
            raise NotAllowedError(Action.DEVICE_MANAGE, "OWN_COMMAND", old.area_ids)
        reason = why.strip()
        errors.refuse([replace(problem, field="why") for problem in reason_problems(reason)])
        state = following(BATCH_STEPS, old.state, step)
        batch = replace(
            old,
            state=state,
            version=old.version + 1,
            ended_at=call.now,
            ended_by_name=call.actor.name,
            ended_why=reason,
        )
        batches.save(batch)
        waiting = commands.held(commands.not_sent(batch_id)).values()
        stopped = [each for old_one in waiting if (each := after(old_one, CommandStep.ABORT, call.now)) is not None]
        commands.save(stopped)
        unit.record(_event(state, batch, call, why=reason, not_sent=len(stopped)))
        unit.commit()
    return batch


def _seen(batches: CommandBatches, batch_id: BatchId, expected_version: int) -> Batch:
    batch = batches.get(batch_id)
    if batch.version != expected_version:
        raise ConflictError("command_batch", batch_id, expected_version, batch.version)
    return batch


def queue(unit: UnitOfWork, batch: Batch, devices: Mapping[DeviceId, Device], now: datetime, new_id: NewId) -> None:
    """Create the commands: their states are the gateway's only queue. Settings are carried out at once."""
    made = [
        RemoteCommand(
            id=CommandId(new_id()),
            batch_id=batch.id,
            device_id=device.id,
            device_name=device.name,
            area_id=device.area_id,
            kind=batch.kind,
            arguments=batch.arguments,
            queued_at=now,
            expires_at=now + SPECS[batch.kind].lasts,
        )
        for device in (devices[device_id] for device_id in batch.device_ids if device_id in devices)
    ]
    if is_setting(batch.kind):
        made = batch_preview.carried_out(unit, batch, devices, made, now)
    unit[DeviceCommands].add(made)


def _event(name: str, batch: Batch, call: Call, **more: object) -> Event:
    told: dict[str, object] = {
        "kind": batch.kind.value,
        "volume_pct": batch.arguments.volume_pct,
        "is_audible": batch.arguments.is_audible,
        "reason": batch.reason,
        "devices": list(batch.device_ids),
        "dangers": [danger.value for danger in batch.dangers],
    }
    return call.event(f"command_batch.{name}", batch.id, **told, **more)
