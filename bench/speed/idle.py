"""``loa bench idle``: processor time of a set that has nothing to do, program by program."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from bench.ports import free_port
from bench.speed.field import alone, cpu_ms
from bench.speed.rows import Row, print_rows
from bench.speed.watched_programs import watched_programs
from cms import bootstrap
from cms.areas.cli.areas import load
from cms.platform.cli import embedded
from cms.platform.cli.up import APP_DIR
from cms.platform.settings import Settings

SETTLE_S: Final = 15.0
"""After its start a set plans, and its processes settle."""
LIMIT_PCT: Final = 2.0
"""Share of one core that an idle set may take."""


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="Length of the measurement.")
@click.option("--settle", default=SETTLE_S, show_default=True, help="Seconds between the start and it.")
@click.option("--only", multiple=True, help="Program of the set to run; repeatable; default: all.")
@click.option("--areas", default="", help="Province whose areas are loaded first, as binh-thuan-2023.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def idle(*, seconds: float, settle: float, only: tuple[str, ...], areas: str, as_json: bool) -> None:
    """Measure the processor time of each program of `loa up` while nothing happens, in % of a core."""
    with alone() as root:
        # What another bench left behind is not idle.
        shutil.rmtree(root / "idle", ignore_errors=True)
        mqtt_port, web_port, enrol_port = (free_port() for _ in range(3))
        settings = Settings(
            home=root / "idle", voices="vi=espeak-ng", mqtt_port=mqtt_port, web_port=web_port, enrol_port=enrol_port
        )
        bootstrap.prepare(settings)
        if areas:
            os.environ |= settings.as_environment()
            load.main([areas], standalone_mode=False)
        print_rows(_rows(settings, seconds, settle, only), as_json=as_json)


def _rows(settings: Settings, seconds: float, settle_s: float, only: tuple[str, ...]) -> Iterator[Row]:
    chosen = [each for each in embedded.programs(settings, APP_DIR) if not only or each.name in only]
    with watched_programs(settings, chosen) as supervisor:
        threading.Event().wait(settle_s)
        pids = {each.name: supervisor.pid(each.name) for each in chosen}
        before, own_ms, began_s = _spent(pids), _own_ms(), time.monotonic()
        threading.Event().wait(seconds)
        took_ms = (time.monotonic() - began_s) * 1000
        after, own_ms = _spent(pids), _own_ms() - own_ms
    shares = {name: (after[name] - before[name]) / took_ms * 100 for name in pids}
    shares["supervisor"] = own_ms / took_ms * 100
    for name, share in sorted(shares.items(), key=lambda each: -each[1]):
        yield Row(f"{name}_pct_of_a_core", 1, round(share, 2), "%")
    yield Row.against("total_pct_of_a_core", len(shares), sum(shares.values()), "%", baseline=LIMIT_PCT)


def _spent(pids: dict[str, int | None]) -> dict[str, float]:
    """Return the processor time of each program and its children so far, in ms."""
    children = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children[int(fields[1])].append(int(path.parent.name))
    return {name: sum(cpu_ms(each) for each in _tree(pid, children)) for name, pid in pids.items() if pid is not None}


def _tree(pid: int, children: dict[int, list[int]]) -> Iterator[int]:
    yield pid
    for child in children.get(pid, ()):
        yield from _tree(child, children)


def _own_ms() -> float:
    spent = os.times()
    return (spent.user + spent.system) * 1000
