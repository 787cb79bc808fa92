"""``loa devices``: enrol and list end points."""

import csv
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TextIO

import click

from cms.areas.repository import Places
from cms.boards.service import screens
from cms.commands.service import quarantine
from cms.fleet.queries.devices import DeviceFilter, found_devices
from cms.fleet.repository.devices import Devices
from cms.fleet.service import certificates, registration, sheets
from cms.fleet.service.registration import next_names
from cms.health.repository.faults import FaultRecords, Supply
from cms.platform.cli.command_context import opened, operator, operator_call
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.commands.model import BatchId
from devices.lifecycle import LifecycleAction
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol import claims
from devices.protocol.boards import Colours, Screen, cells_of
from province.areas import AreaId
from province.errors import NotFoundError
from province.events import Event
from province.people import Actor
from province.wall_clock import local_date

PAGE_ROWS = 500
_SIDE_MIN, _SIDE_MAX = 32, 4_096
_SUPPLY = ("device", "feeder", "data_mb_day")


def _screen_size(value: str) -> tuple[int, int]:
    """Parse a screen's size, ``96x32``: picture elements across and down."""
    found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", value)
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(_SIDE_MIN <= side <= _SIDE_MAX for side in size):
        raise click.BadParameter(f"{value!r} is no size: write it as 96x32, each side {_SIDE_MIN} to {_SIDE_MAX}")
    return size


_COLOURS = click.Choice([each.value for each in Colours])


@click.group()
def devices() -> None:
    """Manage devices: register, add, list, retire."""


@devices.command()
@click.option("--area", "area_id", required=True, help="Where they stand.")
@click.option("--count", type=click.IntRange(1, 1000), default=1, show_default=True)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in DeviceKind]),
    default=DeviceKind.CLUSTER.value,
    show_default=True,
)
@click.option("--screen", "size", type=_screen_size, metavar="WXH", help="Of boards: picture elements, as 96x32.")
@click.option("--colours", type=_COLOURS, default=Colours.FULL.value, show_default=True, help="Of boards.")
def add(area_id: str, count: int, kind: str, size: tuple[int, int] | None, colours: str) -> None:
    """Enrol devices, numbered on from those there, and write a provisioning bundle for each."""
    if size is not None and kind != DeviceKind.BOARD:
        raise click.UsageError("only a board has a screen")
    screen = None if size is None else Screen(w=size[0], h=size[1], colours=colours)
    with opened() as context:
        with context.uow() as unit:
            new = _number(unit, AreaId(area_id), count, DeviceKind(kind), context.now())
            new = [replace(device, screen=screen) for device in new]
            enrol(unit, new, context.now(), operator())
            unit.commit()
        for device in new:
            folder = context.keyring.provision(
                device.id, device.serial, device.area_id, context.settings, kind=device.kind
            )
            with context.uow() as unit:
                pem = (folder / "device.pem").read_text(encoding="ascii")
                certificates.record_delivered(unit, device.id, pem, context.now())
                unit.commit()
            click.echo(f"{device.id}  {device.name}  {folder}")


@devices.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--area", "area_id", default="", help="Of lines that name none.")
@click.option("--dry-run", is_flag=True, help="Only tell what is wrong with which line.")
def register(file: Path, area_id: str, *, dry_run: bool) -> None:
    """Register the devices of a spreadsheet (CSV, XLSX); prints serial and claim code, once."""
    with opened() as context:
        with context.uow.reading() as unit:
            tree = unit[Places].tree()
            mine = frozenset(area.id for area in tree if area.is_in_force(local_date(context.now())))
            sheet = sheets.read(file.read_bytes(), tree, mine, AreaId(area_id) if area_id else None)
            lines = sheet.lines
            drafts = [line.draft for line in lines]
            told = sheets.problems_by_line(lines, registration.findings(unit, drafts, tree, context.now()))
        for heading in sheet.ignored:
            click.echo(f"column passed over: {heading}", err=True)
        faulty = [(line, problems) for line, problems in told if problems]
        for line, problems in faulty:
            click.echo(f"line {line.number}: " + "; ".join(f"{each.field} {each.code}" for each in problems), err=True)
        if faulty:
            raise click.ClickException(f"{len(faulty)} of {len(lines)} lines are faulty; nothing was registered")
        if dry_run:
            click.echo(f"{len(lines)} lines are good; nothing was registered")
            return
        done = registration.register(
            context.uow(),
            drafts,
            call=operator_call(context),
            entropy=os.urandom,
        )
    for each in done:
        click.echo(claims.label_text(each.life.serial, each.code))


def enrol(unit: UnitOfWork, new: list[Device], now: datetime, by: Actor) -> None:
    """Store the devices and have the gateway prepare the messages that they will ask for. The caller commits."""
    unit[Devices].add_many(new)
    for device in new:
        unit.outbox.add(OutboxKind.DESIRED, device.id)
        unit.record(Event.of(by, "device.enrolled", device.id, now, area=device.area_id))
    for area_id in sorted({device.area_id for device in new}):
        unit.outbox.add(OutboxKind.PLAN, area_id)


@devices.command("list")
@click.option("--area", "area_id", help="At and below this area.")
@click.option("--offline", is_flag=True, help="Only those that are not connected.")
def list_devices(area_id: str | None, *, offline: bool) -> None:
    """List devices in service with their last own report."""
    with opened() as context, reading(context.engine) as session:
        areas = None
        if area_id is not None:
            with context.uow.reading() as unit:
                areas = [area.id for area in unit[Places].tree().subtree(AreaId(area_id))]
        after = ""
        while True:
            wanted = DeviceFilter(areas, is_online=False if offline else None)
            page = found_devices(session, wanted, after=after, limit=PAGE_ROWS)
            for line in page.rows:
                device, status = line.device, line.status
                seen = "never seen" if status is None else f"{status.firmware}  {status.seen_at:%Y-%m-%d %H:%M} UTC"
                click.echo(f"{device.id}  {'online ' if line.is_online else 'offline'}  {device.name}  {seen}")
            after = page.next_cursor
            if not after:
                return


@devices.command("screen")
@click.argument("device_id")
@click.argument("size", type=_screen_size)
@click.option("--colours", type=_COLOURS, default=Colours.FULL.value, show_default=True)
def set_screen(device_id: str, size: tuple[int, int], colours: str) -> None:
    """Set the size and colours of a board's screen; the board lays out by them as soon as it is connected."""
    screen = Screen(w=size[0], h=size[1], colours=colours)
    with opened() as context:
        call, board_id = operator_call(context), DeviceId(device_id)
        try:
            screens.set_screen(context.uow(), board_id, w=screen.w, h=screen.h, colours=colours, call=call)
        except NotFoundError:
            raise click.UsageError(f"{device_id} is no board") from None
    cells = cells_of(screen)
    click.echo(f"{device_id} has {screen.w} x {screen.h} elements: {cells.columns} letters in {cells.lines} lines")


@devices.command("supply")
@click.argument("table", type=click.File(encoding="utf-8-sig"))
def set_supplies(table: TextIO) -> None:
    """Import the power feeder of each device: a CSV with the columns device, feeder, data_mb_day (may be empty).

    A power cut of devices on one feeder is then named by it. If a line is wrong, nothing is imported.
    """
    with opened() as context, context.uow() as unit:
        told = list(_supplies(unit, csv.DictReader(table)))
        for supply in told:
            unit[FaultRecords].supply(supply)
        unit.record(operator_call(context).event("device.supplies_set", "supplies", devices=len(told)))
        unit.commit()
    click.echo(f"{len(told)} devices: told what feeds them")


def _supplies(unit: UnitOfWork, rows: Iterable[dict[str, str]]) -> Iterator[Supply]:
    """Yield the lines of the table. Raises click.ClickException: a line names no device, or no figure."""
    told = [{name: str(row.get(name) or "").strip() for name in _SUPPLY} for row in rows]
    known = unit[Devices].get_many({DeviceId(row["device"]) for row in told})
    for number, row in enumerate(told, start=2):
        device_id, data = DeviceId(row["device"]), row["data_mb_day"]
        if device_id not in known:
            columns = ", ".join(_SUPPLY)
            raise click.ClickException(f"line {number}: there is no device {device_id!r}; the columns are {columns}")
        if data and not re.fullmatch(r"[0-9]{1,7}(\.[0-9]+)?", data):
            raise click.ClickException(f"line {number}: {data!r} is no number of MB a day")
        yield Supply(device_id, row["feeder"][:200], float(data) if data else None)


@devices.command()
@click.argument("device_id")
@click.option("--why", required=True, help="What whoever has to agree reads.")
def retire(device_id: str, why: str) -> None:
    """Ask that a device is taken out of service; it is when a person agrees, and its history is kept."""
    with opened() as context:
        with context.uow.reading() as unit:
            is_retired = unit[Devices].get(DeviceId(device_id)).retired_at is not None
        if is_retired:
            click.echo(f"{device_id} is out of service")
            return
        asked = quarantine.ask(
            context.uow(),
            BatchId(context.new_id()),
            DeviceId(device_id),
            LifecycleAction.RETIRE,
            why=why,
            call=operator_call(context),
        )
    click.echo(f"{device_id} waits for another person, who agrees at /commands/{asked.id}")


def _number(unit: UnitOfWork, area_id: AreaId, count: int, kind: DeviceKind, now: datetime) -> list[Device]:
    area = unit[Places].tree().get(area_id)
    return [
        Device(
            id=device_id,
            serial=f"loa-{device_id}",
            name=name,
            kind=kind,
            area_id=area_id,
            enrolled_at=now,
            point=area.point,
        )
        for device_id, name in next_names(unit, area, kind, count)
    ]
