"""``loa shelters``: shelters of communes, from a file."""

import csv
from pathlib import Path
from typing import Final

import click

from cms.platform.cli.command_context import opened, operator_call
from cms.shelters import service
from cms.shelters.repository import Shelters
from province.areas import AreaId
from province.errors import InvalidError

_COLUMNS: Final = ("area_id", "shelter")


@click.group()
def shelters() -> None:
    """Shelters of communes, which alerts that ask people to leave say."""


@shelters.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """Load shelters from a CSV: area_id, shelter. An empty shelter removes it; areas not named stay as they are."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if list(rows.fieldnames or ()) != list(_COLUMNS):
            raise click.ClickException(f"the first line has to be {','.join(_COLUMNS)}")
        found = {AreaId(row["area_id"] or ""): row["shelter"] or "" for row in rows}
    with opened() as context, context.uow() as unit:
        try:
            changed = service.set_shelters(unit, found, call=operator_call(context))
        except InvalidError as error:
            raise click.ClickException("\n".join(f"{each.code}: {each.detail}" for each in error.problems)) from None
        unit.commit()
        known = len(unit[Shelters].all())
    click.echo(f"{changed} changed, {known} known")
