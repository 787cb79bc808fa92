"""``loa update``: hands a running ``loa up`` over to the version in another folder, and back in the same way."""

import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import Final

import click

from cms.platform import readiness
from cms.platform.cli import rolling_restart
from cms.platform.cli.supervisor import AlreadyRunningError, HomeLock, Supervisor
from cms.platform.process.atomic_file import write_whole
from cms.platform.process.clock import steady_clock
from cms.platform.settings import Settings

_LONGEST_S: Final = 1800.0


def begin(settings: Settings, supervisor: Supervisor) -> None:
    """Begin the hand-over that ``loa update`` has asked for; called by the supervisor's process on SIGHUP."""
    wanted = _wanted(settings)
    if not wanted.exists():  # its terminal was closed
        supervisor.stop()
        return
    loa = Path(wanted.read_text())
    wanted.unlink()
    supervisor.roll(rolling_restart.restart(supervisor, loa, partial(write_whole, _result(settings))))


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def update(folder: Path) -> None:
    """Hand the running set (``loa up``) over to the version in FOLDER, with alerts going on; older ones too."""
    settings, loa = Settings(), folder.absolute() / ".venv" / "bin" / "loa"
    try:
        with HomeLock(settings.run_dir / "up.lock"):
            raise click.ClickException("loa up does not run here: start the new version in its place")
    except AlreadyRunningError as error:
        supervisor = int(str(error))
    if readiness.of_backup(settings, steady_clock(settings)()):
        raise click.ClickException("the continuous back-up is behind: see LOA_BACKUP_FOLDER first")
    prepared = subprocess.run([str(loa), "init"], capture_output=True, text=True, check=False)
    if prepared.returncode:
        raise click.ClickException(f"{loa} init failed, nothing was changed: {prepared.stderr.strip()[-500:]}")
    _result(settings).unlink(missing_ok=True)
    write_whole(_wanted(settings), str(loa))
    os.kill(supervisor, signal.SIGHUP)
    deadline_s = time.monotonic() + _LONGEST_S
    while not _result(settings).exists() and time.monotonic() < deadline_s:
        time.sleep(0.2)
    if problem := _result(settings).read_text():
        raise click.ClickException(f"{problem}. Run loa update with the folder of the old version")
    click.echo(f"all programs run from {folder}; start loa up from there at the next boot")


def _wanted(settings: Settings) -> Path:
    return settings.run_dir / "update.wanted"


def _result(settings: Settings) -> Path:
    return settings.run_dir / "update.result"
