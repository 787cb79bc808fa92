"""Remote commands requested by the technician and approved by the administrator, for tests of screens and API."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from cms.areas.repository import Places
from cms.commands.queries import commands_of
from cms.commands.repository import CommandBatches, DeviceCommands
from cms.commands.service import batches, maintenance
from cms.commands.service.batch_preview import Asking, DeviceSelection
from cms.commands.service.maintenance import WindowDraft
from devices.commands.lifecycle import after
from devices.commands.model import Arguments, Batch, BatchId, CommandKind, CommandStep, RemoteCommand, Window, WindowId
from devices.commands.self_tests import TestHour
from devices.model import DeviceId
from province.areas import AreaId
from tests.console import COMMUNE, Console

LOA_1, LOA_2, LOA_3 = (DeviceId(f"{COMMUNE}-l0{number}") for number in (1, 2, 3))


def asking(
    kind: CommandKind = CommandKind.RESYNC,
    *device_ids: DeviceId,
    volume_pct: int | None = None,
    is_audible: bool = False,
    areas: tuple[AreaId, ...] = (),
    reason: str = "Kiểm tra định kỳ",
) -> Asking:
    return Asking(kind, Arguments(volume_pct, is_audible), DeviceSelection(areas, device_ids), reason)


def asked(console: Console, what: Asking | None = None, *, by: str = "technician", batch_id: str = "") -> Batch:
    context = console.context
    return batches.ask(
        context.uow(),
        BatchId(batch_id or context.new_id()),
        what or asking(CommandKind.RESYNC, LOA_1),
        call=context.call(console.actor(by), console.clock()),
    )


def waiting(console: Console, *, by: str = "technician") -> Batch:
    """Request a reboot of two devices, which needs a second person's approval by itself."""
    return asked(console, asking(CommandKind.REBOOT, LOA_1, LOA_2), by=by)


def loud(console: Console) -> Batch:
    """Request a volume above the area's limit for one device, which needs approval whatever sounds there."""
    with console.context.uow() as unit:
        unit[Places].set_rules(COMMUNE, replace(unit[Places].rules(COMMUNE), volume_pct=70))
        unit.commit()
    return asked(console, asking(CommandKind.VOLUME, LOA_1, volume_pct=90))


def log(console: Console) -> RemoteCommand:
    """Return a finished command that fetched the log of the first device."""
    batch = asked(console, asking(CommandKind.LOG, LOA_1))
    finished(console, batch.id, log_sha256=console.context.content.put_bytes(b"start b1 (power)\n"), log_bytes=17)
    return commands(console, batch)[0]


def finished(console: Console, batch_id: str, **fields: object) -> None:
    """Mark the open commands of the batch as finished, as if the devices had reported it."""
    with console.context.uow() as unit:
        kept = unit[DeviceCommands]
        for command in [each for each in kept.open() if each.batch_id == batch_id]:
            moved = after(kept.held([command.id])[command.id], CommandStep.FINISH, console.clock())
            assert moved is not None
            kept.save([replace(moved, **fields)])  # type: ignore[arg-type] # each caller names fields
        unit.commit()


def agreed(console: Console, batch: Batch, *, by: str = "admin") -> Batch:
    context = console.context
    return batches.agree(
        context.uow(), batch.id, expected_version=batch.version, call=context.call(console.actor(by), console.clock())
    )


def stored(console: Console, batch: Batch) -> Batch:
    with console.context.uow() as unit:
        return unit[CommandBatches].get(batch.id)


def known(console: Console, batch_id: str) -> Batch:
    with console.context.uow() as unit:
        return unit[CommandBatches].get(BatchId(batch_id))


def commands(console: Console, batch: Batch) -> list[RemoteCommand]:
    with console.context.uow() as unit:
        return list(commands_of(unit.session, batch.id).rows)


def hour_asked(console: Console, *, by: str = "technician") -> TestHour:
    """Request self-tests at half past two in Mũi Né, which waits for a second person."""
    context = console.context
    return maintenance.set_hour(
        context.uow(),
        COMMUNE,
        time(14, 30),
        "Kiểm tra hằng tháng",
        call=context.call(console.actor(by), console.clock()),
    )


def window(console: Console, *, by: str = "technician", device_id: DeviceId | None = None) -> Window:
    context = console.context
    now = console.clock()
    draft = WindowDraft(now, now + timedelta(hours=2), "Thay bình", COMMUNE, device_id)
    return maintenance.open_window(
        context.uow(), WindowId(context.new_id()), draft, call=context.call(console.actor(by), now)
    )
