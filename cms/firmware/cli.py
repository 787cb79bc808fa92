"""``loa firmware``: keys and packages; made on a machine without a server, trusted and imported on one with it."""

import hashlib
from pathlib import Path

import click

from cms.firmware.service import packages
from cms.platform.cli.command_context import opened, operator_call
from cms.platform.keyring_errors import KeysError
from cms.platform.settings import Settings
from cms.platform.signer.keys import trust_firmware
from devices import enrolment
from devices.protocol import codec, jws
from devices.protocol.errors import ProtocolError
from devices.protocol.messages import Image

_FILE = click.Path(path_type=Path, dir_okay=False)
_READ = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def firmware() -> None:
    """Manage firmware: make a key, sign an image, trust a key, import a package."""


@firmware.command()
@click.argument("file", type=_FILE)
def key(file: Path) -> None:
    """Make the key that vouches for firmware, into FILE. Keep it off every server."""
    if file.exists():
        raise click.ClickException(f"{file} is there already: a key is never written over")
    settings = Settings()
    if file.resolve().is_relative_to(settings.root.resolve()):
        raise click.ClickException(f"{file} is on the server: whoever breaks into it could sign firmware")
    pem = enrolment.make_signing_key()
    file.touch(mode=0o600)
    file.write_bytes(pem)
    click.echo(jws.public_x(jws.signing_key(pem)))


@firmware.command()
@click.argument("image", type=_READ)
@click.option("--key", "key_file", type=_READ, required=True, help="The firmware key.")
@click.option("--model", required=True, help="The hardware it is made for.")
@click.option("--number", type=click.IntRange(1), required=True, help="Higher than every image of the model before.")
@click.option("--version", required=True, help="Its name, for people.")
@click.option("--floor", type=click.IntRange(0), default=0, show_default=True, help="Nothing below boots afterwards.")
@click.option("--notes", default="", help="What is new.")
@click.option("--out", type=_FILE, required=True, help="The package.")
def sign(
    image: Path, key_file: Path, *, model: str, number: int, version: str, floor: int, notes: str, out: Path
) -> None:
    """Sign IMAGE and write the package that is taken to the server."""
    data = image.read_bytes()
    try:
        body = codec.decode(
            Image,
            codec.encode(
                Image(
                    v=codec.VERSION,
                    model=model,
                    number=number,
                    version=version,
                    sha256=hashlib.sha256(data).hexdigest(),
                    bytes=len(data),
                    floor=floor,
                    notes=notes,
                )
            ),
        )
        if floor > number:
            raise click.ClickException("--floor is above --number: nothing would boot any more")
        out.write_bytes(packages.packed(body, data, key_file.read_bytes()))
    except (ProtocolError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{out}: {model} number {number}, {len(data)} bytes, sha256 {body.sha256}")


@firmware.command(context_settings={"ignore_unknown_options": True})  # a key may begin with a dash
@click.argument("public")
def trust(public: str) -> None:
    """Have devices accept firmware signed with the key of this PUBLIC half. The root has to be on this machine."""
    try:
        kid = trust_firmware(Settings(), public)
    except (ValueError, KeysError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{kid}: devices are told at the next start of the gateway")


@firmware.command()
@click.argument("package", type=_READ)
def upload(package: Path) -> None:
    """Verify PACKAGE and take its image in."""
    with opened() as context:
        image = packages.take(
            context.uow(),
            package.read_bytes(),
            keyring=context.keyring,
            content=context.content,
            call=operator_call(context),
        )
    click.echo(f"{image.model} number {image.number}: {image.id}")
