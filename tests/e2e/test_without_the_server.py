"""Whole set with a simulated fleet, after everything but the fleet has died."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

from bench.demo import world as demo_world
from bench.demo.run import await_true, heard_by_truth, lead_since, publish
from cms import bootstrap
from cms.platform.cli import embedded
from cms.platform.cli.api_client import ApiClient
from cms.platform.cli.supervisor import Program, Supervisor
from cms.platform.cli.up import APP_DIR
from cms.platform.settings import Settings
from province.people import Role
from province.wall_clock import DEFAULT_ZONE
from tests.ports import free_port

LEAD_LEAST = timedelta(seconds=12)
ROUNDING_MS = 1


@contextmanager
def supervised(programs: list[Program], logs: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(programs, logs)
    supervisor.start()
    loop = threading.Thread(target=supervisor.run)
    loop.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
        loop.join()


def in_a_moment(lead: timedelta) -> datetime:
    return (datetime.now(UTC) + lead).replace(microsecond=0)


def test_what_is_ready_plays_without_broker_web_and_gateway_and_is_recorded_once(tmp_path: Path) -> None:
    began_s = monotonic()
    settings = Settings(home=tmp_path / "loa", web_port=free_port(), mqtt_port=free_port(), enrol_port=free_port())
    bootstrap.prepare(settings)
    context = bootstrap.build(settings)
    world = demo_world.furnish(context, clusters_per_area=2, areas=1, audio=1, say=lambda _: None)
    world = demo_world.with_quick_reconnect(world)
    fleet = demo_world.fleet_program(settings, world)
    editor = ApiClient(settings.effective_public_url, world.token_of(Role.PROVINCE_EDITOR))
    approver = ApiClient(settings.effective_public_url, world.token_of(Role.APPROVER))
    out = settings.root / "fleet" / "out"
    wanted = {device.id for device in world.devices}

    with supervised(list(embedded.programs(settings, APP_DIR)), settings.log_dir) as server:
        devices = Supervisor([fleet], settings.log_dir)
        devices.start()
        watching = threading.Thread(target=devices.run)
        watching.start()
        try:
            lead = lead_since(began_s, LEAD_LEAST)
            text = "Loa tự phát khi mất máy chủ."
            bulletin = publish(editor, approver, world, title="Thử", text=text, start_at=lambda: in_a_moment(lead))
            wall = datetime.fromisoformat(bulletin["schedules"][0]["starts"])
            starts_at_ms = round(wall.replace(tzinfo=ZoneInfo(DEFAULT_ZONE)).timestamp() * 1000)
            path = f"/bulletins/{bulletin['id']}"
            await_true(
                lambda: {r["device_id"] for r in editor.all(f"{path}/deliveries") if r["state"] == "ready"} >= wanted,
                lead.total_seconds(),
                "ready",
            )
            for name in ("broker", "web", "gateway"):
                pid = server.pid(name)
                assert pid is not None
                os.kill(pid, signal.SIGKILL)
            server.stop()

            sha256 = next(r["sha256"] for r in bulletin["sound"]["renditions"] if r["kind"] == "device-opus")
            within_s = lead.total_seconds() + 60
            await_true(lambda: all(heard_by_truth(out, sha256).get(d) for d in wanted), within_s, "heard all the same")
            for airings in heard_by_truth(out, sha256).values():
                assert len(airings) == 1
                assert airings[0].planned_at_ms == starts_at_ms
                assert airings[0].started_at_ms >= starts_at_ms - ROUNDING_MS

            with supervised(list(embedded.programs(settings, APP_DIR)), settings.log_dir):
                await_true(lambda: len(editor.all(f"{path}/as-runs")) >= len(wanted), 60, "records afterwards")
                records = Counter((r["device_id"], r["result"]) for r in editor.all(f"{path}/as-runs"))
                assert records == {(device_id, "done"): 1 for device_id in wanted}
                await_true(lambda: editor.get(path).body["status"] == "played", 30, "played")
        finally:
            devices.stop()
            watching.join()
            context.engine.dispose()
