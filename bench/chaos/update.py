"""``loa chaos-update``: a running set goes to the next version and back while bulletins are aired and alerts sound."""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import click
from alembic.script import ScriptDirectory

from bench.chaos.alert_stage import approve_alert, await_true, holds, pause
from bench.chaos.processes import StartTimes, await_records, publish, report
from bench.demo import world as demo_world
from bench.demo.run import truth_in
from broadcast.alerts.orders import Order, OrderEnd
from cms import bootstrap, migrations
from cms.alerts.service import orders
from cms.platform.cli import embedded, rolling_restart
from cms.platform.cli.supervisor import Supervisor
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.gateway import outbox_notifier
from cms.platform.settings import Settings
from province.machine_clock import unix_ms

PACKAGES: Final = ("broadcast", "cms", "devices", "firmware_sim", "media", "province")
HEARD_WITHIN_S: Final = 60.0
_NEXT: Final = '''"""A column that the version before does not know."""

from alembic import op

revision = "9999"
down_revision = {head!r}


def upgrade() -> None:
    op.execute("CREATE TABLE of_the_next_version (id INTEGER PRIMARY KEY)")
'''


@dataclass(frozen=True)
class UpdateCourse:
    """Number of updates and bulletins, and the dice of their moments."""

    updates: int
    bulletins: int
    dice: random.Random


@dataclass
class UpdateTally:
    """Hand-overs and alerts. ``away_s``: from an approval to the siren on the last device."""

    problems: list[str] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)
    quiet_s: list[float] = field(default_factory=list)
    away_s: list[float] = field(default_factory=list)
    heard: Counter[int] = field(default_factory=Counter)


def version(folder: Path, *, is_next: bool) -> Path:
    """Copy this code as an installation of its own; return its ``loa`` command. The next one has a migration more."""
    for name in PACKAGES:
        shutil.copytree(APP_DIR / name, folder / name, symlinks=True)
    shutil.copy2(APP_DIR / "app.py", folder)
    if is_next:
        head = ScriptDirectory.from_config(migrations.alembic_config()).get_current_head()
        (folder / "cms" / "migrations" / "versions" / "9999_next.py").write_text(_NEXT.format(head=head))
    loa = folder / ".venv" / "bin" / "loa"
    loa.parent.mkdir(parents=True)
    loa.write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {sys.executable} -P -m cms.platform.cli "$@"\n')
    loa.chmod(0o755)
    return loa


@click.command("chaos-update")
@click.option("--updates", default=100, show_default=True, help="To the next version and back, in turn")
@click.option("--bulletins", default=50, show_default=True)
@click.option("--devices", default=20, show_default=True)
@click.option("--lead-s", default=75, show_default=True, help="From approval to air")
@click.option("--seed", default=None, type=int, help="Of the random moments; printed, so that a run can be repeated")
def chaos_update(*, updates: int, bulletins: int, devices: int, lead_s: int, seed: int | None) -> None:
    """Check that every bulletin and alert sounds once on every device while the set is updated again and again."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    click.echo(f"seed {seed}: {updates} updates, {bulletins} bulletins, {devices} devices")
    with tempfile.TemporaryDirectory(prefix="loa-update-") as spare:
        folder = Path(spare)
        settings = demo_world.any_ports(Settings(home=folder / "home", alert_tone_ms=1_500))
        bootstrap.prepare(settings)
        versions = (version(folder / "next", is_next=True), version(folder / "this", is_next=False))
        course = UpdateCourse(updates, bulletins, random.Random(seed))  # noqa: S311 - moments, not secrets
        slots = StartTimes(timedelta(seconds=lead_s))
        is_good = _run(settings, versions, devices=devices, slots=slots, course=course)
    sys.exit(0 if is_good else 1)


def _run(
    settings: Settings, versions: Sequence[Path], *, devices: int, slots: StartTimes, course: UpdateCourse
) -> bool:
    context = bootstrap.build(settings)
    context.uow.hooks.append(outbox_notifier.ring_after_commit(outbox_notifier.path_of(settings)))
    world = demo_world.furnish(context, clusters_per_area=devices // 2, areas=2, audio=0, say=click.echo)
    world = demo_world.with_quick_reconnect(world)
    programs = [*embedded.programs(settings, APP_DIR), demo_world.fleet_program(settings, world)]
    supervisor = Supervisor(programs, settings.log_dir, report=lambda _: None)
    supervisor.start()
    loop = threading.Thread(target=supervisor.run, name="supervisor")
    loop.start()
    tally = UpdateTally()
    alarm = partial(_alarm, context, world, tally)
    updater = threading.Thread(target=_update, args=(supervisor, versions, course, alarm, tally))
    try:
        for _ in range(3):
            tally.quiet_s.append(alarm())
        updater.start()
        published = [publish(context, world, slots, number) for number in range(course.bulletins)]
        updater.join()
        records = await_records(context, world, published, slots.last)
    finally:
        supervisor.stop()
        loop.join()
    are_played = report(context, world, published, records)
    ranked = sorted(tally.away_s)
    found = {
        "ok": are_played and not tally.problems and set(tally.heard) <= {1},
        "updates": len(tally.took_s),
        "update_median_s": round(sorted(tally.took_s)[len(tally.took_s) // 2], 1),
        "alert_quiet_worst_s": round(max(tally.quiet_s), 2),
        "alert_median_s": round(ranked[len(ranked) // 2], 2),
        "alert_worst_s": round(ranked[-1], 2),
        "alerts_heard_by_times": tally.heard,
        "problems": tally.problems,
    }
    click.echo(json.dumps(found))
    return bool(found["ok"])


def _update(
    supervisor: Supervisor,
    versions: Sequence[Path],
    course: UpdateCourse,
    alarm: Callable[[], float],
    tally: UpdateTally,
) -> None:
    """Update again and again; at a random moment around each change of the gateway an alert is approved."""
    for number in range(course.updates):
        began_s = time.monotonic()
        said: list[str] = []
        gateway = supervisor.pid("gateway")
        supervisor.roll(rolling_restart.restart(supervisor, versions[number % 2], said.append))
        holds(lambda: bool(said) or supervisor.pid("gateway") != gateway, 180)  # noqa: B023 - awaited here
        pause(course.dice.uniform(0, 1.0))
        tally.away_s.append(alarm())
        await_true(lambda: bool(said), 600, "the end of the update")  # noqa: B023
        tally.problems += filter(None, said)
        tally.took_s.append(time.monotonic() - began_s)
        click.echo(f"update {number + 1}: {tally.took_s[-1]:.1f} s, alert {tally.away_s[-1]:.2f} s {''.join(said)}")


def _alarm(context: Context, world: demo_world.World, tally: UpdateTally) -> float:
    """Approve an alert; return the seconds to the siren on the last device, and count how often each sounded it."""
    began_ms = unix_ms()
    order = approve_alert(context, world.areas[0])
    out = context.settings.root / "fleet" / "out"
    meant = {device.id for device in world.devices if device.area_id == world.areas[0]}
    holds(lambda: {name for name, _, result in _soundings(out, order) if result == "done"} >= meant, HEARD_WITHIN_S)
    with context.uow() as unit:
        orders.end_order(unit, order.id, context.now(), OrderEnd.CANCELLED)
        unit.commit()
    found = _soundings(out, order)
    whole = Counter(name for name, _, result in found if result == "done")
    tally.heard.update(whole[device_id] for device_id in meant)
    return (max((started_ms for _, started_ms, _ in found), default=began_ms + 60_000) - began_ms) / 1000


def _soundings(out: Path, order: Order) -> list[tuple[str, int, str]]:
    return [
        (path.parent.name, line["started_at_ms"], line["result"])
        for path in out.glob("*/truth.jsonl")
        for line in truth_in(path)
        if line.get("item") == order.id
    ]
