"""``loa bench idle``: share of a core that the embedded set takes while nobody asks anything of it, by program."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from bench.speed.field import alone, cpu_ms, free_port
from bench.speed.rows import Row, print_rows
from cms import bootstrap
from cms.platform.cli import embedded
from cms.platform.cli.supervisor import Supervisor
from cms.platform.cli.up import APP_DIR
from cms.platform.process import heartbeats
from cms.platform.settings import Settings

SETTLE_S: Final = 20.0
"""Loops make their first turns, and load what they need, within this."""


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="How long to measure.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def idle(seconds: float, *, as_json: bool) -> None:
    """Measure the processor time of an idle server, in per cent of one core."""
    with alone() as root:
        settings = Settings(home=root, mqtt_port=free_port(), web_port=free_port(), enrol_port=free_port())
        print_rows(_rows(settings, seconds), as_json=as_json)


def _rows(settings: Settings, seconds: float) -> Iterator[Row]:
    bootstrap.prepare(settings)
    programs = embedded.programs(settings, APP_DIR)
    supervisor = Supervisor(programs, settings.log_dir, heartbeats=heartbeats.socket_of(settings))
    supervisor.start()
    watching = threading.Thread(target=supervisor.run)
    watching.start()
    try:
        threading.Event().wait(SETTLE_S)
        leaders = {each.name: pid for each in programs if (pid := supervisor.pid(each.name)) is not None}
        before = {name: group_cpu_ms(pid) for name, pid in leaders.items()}
        own_before_ms, began_s = time.process_time() * 1000, time.monotonic()
        threading.Event().wait(seconds)
        spent = {name: group_cpu_ms(pid) - before[name] for name, pid in leaders.items()}
        spent["supervisor"] = time.process_time() * 1000 - own_before_ms
        lasted_ms = (time.monotonic() - began_s) * 1000
    finally:
        supervisor.stop()
        watching.join()
    for name, ms in spent.items():
        yield Row(f"{name}_core_pct", 1, round(100 * ms / lasted_ms, 2), "%")
    yield Row("set_core_pct", len(spent), round(100 * sum(spent.values()) / lasted_ms, 2), "%")


def group_cpu_ms(leader: int) -> float:
    """Return the processor time of the processes of a group so far, in ms."""
    found = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            found += cpu_ms(int(stat.parent.name)) if int(fields[2]) == leader else 0.0
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
    return found
