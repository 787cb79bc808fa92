"""``loa alert-reports``: inhabitants and hearing radii, and the check of a report's signature."""

import csv
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import click

from cms.alert_reports import service
from cms.audit.jobs import KID, public_key_of
from cms.platform.cli.command_context import opened, operator_call
from devices.protocol import jws
from devices.protocol.errors import ProtocolError
from province.errors import InvalidError

_COLUMNS: Final = ("id", "inhabitants", "hearing_m")


@click.group("alert-reports")
def alert_reports() -> None:
    """Reports of alerts: their inputs and their signatures."""


@alert_reports.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """Load inhabitants and hearing radii from a CSV: id (of an area or a device), inhabitants, hearing_m."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if list(rows.fieldnames or ()) != list(_COLUMNS):
            raise click.ClickException(f"the first line has to be {','.join(_COLUMNS)}")
        found = [
            service.HearingLine(number, *(row[name] or "" for name in _COLUMNS)) for number, row in enumerate(rows, 2)
        ]
    with opened() as context:
        try:
            areas, devices = service.load_hearing(context.uow(), found, call=operator_call(context))
        except InvalidError as error:
            raise click.ClickException("\n".join(f"{each.field}: {each.code}" for each in error.problems)) from None
    click.echo(f"{areas} areas, {devices} devices")


@alert_reports.command()
@click.argument("signature", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("files", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1, required=True)
@click.option("--key", metavar="X", help="Public key of the installation; else that of this one.")
def verify(signature: Path, files: Sequence[Path], key: str | None) -> None:
    """Check files of a report against their signature; exit status 1 if one was changed."""
    if key is None:
        with opened() as context:
            key = public_key_of(context.settings)
    try:
        signed = json.loads(jws.open_signed(signature.read_bytes(), {KID: jws.verifying_key(key)})[1])
    except (ProtocolError, ValueError) as error:
        raise click.ClickException("the signature is not by this key") from error
    changed = [
        file.name
        for file in files
        if sha256(file.read_bytes()).hexdigest() not in (signed["json_sha256"], signed["pdf_sha256"])
    ]
    if changed:
        raise click.ClickException(f"not as signed: {', '.join(changed)}")
    click.echo(f"as signed: alert {signed['alert_id']}, version {signed['version']}, as of {signed['as_of']}")
