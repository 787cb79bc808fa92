"""``loa demo``: one bulletin on real parts, from a typed text to the sound of the loudspeakers."""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bench.demo import central as demo_central
from bench.demo import practice as demo_practice
from bench.demo import relay as demo_relay
from bench.demo import run as demo_run
from bench.demo import scenario as demo_scenario
from bench.demo import station as demo_station
from bench.demo import world as demo_world
from cms import bootstrap
from cms.platform.cli import embedded, startup
from cms.platform.cli.supervisor import AlreadyRunningError, HomeLock, Supervisor
from cms.platform.cli.up import APP_DIR, stop_on_signals
from cms.platform.process import heartbeats
from cms.platform.settings import Settings
from cms.platform.web import wording


@click.command()
@click.option("--once", is_flag=True, help="Do the job, check what was heard, print one JSON line, exit.")
@click.option("--scenario", default="", help="What befalls the fleet: lesson, or a YAML file (docs/simulator.md).")
@click.option("--practice", is_flag=True, help="A training world: marked on every page, with exercises for staff.")
def demo(*, once: bool, scenario: str, practice: bool) -> None:
    """Run Loa with a simulated fleet and send one bulletin the whole way."""
    began_s = time.monotonic()
    if once and scenario:
        raise click.UsageError("--once promises that all is heard: it takes no --scenario")
    if scenario:
        demo_scenario.tell(scenario, say=click.echo)
    settings = demo_relay.found_here(demo_central.linked(demo_world.choose_ports(Settings())))
    settings = settings.model_copy(update={"practice": settings.practice or practice})
    startup.prepare(settings)
    try:
        with HomeLock(settings.run_dir / "up.lock"):
            result = _run(settings, once=once, scenario=scenario, began_s=began_s)
    except AlreadyRunningError as error:
        raise click.ClickException(f"Loa already runs on {settings.root} (process {error})") from None
    except (embedded.MissingProgramError, TimeoutError, demo_run.DemoError) as error:
        click.echo(f"demo failed: {error}", err=True)
        click.echo(json.dumps({"ok": False, "error": str(error), "seconds_total": _since(began_s)}))
        sys.exit(1)
    if once:
        click.echo(json.dumps(result))
        sys.exit(0 if result["ok"] else 1)


def _run(settings: Settings, *, once: bool, scenario: str, began_s: float) -> dict[str, object]:
    context = bootstrap.build(settings)
    world = demo_scenario.befalling(demo_world.furnish(context, others=True, say=click.echo), scenario)
    sent = demo_central.furnish(context, world)
    demo_station.furnish(context, world)
    relayed = [] if once else [demo_relay.furnish(context, world)]
    own = embedded.programs(settings, APP_DIR)
    # The central system first: the scheduler polls it as soon as it runs.
    programs = [demo_central.program(settings), *relayed, *own, demo_world.fleet_program(settings, world)]
    supervisor = Supervisor(programs, settings.log_dir, report=click.echo, heartbeats=heartbeats.socket_of(settings))
    stop_on_signals(supervisor)
    supervisor.start()
    loop = threading.Thread(target=supervisor.run, name="supervisor")
    loop.start()
    try:
        result = demo_run.send_one_bulletin(context, world, beside=_FromAbove(settings, world, sent), say=click.echo)
        result["station"] = demo_station.taken(settings, world, str(result["bulletin"]))
        result["central"] = demo_central.told(settings, world, sent)
        result["seconds_total"] = _since(began_s)
        if not once:
            demo_relay.air(settings, world, say=click.echo)
            if settings.is_practice:
                demo_practice.furnish(settings, world, now=context.now(), say=click.echo)
            _tell(settings, world, result)
            # Event-driven wait: the signal handler ends the supervisor's loop, and with it this thread.
            while loop.is_alive():
                loop.join(1)
        return result
    finally:
        supervisor.stop()
        loop.join()


@dataclass
class _FromAbove:
    """Central system's bulletin, on its way beside the demo's own."""

    settings: Settings
    world: demo_world.World
    sent: demo_central.SentBulletin
    bulletin: dict[str, Any] = field(default_factory=dict)

    def get_ready(self) -> None:
        self.bulletin = demo_central.approved(self.settings.effective_public_url, self.world, self.sent)

    def place(self, before_at: datetime) -> None:
        url = self.settings.effective_public_url
        demo_central.place(url, self.world, self.sent, self.bulletin, before_at=before_at, say=click.echo)


def _tell(settings: Settings, world: demo_world.World, result: dict[str, object]) -> None:
    click.echo(json.dumps(result))
    click.echo("")
    click.echo(f"The console: {settings.effective_public_url}")
    for person in world.people:
        click.echo(f"  {person.name:<28} {person.login:<14} {person.password}   ({wording.ROLE[person.role]})")
        if person.totp_secret:
            click.echo(f"    code: loa users code {person.login}   (or an authenticator with {person.totp_secret})")
    click.echo(
        f"Speak live, or record first and release: {settings.effective_public_url}/live   (truyen-thanh, truc-ban)"
    )
    click.echo(f"What citizens read and hear: {settings.effective_public_url}/cong-khai/")
    click.echo(f"What the loudspeakers sounded: {_shown(settings.root / 'fleet' / 'out')}")
    click.echo(f"What a district station took to air: {_shown(settings.root / 'station')}")
    click.echo(f"What the simulated central system was told: {settings.central_url}/da-nhan")
    click.echo("Ctrl-C stops everything.")


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _since(began_s: float) -> float:
    return round(time.monotonic() - began_s, 1)
