"""``loa bench brokers``: devices on several brokers, one of which is killed in the middle of an alert.

First the fan-out: one command through all brokers, where devices obey it, and bare, where they only note it. Then the
real gateway sends an alert, and the first broker is killed at once, for good: its devices have to move and to hear it.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Final

import click

from bench.ports import free_port
from bench.signing import local_keyring
from bench.speed.alert_field import alert_field
from bench.speed.broker_field import await_that, fan_out_link, running_brokers
from bench.speed.fanout import JITTER_LEAST_MS, PAUSE_S, signed_command
from bench.speed.field import AREA, SwarmProcesses, alone, furnish, running_swarm
from bench.speed.rows import Row, print_rows
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices.broker_order import order_of, spread_ms
from devices.model import DeviceId
from devices.mqtt.fan_out import FanOutLink
from devices.protocol import topics

MOVED_WITHIN_S: Final = 200.0
LATER_S: Final = 5.0
"""Time after the last in which a device would hear it a second time: the gateway's first retry."""


@click.command()
@click.option("--devices", default=12_000, show_default=True, help="How many devices.")
@click.option("--brokers", "count", default=3, show_default=True, help="How many brokers.")
@click.option("--rounds", default=3, show_default=True, help="Rounds of the fan-out, each with a bare one beside it.")
@click.option("--processes", default=2, show_default=True, help="Processes of the swarm: one a core.")
@click.option("--kill-after-ms", default=20, show_default=True, help="From the alert's commit to the broker's end.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def brokers(devices: int, count: int, rounds: int, processes: int, kill_after_ms: int, *, as_json: bool) -> None:
    """Measure the time until all devices have an alert, and are connected, when a broker dies."""
    with alone() as root:
        ports = [free_port() for _ in range(count)]
        settings = Settings(
            home=root,
            brokers=",".join(f"127.0.0.1:{port}" for port in ports),
            web_port=free_port(),
            enrol_port=0,
            alert_tone_ms=30_000,
        )
        print_rows(_rows(settings, devices, rounds, processes, kill_after_ms / 1000), as_json=as_json)


def _rows(settings: Settings, devices: int, rounds: int, processes: int, kill_after_s: float) -> Iterator[Row]:
    keyring = local_keyring(settings)
    spread = spread_ms(devices, len(settings.broker_list))
    furnish(settings, keyring, devices, brokers=settings.broker_list, spread_ms=spread)
    with running_brokers(settings) as running, running_swarm(settings, devices, processes) as swarm:
        yield Row("connect_s", devices, swarm.connect_s(), "s")
        with fan_out_link(settings, keyring) as link:
            full, bare = [], []
            for number in range(1, rounds + 1):
                bare.append(_fan_out(link, swarm, keyring, number=2 * number, bare=True))
                full.append(_fan_out(link, swarm, keyring, number=2 * number + 1, bare=False))
            baseline = statistics.median(bare)
            yield Row.against("last_verified_ms", devices, statistics.median(full), "ms", baseline=baseline)
        with alert_field(settings, devices) as field, field.gateway():
            swarm.arm(2 * rounds + 2, bare=False)
            threading.Event().wait(PAUSE_S)
            _, began_ns = field.approve()
            threading.Event().wait(kill_after_s)
            running[0].kill()
            killed_ns = time.monotonic_ns()
            await_that(partial(_all_have_it, swarm, devices), MOVED_WITHIN_S, "not all devices have it")
            last_ns = swarm.round().last_ns
            threading.Event().wait(LATER_S)
            state = swarm.state()
    first = settings.broker_list[0]
    moved = sum(order_of(DeviceId(f"bench-{number:05}"), settings.broker_list)[0] == first for number in range(devices))
    yield Row("last_heard_ms", devices, round((last_ns - began_ns) / 1e6, 1), "ms")
    yield Row("last_back_ms", moved, round(max(0, state.connected_ns - killed_ns) / 1e6, 1), "ms")
    yield Row("heard_times_least", devices, state.least_obeyed, "")
    yield Row("heard_times_most", devices, state.most_obeyed, "")


def _all_have_it(swarm: SwarmProcesses, devices: int) -> bool:
    state = swarm.state()
    return state.online == devices and state.least_obeyed > 0


def _fan_out(link: FanOutLink, swarm: SwarmProcesses, keyring: Keyring, *, number: int, bare: bool) -> float:
    """Return the ms from publishing to the last device."""
    swarm.arm(number, bare=bare)
    threading.Event().wait(PAUSE_S)
    command = signed_command(keyring, JITTER_LEAST_MS)
    began_ns = time.monotonic_ns()
    link.publish(topics.area_command(AREA), command, expiry_s=60)
    return (swarm.last_ns() - began_ns) / 1e6
