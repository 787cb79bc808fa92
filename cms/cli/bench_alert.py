"""``loa bench alert``: an alert from the commit of its approval to the last answer, and its cancel to the last silence.

The gateway is the real process on a real store, told by the same datagram as in production; the broker runs as in
production; the devices are the simulator's swarm. The bare rounds before it are the fan-out bench's baseline in the
same run: the very bytes of an alert to the very same connections, where the receiver only notes that they came.
"""

from __future__ import annotations

import fcntl
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import click

from cms.cli.bench_alert_field import AlertField, alert_field
from cms.cli.bench_field import BenchError, Swarm, free_port, furnish, gateway_link, running_broker, running_swarm
from cms.cli.bench_rows import Row, print_rows
from cms.keyring import Keyring
from cms.settings import Settings
from devices.protocol import topics

PAUSE_S: Final = 1.2
"""Before each round: the acknowledgements of the last one, spread over a second, are in."""
ROUNDS: Final = 3
DEADLINE_S: Final = 60.0


@click.command()
@click.option("--devices", default="1000,5000,10000", show_default=True, help="How many devices; several with commas.")
@click.option("--rounds", default=ROUNDS, show_default=True, help="Bare rounds, then alerts with their cancels.")
@click.option("--processes", default=2, show_default=True, help="Processes of the swarm: one a core.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def alert(devices: str, rounds: int, processes: int, *, as_json: bool) -> None:
    """How long until the last device has an alert, has answered, and is silent after the cancel."""
    try:
        counts = sorted({int(count) for count in devices.split(",")})
    except ValueError:
        raise click.BadParameter("numbers, separated by commas", param_hint="--devices") from None
    root = Settings().root / "bench"
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        print_rows(_rows(Settings(home=root, mqtt_port=free_port()), counts, rounds, processes), as_json=as_json)


def _rows(settings: Settings, counts: Sequence[int], rounds: int, processes: int) -> Iterator[Row]:
    keyring = Keyring.ensure(settings)
    furnish(settings, keyring, counts[-1])
    for count in counts:
        with running_broker(settings), running_swarm(settings, count, processes) as swarm:
            yield Row("connect_s", count, swarm.connect_s(), "s")
            with alert_field(settings, count) as field:
                baseline = _bare(settings, keyring, swarm, field, rounds)
                with field.gateway():
                    taken = [_full(swarm, field, number) for number in range(rounds + 1, 2 * rounds + 1)]
                    yield from _figures(taken, count, baseline)
                    yield Row("gateway_rss_mb", count, field.gateway_rss_mb(), "MB")


def _bare(settings: Settings, keyring: Keyring, swarm: Swarm, field: AlertField, rounds: int) -> float:
    """The median, ms: publish to the last device."""
    found = []
    with gateway_link(settings, keyring) as link:
        for number in range(1, rounds + 1):
            command = field.command()
            swarm.arm(number, bare=True)
            threading.Event().wait(PAUSE_S)
            began_ns = time.monotonic_ns()
            link.publish(topics.area_alert(field.area_id), command, expiry_s=60)
            found.append((swarm.last_ns() - began_ns) / 1e6)
    return statistics.median(found)


@dataclass(frozen=True, slots=True)
class _Taken:
    """One alert and its cancel; ms since the commit of each."""

    verified_ms: float
    answered_ms: float
    silent_ms: float


def _full(swarm: Swarm, field: AlertField, number: int) -> _Taken:
    swarm.arm(2 * number, bare=False)
    threading.Event().wait(PAUSE_S)
    order_id, began_ns = field.approve()
    answered_ns = field.all_answered_ns(order_id, DEADLINE_S)
    verified_ns = swarm.last_ns()
    swarm.arm(2 * number + 1, bare=False)
    threading.Event().wait(PAUSE_S)
    ended_ns = field.cancel(order_id)
    silent_ns = swarm.last_ns()
    field.settle(DEADLINE_S)
    return _Taken((verified_ns - began_ns) / 1e6, (answered_ns - began_ns) / 1e6, (silent_ns - ended_ns) / 1e6)


def _figures(taken: Sequence[_Taken], count: int, baseline: float) -> Iterator[Row]:
    if not taken:
        raise BenchError("no round was held")
    yield Row.against("last_verified_ms", count, _median(each.verified_ms for each in taken), "ms", baseline=baseline)
    yield Row("last_answer_committed_ms", count, _median(each.answered_ms for each in taken), "ms")
    yield Row("last_silent_after_cancel_ms", count, _median(each.silent_ms for each in taken), "ms")


def _median(values: Iterator[float]) -> float:
    return round(statistics.median(values), 1)
