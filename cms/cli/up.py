"""``loa up`` and what it runs, and ``loa init``, which makes what they need."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import click

from cms import bootstrap
from cms.cli import embedded
from cms.cli.opening import wired
from cms.cli.supervisor import AlreadyRunningError, HomeLock, Supervisor
from cms.settings import Settings
from cms.store.engine import THREADED_CACHE_KIB
from media.errors import BrokenVoiceError, VoiceChoiceError

APP_DIR = Path(__file__).resolve().parents[2]


@click.command()
def init() -> None:
    """Make what LOA_HOME needs: folders, keys, database. Harmless when repeated."""
    settings = Settings()
    bootstrap.prepare(settings)
    click.echo(f"ready: {settings.root}")


@click.command()
def gateway() -> None:
    """Run the gateway alone (``loa up`` runs it for you)."""
    context = wired(Settings(), cache_kib=THREADED_CACHE_KIB)
    sys.exit(bootstrap.run_gateway(context))


@click.command()
def steward() -> None:
    """Run the steward alone (``loa up`` runs it for you)."""
    context = wired(Settings(), cache_kib=THREADED_CACHE_KIB)
    sys.exit(bootstrap.run_steward(context))


@click.command()
def up() -> None:
    """Run broker, queue, web, gateway, steward and worker until Ctrl-C or SIGTERM."""
    settings = Settings()
    try:
        # Before anything runs: a voice that does not speak is found here, not by the first alert.
        bootstrap.voices_of(settings).refuse_mute()
    except (VoiceChoiceError, BrokenVoiceError) as error:
        raise click.ClickException(str(error)) from error
    bootstrap.prepare(settings)
    try:
        with HomeLock(settings.run_dir / "up.lock"):
            supervisor = Supervisor(embedded.programs(settings, APP_DIR), settings.log_dir, report=click.echo)
            stop_on_signals(supervisor)
            supervisor.start()
            click.echo(f"Loa is up: {settings.effective_public_url} (logs in {settings.log_dir})")
            supervisor.run()
    except AlreadyRunningError as error:
        raise click.ClickException(
            f"Loa already runs on {settings.root} (process {error}); stop it or set LOA_HOME"
        ) from None
    except (embedded.MissingProgramError, TimeoutError) as error:
        raise click.ClickException(str(error)) from None


def stop_on_signals(supervisor: Supervisor) -> None:
    """Ctrl-C and SIGTERM end the supervisor's loop; from the main thread only."""
    assert threading.current_thread() is threading.main_thread()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: supervisor.stop())
