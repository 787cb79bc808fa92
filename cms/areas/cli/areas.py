"""``loa areas``: the tree of places."""

import json
from datetime import datetime
from pathlib import Path

import click

from cms.areas.cli.rules import rules
from cms.areas.repository import Places
from cms.areas.service import contacts as contact_service
from cms.areas.service import data_sets, outlines
from cms.areas.service import reform as reform_service
from cms.areas.service.data_sets import DATA_SETS
from cms.fleet.queries.overview import AreaLine, area_lines
from cms.platform.cli.command_context import opened, operator, operator_call
from cms.platform.store.engine import reading
from province.areas import AreaId
from province.contacts import Contact
from province.events import Event
from province.wall_clock import local_date

PARTS = 3


@click.group()
def areas() -> None:
    """Manage areas: load, reform, list, their outlines, and their rules."""


@areas.command()
@click.argument("name", type=click.Choice(sorted(DATA_SETS)))
def load(name: str) -> None:
    """Load a data set of areas. Harmless when repeated."""
    with opened() as context:
        done = data_sets.load(context.uow, name, now=context.now(), by=operator())
        click.echo(f"{done.name}: {done.added} areas added, {done.present} were there")


@areas.command()
@click.argument("old", type=click.Choice(sorted(DATA_SETS)))
@click.argument("new", type=click.Choice(sorted(DATA_SETS)))
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day of the new areas.")
def reform(old: str, new: str, on: datetime) -> None:
    """Close the areas of OLD and move devices, rights and rules to those of NEW. Nothing is deleted."""
    with opened() as context:
        done = reform_service.reform(context.uow, old, new, on=on.date(), now=context.now(), by=operator())
        click.echo(
            f"{len(done.closed)} areas closed, {len(done.succeeded)} got predecessors, {len(done.moved)} devices moved,"
            f" {len(done.granted)} rights passed on, {len(done.ruled)} areas took over rules"
        )
        for move in done.moved:
            if not move.is_sure:
                click.echo(f"look at the map: {move.device_id} went from {move.old_area_id} to {move.area_id}")


@areas.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--code", default=outlines.CODE, show_default=True, help="The property that holds an area's code.")
def boundaries(path: Path, code: str) -> None:
    """Give areas in force the outlines of a GeoJSON file: maps have them for their ground. Harmless when repeated."""
    with opened() as context:
        now = context.now()
        try:
            done = outlines.outline(context.uow, path, code=code, on=local_date(now), now=now, by=operator())
        except outlines.UnreadableOutlinesError as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"{len(done.areas)} areas have an outline, of {done.corners} corners; {done.repaired} were repaired")
    if done.unknown:
        click.echo(f"no area in force has the code {', '.join(done.unknown)}")
    if done.far:
        click.echo(f"left as they were, for their own point lies elsewhere: {', '.join(done.far)}")


@areas.command("list")
@click.option("--closed", is_flag=True, help="Closed areas too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_areas(*, closed: bool, as_json: bool) -> None:
    """Show the tree, with the devices in each area itself."""
    with opened() as context, reading(context.engine) as session:
        lines = area_lines(session, with_closed=closed)
    if as_json:
        for line in lines:
            click.echo(json.dumps(_plain(line), ensure_ascii=False))
        return
    below: dict[AreaId | None, list[AreaLine]] = {}
    for line in lines:
        below.setdefault(line.parent_id, []).append(line)
    _print_below(below, None, "")


@areas.command()
@click.argument("kind", required=False)
@click.option("--commune/--no-commune", "is_commune", default=None, help="Whether areas of KIND run their own station.")
def kinds(kind: str | None, *, is_commune: bool | None) -> None:
    """Show which kinds of area have an inbox for items handed down, or set it for KIND."""
    if (kind is None) is not (is_commune is None):
        raise click.UsageError("a KIND with --commune or --no-commune, or neither")
    with opened() as context, context.uow() as unit:
        if kind is not None and is_commune is not None:
            held = unit[Places].kinds()
            if kind not in held and all(area.kind != kind for area in unit[Places].tree()):
                raise click.BadParameter(f"no area is a {kind}", param_hint="KIND")
            unit[Places].set_kind(kind, is_commune=is_commune)
            told = {"before": held.get(kind, False), "after": is_commune}
            unit.record(Event.of(operator(), "area_kind.set", kind, context.now(), **told))
            unit.commit()
    with opened() as context, context.uow.reading() as unit:
        known = unit[Places].kinds()
        for each in sorted({area.kind for area in unit[Places].tree()} | set(known)):
            click.echo(f"{each}: {'runs its own station' if known.get(each) else 'no station of its own'}")


areas.add_command(rules)


@areas.command()
@click.argument("area_id")
@click.option("--set", "people", multiple=True, metavar="NAME;DUTY;PHONE", help="Replaces all; first to call first.")
@click.option("--nobody", is_flag=True, help="Nobody of its own: those of the area above.")
def contacts(area_id: str, people: tuple[str, ...], *, nobody: bool) -> None:
    """Show the contacts of AREA_ID, or set them there and for areas below without contacts of their own."""
    rows = [Contact(*(part.strip() for part in line.split(";"))) for line in people if line.count(";") == PARTS - 1]
    if len(rows) != len(people):
        raise click.BadParameter("NAME;DUTY;PHONE, with two semicolons", param_hint="--set")
    with opened() as context, context.uow() as unit:
        if people or nobody:
            contact_service.set_contacts(unit, AreaId(area_id), rows, call=operator_call(context))
            unit.commit()
    with opened() as context, context.uow.reading() as unit:
        found = unit[Places].contacts(AreaId(area_id))
    where = "" if found.area_id in (None, area_id) else f" (from {found.area_id})"
    click.echo(f"{area_id}{where}: {len(found.people)} to call")
    for person in found.people:
        click.echo(f"  {person.name}; {person.duty}; {person.phone}")


def _print_below(below: dict[AreaId | None, list[AreaLine]], parent_id: AreaId | None, indent: str) -> None:
    for line in below.get(parent_id, ()):
        closed = f", closed {line.valid_to:%Y-%m-%d}" if line.valid_to else ""
        fleet = f", {line.online} of {line.devices} devices online" if line.devices else ""
        click.echo(f"{indent}{line.id}  {line.name} ({line.kind}{closed}{fleet})")
        _print_below(below, line.id, indent + "  ")


def _plain(line: AreaLine) -> dict[str, object]:
    return {
        "id": line.id,
        "name": line.name,
        "kind": line.kind,
        "parent_id": line.parent_id,
        "valid_to": line.valid_to.isoformat() if line.valid_to else None,
        "devices": line.devices,
        "online": line.online,
    }
