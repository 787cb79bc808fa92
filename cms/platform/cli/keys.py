"""``loa keys``: the signing keys, in files or in a PKCS#11 token. Run as the user of the signer's keys."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from cms.platform.keyring_errors import KeysError
from cms.platform.settings import Settings
from cms.platform.signer import key_changes
from cms.platform.signer.key_store import KEY_NAMES, ROLES
from cms.platform.signer.stores import token_pin
from devices.protocol.keyset import ROOT_KID
from devices.protocol.messages import KeyRole
from province.machine_clock import utc_now

CHECK_S: Final = 30.0
"""Longest wait for a token: a module that hangs cannot be interrupted."""
_ERROR: Final = "Error: "


@click.group()
def keys() -> None:
    """List, check, import into a PKCS#11 token, and renew the signing keys."""


@keys.command("list")
def list_keys() -> None:
    """List root and signing keys, where they are, and whether devices know them."""
    settings = Settings()
    with _told():
        held, named = key_changes.held_keys(settings), key_changes.named_kids(settings)
    where = f"token {settings.signer_token}" if settings.has_token else str(settings.signing_dir)
    click.echo(where)
    for name in KEY_NAMES:
        kid = held.get(name)
        if kid is None:
            state = "not here" if name == ROOT_KID else "missing"
        elif name == ROOT_KID:
            state = "here: take it off this machine when nothing needs it"
        else:
            state = "known to devices" if kid in named else "not in the keyset"
        click.echo(f"{name:<6} {'' if name == ROOT_KID else kid or '':<20} {state}")


@keys.command()
@click.option("--again", is_flag=True, help="Try once more a PIN that the token refused.")
def check(*, again: bool) -> None:
    """Sign with each key. Of a token's PIN this is one try, and none where it was refused before."""
    settings = Settings()
    with _told():
        if again:
            token_pin(settings).forget()
        key_changes.try_keys(settings)
    click.echo("each key signs, and devices know it")


@keys.command("import")
@click.option("--with-root", is_flag=True, help="The root too. Without, its file is kept off this machine as before.")
@click.option("--remove-files", is_flag=True, help="Remove the files afterwards. Have copies in two offline places.")
def import_keys(*, with_root: bool, remove_files: bool) -> None:
    """Bring the keys of the files into the token of LOA_SIGNER_MODULE. Devices notice nothing."""
    settings = Settings()
    with _told():
        done = []
        for name in key_changes.import_keys(settings, with_root=with_root):
            click.echo(f"{name}: in the token, and signs the same")
            done.append(name)
        if remove_files:
            key_changes.remove_files(settings, done)
            click.echo("the files are removed")
        else:
            files = ", ".join(str(settings.signing_dir / f"{name}.key") for name in done)
            click.echo(f"take these off the machine, or repeat with --remove-files: {files}")


@keys.command()
@click.argument("role", type=click.Choice([each.value for each in ROLES]))
@click.option("--yes", is_flag=True, help="Do not ask.")
def renew(role: str, *, yes: bool) -> None:
    """Replace the key of this ROLE by a new one. The root has to be here. Then restart signer and gateways."""
    settings = Settings()
    if not yes:
        click.confirm(f"Remove the {role} key for good, and make another?", abort=True)
    with _told():
        kid = key_changes.renew_key(settings, KeyRole(role), utc_now())
    click.echo(f"{kid}: restart signer and gateways; devices take it when they are connected")


def trouble_of_token() -> str:
    """Return what keeps the token of the settings from signing, in a sentence; empty: nothing.

    It is asked by a process of its own, which is ended where the token's module hangs.
    """
    command = [sys.executable, "-m", "cms.platform.cli", "keys", "check"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=CHECK_S, check=False)
    except subprocess.TimeoutExpired:
        return f"the PKCS#11 token does not answer within {CHECK_S:g} s"
    if done.returncode == 0:
        return ""
    last = (done.stderr.strip().splitlines() or ["the PKCS#11 token cannot be used"])[-1]
    return last.removeprefix(_ERROR)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (KeysError, ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
