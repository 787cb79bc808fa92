"""``loa bench floods``: duration of a person's write while hostile devices send as much as they can.

The gateway is the real process on a real store, and the broker runs as in production. A person's write is one short
transaction that ends in a line of the audit log, as every decision at the console does; it is made again and again
while nothing else happens, then while the devices flood. ``loa bench starve`` asks the same of an alert's whole way.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from typing import Final

import click
from sqlalchemy import text

from bench.ports import free_port
from bench.signing import local_keyring
from bench.speed.alert_field import alert_field
from bench.speed.field import alone, cpu_ms, running_broker
from bench.speed.hostile import RATE, HostileDevices
from bench.speed.rows import Row, print_rows
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.platform.store.engine import reading
from province.events import Event

PAUSE_S: Final = 0.2
BAR_MS: Final = 500.0
"""Bar of a person's write under five hostile devices."""


@click.command()
@click.option("--devices", default=5, show_default=True, help="How many hostile devices.")
@click.option("--seconds", default=20.0, show_default=True, help="How long quiet, and how long under the flood.")
@click.option("--rate", default=RATE, show_default=True, help="Messages a second of each.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def floods(devices: int, seconds: float, rate: float, *, as_json: bool) -> None:
    """Time a person's write while hostile devices send as much as they can, against the same in quiet."""
    with alone() as root:
        settings = Settings(home=root, mqtt_port=free_port(), web_port=free_port(), enrol_port=0)
        print_rows(_rows(settings, devices, seconds, rate), as_json=as_json)


def _rows(settings: Settings, devices: int, seconds: float, rate: float) -> Iterator[Row]:
    keyring = local_keyring(settings)
    ids = [f"bench-{number:05}" for number in range(devices)]
    with (
        running_broker(settings),
        alert_field(settings, devices) as field,
        HostileDevices(settings, keyring, ids, rate) as hostile,
        field.gateway(),
    ):
        quiet = _writes_ms(field.context, seconds)
        before = _audit_lines(field.context)
        spent_ms = cpu_ms(field.gateway_pid)
        hostile.go()
        flooded = _writes_ms(field.context, seconds)
        hostile.stop()
        spent_ms = cpu_ms(field.gateway_pid) - spent_ms
        lines = _audit_lines(field.context) - before - len(flooded)
    yield Row("quiet_write_ms", len(quiet), round(statistics.median(quiet), 1), "ms")
    yield Row("quiet_write_max_ms", len(quiet), round(max(quiet), 1), "ms")
    under = round(statistics.median(flooded), 1)
    yield Row.against("flooded_write_ms", len(flooded), under, "ms", baseline=round(statistics.median(quiet), 1))
    yield Row.against("flooded_write_max_ms", len(flooded), round(max(flooded), 1), "ms", baseline=BAR_MS)
    yield Row("messages_sent", devices, hostile.sent, "")
    yield Row("gateway_cpu_ms_per_s", devices, round(spent_ms / seconds, 1), "ms")
    yield Row("audit_lines", devices, lines, "")


def _writes_ms(context: Context, seconds: float) -> list[float]:
    found: list[float] = []
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        began_s = time.monotonic()
        with context.uow() as unit:
            unit.record(Event("bench.wrote", "bench", context.now(), "bench", "bench"))
            unit.commit()
        found.append((time.monotonic() - began_s) * 1000)
        threading.Event().wait(PAUSE_S)
    return found


def _audit_lines(context: Context) -> int:
    with reading(context.engine) as session:
        return int(session.scalar(text("SELECT count(*) FROM events")) or 0)
