"""``loa bench reconnect``: a fleet that returns to its broker after a restart, against bare clients.

Bare clients make the same connections, subscriptions and publishes to the same broker; there is no device behind them
and no gateway. With Loa there are both, and the window of the devices' settings.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import click

from bench.ports import free_port
from bench.signing import local_keyring
from bench.speed.alert_field import alert_field
from bench.speed.broker_field import await_that, running_brokers
from bench.speed.field import alone, cpu_ms, furnish, running_swarm
from bench.speed.rows import Row, print_rows
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices.broker_order import spread_ms

BACK_WITHIN_S: Final = 250.0
STEADY_S: Final = 31.0
"""A connection that ends sooner counts as failed."""


@click.command()
@click.option("--devices", default=10_000, show_default=True, help="How many devices.")
@click.option("--processes", default=2, show_default=True, help="Processes of the swarm: one a core.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def reconnect(devices: int, processes: int, *, as_json: bool) -> None:
    """Measure the time until the last device is connected again after the broker's restart."""
    with alone() as root:
        settings = Settings(home=root, mqtt_port=free_port(), web_port=free_port(), enrol_port=0)
        print_rows(_rows(settings, devices, processes), as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Return:
    """Time until the last is back, and the broker's processor time for it, in ms."""

    last_ms: float
    broker_ms: float


def _rows(settings: Settings, devices: int, processes: int) -> Iterator[Row]:
    keyring = local_keyring(settings)
    bare = _measure(settings, keyring, devices, processes, is_bare=True)
    full = _measure(settings, keyring, devices, processes, is_bare=False)
    yield Row.against("last_back_ms", devices, full.last_ms, "ms", baseline=bare.last_ms)
    each = [found.broker_ms / devices for found in (full, bare)]
    yield Row.against("broker_cpu_ms_per_device", devices, each[0], "ms", baseline=each[1])


def _measure(settings: Settings, keyring: Keyring, devices: int, processes: int, *, is_bare: bool) -> _Return:
    furnish(settings, keyring, devices, is_bare=is_bare, spread_ms=spread_ms(devices, 1))
    with running_brokers(settings) as (broker,), running_swarm(settings, devices, processes) as swarm:
        swarm.connect_s()
        with ExitStack() as stack:
            if not is_bare:
                field = stack.enter_context(alert_field(settings, devices))
                stack.enter_context(field.gateway())
            threading.Event().wait(STEADY_S)
            broker.kill()
            broker.start()
            began_ns = time.monotonic_ns()
            await_that(lambda: swarm.state().online < devices, BACK_WITHIN_S, "nobody noticed the restart")
            await_that(lambda: swarm.state().online == devices, BACK_WITHIN_S, "not all devices are back")
            return _Return((swarm.state().connected_ns - began_ns) / 1e6, cpu_ms(broker.pid))
