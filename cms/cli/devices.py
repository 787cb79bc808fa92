"""``loa devices``: enrol and list end points."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import click

from broadcast.errors import NotFoundError
from broadcast.events import Event
from broadcast.ports import OutboxKind
from cms.accounts.managing import By
from cms.cli.opening import opened, operator
from cms.places.screens import put_screen
from cms.store.engine import reading
from cms.store.queries.fleet import device_list
from cms.store.uow import SqlUnitOfWork
from devices.areas import AreaId
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol.boards import Colours, Screen, cells_of

LETTER = {DeviceKind.CLUSTER: "l", DeviceKind.BOARD: "b", DeviceKind.STATION: "s", DeviceKind.BRIDGE: "f"}
TITLE = {
    DeviceKind.CLUSTER: "Cụm loa",
    DeviceKind.BOARD: "Bảng tin",
    DeviceKind.STATION: "Đài",
    DeviceKind.BRIDGE: "Bộ nối",
}
PAGE_ROWS = 500


class ScreenSize(click.ParamType[tuple[int, int]]):
    """``96x32``: picture elements across and down."""

    name = "WxH"
    _LEAST, _MOST = 32, 4_096

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", value)
        size = (int(found[1]), int(found[2])) if found else (0, 0)
        if not all(self._LEAST <= side <= self._MOST for side in size):
            self.fail(f"{value!r} is no size: write it as 96x32, each side {self._LEAST} to {self._MOST}", param, ctx)
        return size


_COLOURS = click.Choice([each.value for each in Colours])


@click.group()
def devices() -> None:
    """Devices: add, list, retire."""


@devices.command()
@click.option("--area", "area_id", required=True, help="Where they stand.")
@click.option("--count", type=click.IntRange(1, 1000), default=1, show_default=True)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in DeviceKind]),
    default=DeviceKind.CLUSTER.value,
    show_default=True,
)
@click.option("--screen", "size", type=ScreenSize(), help="Of boards: picture elements, as 96x32.")
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
            click.echo(f"{device.id}  {device.name}  {folder}")


def enrol(unit: SqlUnitOfWork, new: list[Device], now: datetime, by: By) -> None:
    """Store the devices and have the gateway prepare what they will ask for. The caller commits."""
    unit.devices.add_many(new)
    for device in new:
        unit.outbox.add(OutboxKind.DESIRED, device.id)
        unit.record(Event("device.enrolled", device.id, now, by.id, by.name, {"area": device.area_id}))
    for area_id in sorted({device.area_id for device in new}):
        unit.outbox.add(OutboxKind.PLAN, area_id)


@devices.command("list")
@click.option("--area", "area_id", help="At and below this area.")
@click.option("--offline", is_flag=True, help="Only those that are not connected.")
def list_devices(area_id: str | None, *, offline: bool) -> None:
    """Devices in service with their last own word."""
    with opened() as context, reading(context.engine) as session:
        areas = None
        if area_id is not None:
            with context.uow() as unit:
                areas = [area.id for area in unit.places.tree().subtree(AreaId(area_id))]
        after = ""
        while True:
            page = device_list(session, areas, is_online=False if offline else None, after=after, limit=PAGE_ROWS)
            for line in page.rows:
                device, status = line.device, line.status
                seen = "never seen" if status is None else f"{status.firmware}  {status.seen_at:%Y-%m-%d %H:%M} UTC"
                click.echo(f"{device.id}  {'online ' if line.is_online else 'offline'}  {device.name}  {seen}")
            after = page.next_cursor
            if not after:
                return


@devices.command("screen")
@click.argument("device_id")
@click.argument("size", type=ScreenSize())
@click.option("--colours", type=_COLOURS, default=Colours.FULL.value, show_default=True)
def set_screen(device_id: str, size: tuple[int, int], colours: str) -> None:
    """Tell what a board's screen is made of; it lays out by it as soon as it is connected."""
    with opened() as context, context.uow() as unit:
        by = operator()
        try:
            put_screen(
                unit,
                DeviceId(device_id),
                w=size[0],
                h=size[1],
                colours=colours,
                now=context.now(),
                by=by.id,
                by_name=by.name,
            )
        except NotFoundError:
            raise click.UsageError(f"{device_id} is no board") from None
        unit.commit()
    screen = Screen(w=size[0], h=size[1], colours=colours)
    cells = cells_of(screen)
    click.echo(f"{device_id} has {screen.w} x {screen.h} elements: {cells.columns} letters in {cells.lines} lines")


@devices.command()
@click.argument("device_id")
def retire(device_id: str) -> None:
    """Take a device out of service; its history is kept."""
    with opened() as context, context.uow() as unit:
        device, now, by = unit.devices.get(DeviceId(device_id)), context.now(), operator()
        if device.retired_at is None:
            unit.devices.save(replace(device, retired_at=now))
            unit.outbox.add(OutboxKind.PLAN, device.area_id)
            unit.record(Event("device.retired", device.id, now, by.id, by.name))
            unit.commit()
    click.echo(f"{device_id} is out of service")


def _number(unit: SqlUnitOfWork, area_id: AreaId, count: int, kind: DeviceKind, now: datetime) -> list[Device]:
    area = unit.places.tree().get(area_id)
    prefix = f"{area_id}-{LETTER[kind]}"
    taken = unit.devices.numbers_after(prefix)
    return [
        Device(
            id=DeviceId(f"{prefix}{number:02d}"),
            serial=f"loa-{prefix}{number:02d}",
            name=f"{TITLE[kind]} {number}, {area.name}",
            kind=kind,
            area_id=area_id,
            enrolled_at=now,
            point=area.point,
        )
        for number in range(taken + 1, taken + 1 + count)
    ]
