"""``loa up`` and its programs, and ``loa init``, which makes the home that they need."""

import logging
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from cms import bootstrap
from cms.platform.cli import embedded, startup, update
from cms.platform.cli.command_context import wired
from cms.platform.cli.front import configuration
from cms.platform.cli.supervisor import AlreadyRunningError, HomeLock, Program, Supervisor
from cms.platform.process import heartbeats, program_reports
from cms.platform.process.private_memory import keep_memory_private
from cms.platform.settings import Settings
from cms.platform.store.engine import THREADED_CACHE_KIB, file_of
from devices.enrolment import fingerprint
from media.errors import BrokenVoiceError, VoiceChoiceError

log = logging.getLogger(__name__)

APP_DIR = Path(__file__).resolve().parents[3]


@click.command()
def init() -> None:
    """Prepare LOA_HOME: folders, keys, database. Harmless when repeated."""
    settings = Settings()
    startup.prepare(settings)
    configuration.write_config(settings)
    click.echo(f"ready: {settings.root}")


@click.command()
def gateway() -> None:
    """Run the gateway alone (``loa up`` runs it for you)."""
    settings = Settings()
    with startup.refusals():
        startup.raise_known_limit(settings, log.warning)
        context = wired(settings, cache_kib=THREADED_CACHE_KIB)
        context.keyring.issuer()  # found now, and not by the first device that asks for a certificate
    sys.exit(bootstrap.run_gateway(context))


@click.command()
def scheduler() -> None:
    """Run the scheduler alone (``loa up`` runs it for you)."""
    context = wired(Settings(), cache_kib=THREADED_CACHE_KIB)
    sys.exit(bootstrap.run_scheduler(context))


@click.command()
def brokers() -> None:
    """Run broker and enrolment listener alone, until Ctrl-C or SIGTERM (``loa up`` runs them for you)."""
    settings = Settings()
    startup.prepare_brokers(settings, click.echo)
    _keep_running(settings, "brokers.lock", lambda: embedded.broker_programs(settings), "The brokers are up")


@click.command()
def certificates() -> None:
    """Make certificates that are missing or about to expire, before a program that may not read the authority's key."""
    keep_memory_private()
    settings = Settings()
    with startup.refusals():
        startup.prepare_keys(settings)


@click.command()
@click.argument("name", type=click.Choice(embedded.UNITS))
def run(name: str) -> None:
    """Become one program of the set, for a unit of its own (`loa brokers` runs the two brokers)."""
    settings = Settings()
    if name != "signer":  # it may have a user of its own, who reads neither home nor database
        startup.prepare_when_there(settings, log.warning)
    try:
        program = embedded.alone(settings, name, APP_DIR)
    except embedded.MissingProgramError as error:
        raise click.ClickException(str(error)) from None
    log.info("%s: %s", name, shlex.join(program.argv))
    os.chdir(APP_DIR)  # Python looks for modules there first, and it may be another version's
    os.execvpe(program.argv[0], list(program.argv), {**os.environ, **program.env})  # noqa: S606 - a list made here


def _roles(_context: click.Context, _option: click.Parameter, given: str) -> Sequence[str]:
    roles = given.split(",")
    if unknown := sorted(set(roles) - set(embedded.ROLES)):
        raise click.BadParameter(f"{', '.join(unknown)}: choose from {', '.join(embedded.ROLES)}")
    return roles


@click.command()
@click.option(
    "--role",
    "roles",
    default=",".join(embedded.ROLES),
    show_default=True,
    callback=_roles,
    help="Parts of the set that run on this host",
)
def up(roles: Sequence[str]) -> None:
    """Run broker, queue, web and its front, signer, gateway, scheduler and worker until Ctrl-C or SIGTERM."""
    settings = Settings()
    try:
        # Before anything runs: a voice that does not speak is found here, not by the first alert.
        bootstrap.voices_of(settings).refuse_mute()
    except (VoiceChoiceError, BrokenVoiceError) as error:
        raise click.ClickException(str(error)) from error
    startup.prepare_when_there(settings, click.echo)
    is_up = f"Loa is up: {settings.effective_public_url}"
    if settings.has_own_certificate:
        authority = settings.keys_dir / "ca.pem"
        is_up += f"\nits certificate is of the authority {authority}, SHA-256 {fingerprint(authority.read_bytes())}\n"
    _keep_running(settings, "up.lock", lambda: embedded.programs(settings, APP_DIR, roles), is_up)


def _keep_running(settings: Settings, lock: str, programs: Callable[[], Sequence[Program]], is_up: str) -> None:
    """Run the programs until a signal. ``programs`` is called once no other supervisor holds the lock."""
    try:
        with HomeLock(settings.run_dir / lock):
            chosen = programs()
            for each in chosen:
                log.info("%s: %s", each.name, shlex.join(each.argv))
            # ``loa brokers`` may run beside ``loa up`` and takes no heartbeats.
            beating = any(each.liveness is not None and each.liveness.sends_heartbeats for each in chosen)
            inbox = heartbeats.socket_of(settings) if beating else None
            supervisor = Supervisor(
                chosen,
                settings.log_dir,
                report=click.echo,
                heartbeats=inbox,
                reports=program_reports.path_of(settings) if inbox else None,
                # A transaction may wait for content on another machine.
                database=file_of(settings.effective_database_url) if inbox and not settings.s3_endpoint else None,
            )
            stop_on_signals(supervisor)
            signal.signal(signal.SIGHUP, lambda *_: update.begin(settings, supervisor))
            supervisor.start()
            if not supervisor.is_stopping:
                click.echo(f"{is_up} (logs in {settings.log_dir})")
            supervisor.run()
    except AlreadyRunningError as error:
        raise click.ClickException(
            f"Loa already runs on {settings.root} (process {error}); stop it or set LOA_HOME"
        ) from None
    except (embedded.MissingProgramError, TimeoutError) as error:
        raise click.ClickException(str(error)) from None


def stop_on_signals(supervisor: Supervisor) -> None:
    """Have Ctrl-C and SIGTERM end the supervisor's loop; from the main thread only."""
    assert threading.current_thread() is threading.main_thread()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: supervisor.stop())
