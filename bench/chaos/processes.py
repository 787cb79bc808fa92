"""``loa chaos``: kill -9 of any process at random moments while bulletins are made and played."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from bench.chaos import grey as grey_faults
from bench.chaos.kills import Killer
from bench.demo import world as demo_world
from bench.demo.run import DemoError, await_true, heard_by_truth, wall_time
from cms import bootstrap
from cms.platform.cli import embedded
from cms.platform.cli.api_client import ApiClient, ApiError
from cms.platform.cli.supervisor import Supervisor
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.settings import Settings
from province.machine_clock import utc_now
from province.people import Role

VICTIMS = ("web", "urgent_web", "background_web", "front", "signer", "gateway", "scheduler", "worker", "broker")
SLOT = timedelta(seconds=10)


@dataclass
class StartTimes:
    """Start times, one a bulletin, each at least ``lead`` away when it is given out."""

    lead: timedelta
    last: datetime = datetime(2000, 1, 1, tzinfo=UTC)

    def take(self) -> datetime:
        earliest = (utc_now() + self.lead + timedelta(seconds=1)).replace(microsecond=0)
        self.last = max(earliest, self.last + SLOT)
        return self.last


@click.command()
@click.option("--bulletins", default=50, show_default=True)
@click.option("--devices", default=20, show_default=True)
@click.option("--kills", default=20, show_default=True, help=f"Of each of {', '.join(VICTIMS)}")
@click.option("--lead-s", default=75, show_default=True, help="From approval to air; holds several restarts of all")
@click.option("--seed", default=None, type=int, help="Of the random moments; printed, so that a run can be repeated")
@click.option("--home", default=None, type=click.Path(path_type=Path), help="Kept afterwards; default: a temporary one")
@click.option("--grey", is_flag=True, help="Grey faults instead of kills: an alert in each, see docs/adr/0064")
@click.option("--only", default="", help="With --grey: cells whose PROGRAM:FAULT contains one of these, with commas")
def chaos(
    *, bulletins: int, devices: int, kills: int, lead_s: int, seed: int | None, home: Path | None, grey: bool, only: str
) -> None:
    """Check that every device plays every bulletin exactly once, while processes are killed."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    if grey:
        click.echo(f"seed {seed}: {devices} devices")
        with tempfile.TemporaryDirectory(prefix="loa-chaos-") as spare:
            sys.exit(0 if grey_faults.grey(devices, random.Random(seed), home or Path(spare), only) else 1)  # noqa: S311
    click.echo(f"seed {seed}: {bulletins} bulletins, {devices} devices, {kills} kills of each of {', '.join(VICTIMS)}")
    with tempfile.TemporaryDirectory(prefix="loa-chaos-") as spare:
        settings = demo_world.any_ports(Settings(home=home or Path(spare)))
        bootstrap.prepare(settings)
        dice = random.Random(seed)  # noqa: S311 - moments, not secrets
        ok = _run(settings, bulletins, devices, kills, slots=StartTimes(timedelta(seconds=lead_s)), dice=dice)
    sys.exit(0 if ok else 1)


def _run(
    settings: Settings, bulletins: int, devices: int, kills: int, *, slots: StartTimes, dice: random.Random
) -> bool:
    context = bootstrap.build(settings)
    world = demo_world.furnish(context, clusters_per_area=devices // 2, areas=2, audio=0, say=click.echo)
    world = demo_world.with_quick_reconnect(world)
    programs = [*embedded.programs(settings, APP_DIR), demo_world.fleet_program(settings, world)]
    supervisor = Supervisor(programs, settings.log_dir, report=lambda _: None)
    supervisor.start()
    loop = threading.Thread(target=supervisor.run, name="supervisor")
    loop.start()
    over = threading.Event()
    killer = Killer(supervisor, VICTIMS, kills, dice, over)
    killing = threading.Thread(target=killer.run, name="killer")
    try:
        killing.start()
        published = [publish(context, world, slots, number) for number in range(bulletins)]
        due_s = max(0.0, (slots.last - utc_now()).total_seconds())
        click.echo(f"{len(published)} bulletins approved; the last is due in {due_s:.0f} s")
        killing.join()
        records = await_records(context, world, published, slots.last)
    finally:
        over.set()
        killing.join()
        supervisor.stop()
        loop.join()
    killer.print_table()
    return report(context, world, published, records)


def publish(context: Context, world: demo_world.World, slots: StartTimes, number: int) -> dict[str, Any]:
    """Publish one bulletin through the API. The state is read before a step is repeated, as a person would."""
    url = context.settings.effective_public_url
    editor = ApiClient(url, world.token_of(Role.PROVINCE_EDITOR), patience_s=90)
    approver = ApiClient(url, world.token_of(Role.APPROVER), patience_s=90)
    draft = {
        "title": f"Bản tin số {number + 1}",
        "text": f"Đây là bản tin số {number + 1}.",
        "topic": "other",
        "priority": "normal",
        "language": "vi",
        "targets": {"areas": list(world.areas)},
    }
    path = f"/bulletins/{editor.post('/bulletins', draft).body['id']}"
    await_true(lambda: bool(editor.get(path).body["sound"]["state"] == "ready"), 180, f"sound of bulletin {number + 1}")
    start = wall_time(slots.take())

    def step(wanted: str, act: Callable[[str], object]) -> None:
        while editor.get(path).body["status"] not in _AT_OR_AFTER[wanted]:
            try:
                act(editor.get(path).etag)
            except ApiError as error:
                # The answer to an earlier try was lost: the state we see next tells whether it had worked.
                if error.status not in {409, 412}:
                    raise

    while not editor.get(path).body["schedules"]:
        try:
            editor.patch(path, {"schedules": [{"starts": start}]}, etag=editor.get(path).etag)
        except ApiError as error:
            if error.status not in {409, 412}:
                raise
    step("submitted", lambda etag: editor.post(f"{path}/submit", etag=etag))
    step("approved", lambda etag: approver.post(f"{path}/approve", etag=etag))
    found: dict[str, Any] = editor.get(path).body
    return found


_AT_OR_AFTER = {
    "submitted": {"submitted", "approved", "scheduled", "played"},
    "approved": {"approved", "scheduled", "played"},
}


def await_records(
    context: Context, world: demo_world.World, published: list[dict[str, Any]], last: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Return the server's records by bulletin: all, or those there two minutes after the last item, with a remark."""
    auditor = ApiClient(context.settings.effective_public_url, world.token_of(Role.AUDITOR), patience_s=60)
    limit_s = max(0.0, (last - utc_now()).total_seconds()) + 120

    records: dict[str, list[dict[str, Any]]] = {}

    def complete() -> bool:
        if utc_now() < last:
            return False
        for bulletin in published:
            if len(records.get(bulletin["id"], ())) < len(world.devices):
                records[bulletin["id"]] = auditor.all(f"/bulletins/{bulletin['id']}/as-runs")
        return all(len(found) >= len(world.devices) for found in records.values())

    try:
        await_true(complete, limit_s, "all records")
    except DemoError as error:
        click.echo(f"{error}")
    return records


def report(
    context: Context,
    world: demo_world.World,
    published: list[dict[str, Any]],
    records: dict[str, list[dict[str, Any]]],
) -> bool:
    """Print how often each (bulletin, device) was played and recorded."""
    out = context.settings.root / "fleet" / "out"
    heard: Counter[int] = Counter()
    recorded: Counter[int] = Counter()
    for bulletin in published:
        counted = Counter(row["device_id"] for row in records[bulletin["id"]] if row["result"] == "done")
        sha256 = next(r["sha256"] for r in bulletin["sound"]["renditions"] if r["kind"] == "device-opus")
        airings = heard_by_truth(out, sha256)
        for device in world.devices:
            heard[len(airings.get(device.id, []))] += 1
            recorded[counted[device.id]] += 1
    pairs = len(published) * len(world.devices)
    click.echo(f"{'of ' + str(pairs) + ' airings':<22}{'once':>7}{'never':>7}{'more':>7}")
    for label, counts in (("heard (devices' truth)", heard), ("recorded (server)", recorded)):
        more = sum(number for times, number in counts.items() if times > 1)
        click.echo(f"{label:<22}{counts[1]:>7}{counts[0]:>7}{more:>7}")
    ok = heard == recorded == Counter({1: pairs})
    click.echo(json.dumps({"ok": ok, "bulletins": len(published), "devices": len(world.devices)}))
    return ok
