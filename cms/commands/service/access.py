"""Read access to batches and maintenance windows."""

from cms.areas.repository import Places
from cms.commands.repository import CommandBatches, DeviceCommands
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from devices.commands.model import Batch, BatchId, CommandId, RemoteCommand
from devices.model import Device, DeviceId
from province.areas import AreaId, AreaTree
from province.errors import NotFoundError
from province.people import Action, Actor
from province.policy import may


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
