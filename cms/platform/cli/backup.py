"""``loa backup`` and ``loa restore``: one folder that holds an installation as it was at one moment.

The database is copied first and whole, then content, of which nothing goes that a row names, then keys and bundles: so
nothing that the database names is missing. A restore raises the epoch, so that devices accept the server's messages
from then on.
``loa replicator`` keeps an encrypted one instead, seconds behind (``cms/platform/cli/replica``).
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import click
import pyrage
from sqlalchemy import make_url

from cms.platform.cli.replica import replicator as replication
from cms.platform.cli.replica.copier import INSTANT
from cms.platform.cli.replica.restore import NoCopyError, bring_replica, is_vault
from cms.platform.cli.replica.vault import IdentityError, seal
from cms.platform.epoch import Epoch
from cms.platform.gateway.restore_watch import UNKNOWN_EPOCH, HeadMark, mark_path
from cms.platform.process.atomic_file import write_whole
from cms.platform.process.clock import steady_clock
from cms.platform.process.private_memory import keep_memory_private
from cms.platform.settings import Settings
from media.storage import ASIDE
from province.machine_clock import utc_now

SQLITE_COPY: Final = "loa.db"
POSTGRES_COPY: Final = "loa.dump"
ABOUT: Final = "backup.json"
LATEST: Final = "latest-backup"
"""File of LOA_HOME with the instant of the newest back-up, for ``loa doctor``."""
_UNFINISHED: Final = shutil.ignore_patterns("uploads", "partial")
_TOOL_LIMIT_S: Final = 6 * 3600
_TIMES: Final = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z")
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def backup(folder: Path) -> None:
    """Copy database, content, keys and bundles into a new folder below FOLDER, with the programs running.

    With LOA_BACKUP_RECIPIENT it is encrypted, for two people. Else it holds the private keys: keep it as those.
    """
    settings = Settings()
    if settings.backup_recipient:
        _refuse_recipients(settings)
    make = make_sealed if settings.backup_recipient else make_backup
    click.echo(str(make(settings, folder, utc_now())))
    if settings.s3_endpoint:
        click.echo(f"the content is not in it: back up the bucket {settings.s3_bucket} now, after this copy")


@click.command()
def replicator() -> None:
    """Keep an encrypted back-up in LOA_BACKUP_FOLDER, seconds behind (``loa up`` runs it for you)."""
    settings = Settings()
    if not settings.backup_folder:
        raise click.ClickException("LOA_BACKUP_FOLDER is empty: it names a folder on another disk")
    _refuse_recipients(settings)
    if settings.signer_keys:
        # Of its user, only this program and the gateways read every key of the home.
        keep_memory_private()
    sys.exit(replication.run(settings))


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--identity", type=_FILE, help="Secret key of LOA_BACKUP_RECIPIENT, for a continuous back-up.")
@click.option("--keys-identity", type=_FILE, help="Secret key of LOA_BACKUP_KEYS_RECIPIENT.")
@click.option("--at", type=click.DateTime(_TIMES), help="As it was then: 2026-11-28T12:00:00+07:00.")
def restore(folder: Path, identity: Path | None, keys_identity: Path | None, at: datetime | None) -> None:
    """Bring a back-up into an empty LOA_HOME (and an empty database), programs stopped."""
    settings, bring = Settings(), None
    if is_vault(folder):
        if identity is None or keys_identity is None:
            raise click.ClickException(f"{folder} is encrypted: give --identity and --keys-identity")
        bring = partial(bring_replica, settings, folder, (identity, keys_identity), bring_database, at)
    try:
        epoch = bring_back(settings, folder, steady_clock(settings), bring)
    except (IdentityError, NoCopyError) as error:
        raise click.ClickException(str(error)) from None
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"litestream failed: {error.stderr.strip()[-500:]}") from None
    click.echo(f"restored; the epoch is {epoch}. Run loa init, then start the programs")
    click.echo("look under Dừng loa (loa alerts unknown) for orders that devices hold and this database does not know")
    click.echo("revoke again what was revoked after the back-up: nobody else knows of it")


def make_backup(settings: Settings, folder: Path, at: datetime) -> Path:
    """Copy the installation into a new folder below this one; the folder made. Raises ClickException."""
    target = folder / f"loa-{at:{INSTANT}}"
    part = target.with_suffix(".part")
    part.mkdir(parents=True, mode=0o700)
    _copy_database(settings, part)
    if settings.content_dir.is_dir():
        content = part / settings.content_dir.name
        shutil.copytree(settings.content_dir, content, copy_function=_copy_what_is_there, ignore=_UNFINISHED)
    for source in (settings.keys_dir, settings.devices_dir):
        if source.is_dir():
            shutil.copytree(source, part / source.name)
    (part / ABOUT).write_text(json.dumps({"at": at.isoformat(), "epoch": Epoch(settings.keys_dir).value}) + "\n")
    part.rename(target)
    settings.root.mkdir(parents=True, exist_ok=True)
    write_whole(settings.root / LATEST, at.isoformat())
    return target


def make_sealed(settings: Settings, folder: Path, at: datetime) -> Path:
    """Make such a back-up encrypted, the keys for another person than the rest; the folder made."""
    target = folder / f"loa-{at:{INSTANT}}"
    part = target.with_suffix(".part")
    with tempfile.TemporaryDirectory(dir=settings.root, prefix=".backup-") as work:
        _copy_database(settings, Path(work))
        replication.seal_keys(settings, part)
        databases = [(path, f"{replication.DATABASE}/{at:{INSTANT}}/{path.name}") for path in Path(work).iterdir()]
        blobs = [path for where in (f"{ASIDE}/??/??/*", "??/??/*") for path in settings.content_dir.glob(where)]
        contents = [(path, f"{replication.CONTENT}/{path.relative_to(settings.content_dir)}") for path in blobs]
        for path, name in [*databases, *contents]:
            with suppress(FileNotFoundError), path.open("rb") as source:
                seal(source, part / name, settings.backup_recipient, path.stat().st_mtime)
    (part / replication.COMPLETE).write_text(json.dumps({"until": at.isoformat()}) + "\n")
    part.rename(target)
    return target


def _copy_what_is_there(source: str, target: str) -> None:
    """Copy a file; one that is gone by now was content that no row names."""
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)


def _refuse_recipients(settings: Settings) -> None:
    for name, key in (("", settings.backup_recipient), ("KEYS_", settings.backup_keys_recipient)):
        try:
            pyrage.x25519.Recipient.from_str(key)
        except pyrage.RecipientError:
            raise click.ClickException(f"LOA_BACKUP_{name}RECIPIENT is no public key of age-keygen (age1…)") from None


def bring_back(
    settings: Settings, folder: Path, now: Callable[[], datetime], bring: Callable[[], object] | None = None
) -> int:
    """Restore a back-up into an empty home; return the new epoch, which devices receive when the gateway starts.

    ``bring``: restores the files of another kind of back-up than ``make_backup`` makes.

    Raises:
        ClickException: it is no back-up, or something is there that would be overwritten.
    """
    if bring is None and not (folder / ABOUT).is_file():
        raise click.ClickException(f"{folder} is no back-up: it has no {ABOUT}")
    taken = [source for source in _folders(settings) if source.is_dir() and any(source.iterdir())]
    if taken:
        raise click.ClickException(f"{taken[0]} is not empty: move it away first, nothing is overwritten")
    settings.root.mkdir(parents=True, exist_ok=True)
    (bring or partial(_bring_copy, settings, folder))()
    settings.keys_dir.mkdir(parents=True, exist_ok=True)
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    told = 0 if bring else int(json.loads((folder / ABOUT).read_text()).get("epoch", 0))
    epoch = Epoch(settings.keys_dir).rise(now(), told)
    HeadMark(seq=0, hash="", epoch=UNKNOWN_EPOCH).write(mark_path(settings))
    return epoch


def _bring_copy(settings: Settings, folder: Path) -> None:
    bring_database(settings, folder)
    for place in _folders(settings):
        if (folder / place.name).is_dir():
            shutil.copytree(folder / place.name, place, dirs_exist_ok=True)


def _folders(settings: Settings) -> tuple[Path, ...]:
    return settings.content_dir, settings.keys_dir, settings.devices_dir


def _copy_database(settings: Settings, into: Path) -> None:
    url = make_url(settings.effective_database_url)
    if url.get_backend_name() == "sqlite":
        if url.database is None or not Path(url.database).exists():
            raise click.ClickException("there is no database to back up")
        with closing(sqlite3.connect(url.database)) as source, closing(sqlite3.connect(into / SQLITE_COPY)) as copy:
            source.backup(copy)
        return
    address = settings.effective_database_url
    _run(dump_command(address, into / POSTGRES_COPY), address)


def bring_database(settings: Settings, source: Path) -> None:
    """Restore only the database of a back-up, where there is none. Raises ClickException."""
    url = make_url(settings.effective_database_url)
    if url.get_backend_name() == "sqlite":
        target = Path(url.database or "")
        if target.exists():
            raise click.ClickException(f"{target} is there: move it away first, nothing is overwritten")
        if not (source / SQLITE_COPY).is_file():
            raise click.ClickException(f"{source} holds no SQLite database")
        shutil.copyfile(source / SQLITE_COPY, target)
        return
    if not (source / POSTGRES_COPY).is_file():
        raise click.ClickException(f"{source} holds no PostgreSQL database")
    address = settings.effective_database_url
    _run(bring_command(address, source / POSTGRES_COPY), address)


def dump_command(url: str, into: Path) -> list[str]:
    """Return the call of pg_dump: a copy of one consistent moment, also during writes."""
    return ["pg_dump", "--format=custom", f"--file={into}", f"--dbname={_address(url)}"]


def bring_command(url: str, source: Path) -> list[str]:
    """Return the call of pg_restore into an empty database: all of it or nothing."""
    address = f"--dbname={_address(url)}"
    return ["pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", address, str(source)]


def _address(url: str) -> str:
    """Return the address without its password, which every user of the machine could read in a list of processes."""
    return make_url(url)._replace(drivername="postgresql", password=None).render_as_string()


def _run(command: list[str], url: str) -> None:
    password = make_url(url).password
    env = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TOOL_LIMIT_S, check=False, env=env)
    except FileNotFoundError:
        raise click.ClickException(f"{command[0]} is not installed: the package is postgresql-client") from None
    if done.returncode:
        raise click.ClickException(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
