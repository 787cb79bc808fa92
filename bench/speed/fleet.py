"""Fleet data for the bench's technicians: a board, commands, a log, a power cut, a photograph, a roll-out, tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from cms.commands.repository import DeviceCommands
from cms.commands.service import batches
from cms.commands.service.batch_preview import Asking, DeviceSelection
from cms.firmware.repository import FirmwareRecords
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service import changes
from cms.health.repository.faults import FaultRecords
from cms.platform.context import Context
from cms.tickets.service import new_tickets, steps
from cms.tickets.service.new_tickets import TicketDraft
from cms.tickets.service.steps import Act
from devices.boards.drawing import drawn, png
from devices.commands.lifecycle import after
from devices.commands.model import Arguments, Batch, BatchId, CommandKind, CommandStep
from devices.firmware.model import FirmwareImage, ImageId, Installed, Rollout, RolloutId
from devices.health.faults import Fault, FaultState
from devices.health.incidents import Cause, Incident, IncidentScope
from devices.health.kinds import FaultKind
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol.boards import USUAL
from devices.tickets.model import EntryId, TicketId, TicketStep
from province.areas import AreaId
from province.people import Actor, Role

TICKETS: Final = 300


def furnish_fleet(
    context: Context, commune: AreaId, cluster_id: DeviceId, actors: Mapping[str, Actor]
) -> dict[str, dict[str, str]]:
    """Map each route argument to the ids put in."""
    technician, board_id = actors[Role.TECHNICIAN], DeviceId(f"{commune}-b0001")
    with context.uow() as unit:
        unit[Devices].add(Device(board_id, f"bench-{board_id}", "Bảng tin", DeviceKind.BOARD, commune, context.now()))
        unit.commit()
    _photographed(context, cluster_id)
    entry_id, ticket_id = _tickets(context, commune, cluster_id, technician)
    asked = _asked(context, CommandKind.RESYNC, cluster_id, technician)
    found = _asked(context, CommandKind.LOG, cluster_id, technician)
    return {
        "device_id": {"cluster": cluster_id, "board": board_id},
        "batch_id": {"asked": asked.id},
        "command_id": {"log": _logged(context, found)},
        "incident_id": {"power": _dark(context, cluster_id)},
        "ticket_id": {"taken": ticket_id},
        "entry_id": {"photo": entry_id},
        "rollout_id": {"drafted": _rollout(context, commune, cluster_id, technician)},
    }


def _asked(context: Context, kind: CommandKind, device_id: DeviceId, actor: Actor) -> Batch:
    return batches.ask(
        context.uow(),
        BatchId(context.new_id()),
        Asking(kind, Arguments(), DeviceSelection((), (device_id,)), "Kiểm tra định kỳ"),
        call=context.call(actor),
    )


def _logged(context: Context, batch: Batch) -> str:
    text = b"start b1 (power)\n" * 400
    with context.uow() as unit:
        kept = unit[DeviceCommands]
        (command,) = (each for each in kept.open() if each.batch_id == batch.id)
        done = after(command, CommandStep.FINISH, context.now())
        assert done is not None
        kept.save([replace(done, log_sha256=context.content.put_bytes(text), log_bytes=len(text))])
        unit.commit()
    return command.id


def _photographed(context: Context, device_id: DeviceId) -> None:
    with context.uow() as unit:
        life = changes.life_of(unit, unit[Devices].get(device_id))
        unit[DeviceLifecycles].add_many(
            [replace(life, version=1, photo_sha256=context.content.put_bytes(png(drawn(USUAL, None))))]
        )
        unit.commit()


def _tickets(context: Context, area_id: AreaId, device_id: DeviceId, actor: Actor) -> tuple[EntryId, TicketId]:
    """Open one assigned ticket with a photograph, and as many others as a list shows."""
    found = [TicketId(context.new_id()) for _ in range(TICKETS)]
    for number, ticket_id in enumerate(found):
        about = TicketDraft("Loa rè", device_id) if number == 0 else TicketDraft("Cột nghiêng", area_id=area_id)
        new_tickets.open_ticket(context.uow(), ticket_id, about, call=context.call(actor))
    entry_id = EntryId(context.new_id())
    photo = Act(TicketStep.NOTE, photo_sha256=context.content.put_bytes(png(drawn(USUAL, None))))
    for act, name in ((Act(TicketStep.TAKE), EntryId(context.new_id())), (photo, entry_id)):
        steps.step(context.uow(), found[0], name, act, call=context.call(actor))
    return entry_id, found[0]


def _dark(context: Context, device_id: DeviceId) -> str:
    began = context.now() - timedelta(minutes=10)
    cut = Incident(
        context.new_id(), IncidentScope.FEEDER, ("473",), Cause.POWER, began, began, began, 1, 1, reported_power=1
    )
    silent = Fault(context.new_id(), device_id, FaultKind.LINK_LOST, FaultState.OPEN, began, began, incident_id=cut.id)
    with context.uow() as unit:
        unit[FaultRecords].save([silent], [cut])
        unit.commit()
    return cut.id


def _rollout(context: Context, area_id: AreaId, device_id: DeviceId, actor: Actor) -> str:
    """Draft a roll-out of an image whose manifest is not signed, so that no device is ever offered it."""
    now, by = context.now(), (str(actor.user_id), actor.name)
    sha256 = context.content.put_bytes(b"an image")
    image = FirmwareImage(ImageId(sha256), "sim-cluster", 2, "2.2", sha256, 8, 0, "", "", now, *by)
    rollout = Rollout(RolloutId(context.new_id()), area_id, (image.id,), "2.2", now, *by)
    with context.uow() as unit:
        unit[FirmwareRecords].add_image(image)
        unit[FirmwareRecords].note_installed([Installed(device_id, image.model, 1, "2.1", now)])
        unit[FirmwareRecords].add(rollout, [])
        unit.commit()
    return rollout.id
