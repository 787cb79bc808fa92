"""``loa bench alert``: an alert from the commit of its approval to the last answer, and its cancel to the last silence.

The gateway is the real process on a real store, notified by the same datagram as in production; the broker runs as in
production; the devices are the simulator's swarm. The bare rounds before it are the fan-out bench's baseline in the
same run: the very bytes of an alert to the very same connections, where the receiver only notes that they came. As
there they go as commands do, with QoS 1; ``bare_alert_ms`` is the same on the alerts' own topic, which has QoS 0.
``bare_loop_ms`` adds the way back: each receiver answers after its share of the jitter, and the answers are counted.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import click

from bench.ports import free_port
from bench.signing import local_keyring
from bench.speed import alert_storm
from bench.speed.alert_answers import answers_counted
from bench.speed.alert_field import AlertField, alert_field
from bench.speed.field import (
    BenchError,
    SwarmProcesses,
    alone,
    counts_of,
    cpu_ms,
    furnish,
    gateway_link,
    rss_mb,
    running_broker,
    running_swarm,
)
from bench.speed.heartbeats import RIGHTS, HeartbeatLoad, Rhythm
from bench.speed.rows import Row, print_rows
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices.mqtt.link import MqttDeviceLink
from devices.protocol import topics
from devices.telemetry import ValidationOutcome

PAUSE_S: Final = 1.2
"""Pause before each round: the acknowledgements of the last one, spread over a second, are in."""
PROOFS_S: Final = 2.5
"""Pause after each round: devices send their records within two seconds, and get a receipt for each."""
ROUNDS: Final = 3
DEADLINE_S: Final = 60.0
WORDS_MAX: Final = 5_000
"""Largest fleet for spoken words to all at once: beyond it one machine does the work of all devices."""


@click.command()
@click.option("--devices", default="1000,5000,10000", show_default=True, help="How many devices; several with commas.")
@click.option("--rounds", default=ROUNDS, show_default=True, help="Bare rounds, then alerts with their cancels.")
@click.option("--processes", default=2, show_default=True, help="Processes of the swarm: one a core.")
@click.option("--under-health", is_flag=True, help="Once more while all tell their health, and at once with an alert.")
@click.option("--storm", default=0, type=click.IntRange(0, 1000), help="So many orders within a second, instead.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def alert(devices: str, rounds: int, processes: int, *, under_health: bool, storm: int, as_json: bool) -> None:
    """Measure the time until the last device has an alert, has answered, and is silent after the cancel."""
    counts = counts_of(devices)
    with alone() as root:
        # Longer than a round of the bench: an alert still sounds when it is cancelled.
        settings = Settings(home=root, mqtt_port=free_port(), web_port=free_port(), enrol_port=0, alert_tone_ms=30_000)
        if storm:
            if storm <= alert_storm.WIDE:
                raise click.BadParameter(
                    "an alert of the province, a drill, and a commune at least", param_hint="--storm"
                )
            print_rows(alert_storm.rows(settings, counts[-1], storm, processes), as_json=as_json)
            return
        rows = _rows(settings, counts, rounds, processes, is_under_health=under_health)
        print_rows(rows, as_json=as_json)


def _rows(
    settings: Settings, counts: Sequence[int], rounds: int, processes: int, *, is_under_health: bool
) -> Iterator[Row]:
    keyring = local_keyring(settings)
    furnish(settings, keyring, counts[-1])
    for count in counts:
        with (
            running_broker(settings, also_allowed=RIGHTS) as broker,
            running_swarm(settings, count, processes) as swarm,
        ):
            yield Row("connect_s", count, swarm.connect_s(), "s")
            with alert_field(settings, count) as field:
                with gateway_link(settings, keyring) as link:
                    command, alert = topics.area_command(field.area_id), topics.area_alert(field.area_id)
                    baseline = _bare(link, swarm, command, field, range(1, rounds + 1))
                    own = _bare(link, swarm, alert, field, range(rounds + 1, 2 * rounds + 1))
                    loop = _bare_loop(link, swarm, alert, field, range(2 * rounds + 1, 3 * rounds + 1))
                yield Row("bare_loop_ms", count, round(loop, 1), "ms")
                yield Row("bare_alert_ms", count, round(own, 1), "ms")
                with field.gateway(RIGHTS):
                    spent = _Spent(swarm, field.gateway_pid, broker)
                    taken = [_full(swarm, field, spent, number) for number in range(rounds + 1, 2 * rounds + 1)]
                    yield from _figures(taken, count, baseline, loop)
                    yield from spent.rows(count)
                    yield Row("gateway_rss_mb", count, rss_mb(field.gateway_pid), "MB")
                    if is_under_health:
                        with HeartbeatLoad(settings, keyring, count) as poles:
                            yield from _under_health(swarm, field, spent, poles, taken)
                # Last, as what the devices tell of it has no receipt.
                with gateway_link(settings, keyring) as link:
                    alone = _devices_alone(link, swarm, field, range(8 * rounds, 9 * rounds))
                verified = _median(each.verified_ms for each in taken)
                yield Row.against("last_verified_beside_devices_ms", count, verified, "ms", baseline=alone)
    for count in counts:
        if count <= WORDS_MAX:
            yield from _first_words(settings, keyring, count, rounds, processes)


def _bare(link: MqttDeviceLink, swarm: SwarmProcesses, topic: str, field: AlertField, numbers: Iterable[int]) -> float:
    """Return the median time from publishing to the last device, in ms."""
    found = []
    for number in numbers:
        command = field.command()
        swarm.arm(number, bare=True)
        threading.Event().wait(PAUSE_S)
        began_ns = time.monotonic_ns()
        link.publish(topic, command, expiry_s=60)
        found.append((swarm.last_ns() - began_ns) / 1e6)
    return statistics.median(found)


def _bare_loop(
    link: MqttDeviceLink, swarm: SwarmProcesses, topic: str, field: AlertField, numbers: Iterable[int]
) -> float:
    """Return the median time from publishing to the last device's answer, which nobody stores, in ms."""
    found = []
    with answers_counted(field) as answers:
        for number in numbers:
            command = field.command()
            swarm.arm(number, bare=True, answers=True)
            threading.Event().wait(PAUSE_S)
            answers.begin(field.count)
            began_ns = time.monotonic_ns()
            link.publish(topic, command, expiry_s=60)
            found.append((answers.all_ns() - began_ns) / 1e6)
            swarm.last_ns()
    return statistics.median(found)


def _devices_alone(link: MqttDeviceLink, swarm: SwarmProcesses, field: AlertField, numbers: Iterable[int]) -> float:
    """Return the median time from publishing to the last device that obeyed it, without a server, in ms.

    One machine does the work of all devices: what is above this is the server's.
    """
    found = []
    for number in numbers:
        command, end = field.messages()
        for message in (command, end):
            swarm.arm(number, bare=False)
            threading.Event().wait(PAUSE_S)
            began_ns = time.monotonic_ns()
            link.publish(message.topic, message.payload, expiry_s=60)
            last_ns = swarm.last_ns()
            if message is command:
                found.append((last_ns - began_ns) / 1e6)
    return statistics.median(found)


@dataclass(frozen=True, slots=True)
class _Taken:
    """One alert and its cancel: ms since the commit of each; ``siren_ms``: from command to siren on the device."""

    verified_ms: float
    siren_ms: float
    answered_ms: float
    silent_ms: float


class _Spent:
    """Processor time of each process from an alert's commit to its last answer."""

    def __init__(self, swarm: SwarmProcesses, gateway: int, broker: int) -> None:
        self._clocks: dict[str, Callable[[], float]] = {
            "swarm": swarm.cpu_ms,
            "gateway": partial(cpu_ms, gateway),
            "broker": partial(cpu_ms, broker),
        }
        self._alerts: list[dict[str, float]] = []

    @contextmanager
    def one(self) -> Iterator[None]:
        before = {name: clock() for name, clock in self._clocks.items()}
        yield
        self._alerts.append({name: clock() - before[name] for name, clock in self._clocks.items()})

    def rows(self, count: int) -> Iterator[Row]:
        for name in self._clocks:
            yield Row(f"{name}_cpu_ms", count, _median(alert[name] for alert in self._alerts), "ms")


def _under_health(
    swarm: SwarmProcesses, field: AlertField, spent: _Spent, poles: HeartbeatLoad, usual: Sequence[_Taken]
) -> Iterator[Row]:
    """Send as many alerts again, each in the second in which every device sends telemetry, as a siren changes it."""
    first, count, before = 2 * len(usual) + 1, field.count, Counter(field.health())
    with Rhythm(poles, count) as rhythm:
        taken = [
            _full(swarm, field, spent, number, at_once=rhythm.burst) for number in range(first, first + len(usual))
        ]
    for name, metric in _ROWS.items():
        usually, found = (_median(getattr(each, name) for each in some) for some in (usual, taken))
        yield Row.against(f"{metric}_under_health", count, found, "ms", baseline=usually)
    result = Counter(field.health()) - before
    # The devices tell of the alert themselves, too.
    yield Row.against("health_stored", count, result[ValidationOutcome.STORED], "", baseline=rhythm.sent)
    yield Row("health_dropped", count, result[ValidationOutcome.DROPPED], "")
    yield Row("gateway_rss_under_health_mb", count, rss_mb(field.gateway_pid), "MB")


def _full(
    swarm: SwarmProcesses,
    field: AlertField,
    spent: _Spent,
    number: int,
    *,
    at_once: Callable[[], object] = lambda: None,
) -> _Taken:
    count = field.count
    swarm.arm(2 * number, bare=False)
    threading.Event().wait(PAUSE_S)
    with spent.one():
        at_once()
        order_id, began_ns = field.approve()
        # No device answers before it has the alert: until then the store is not polled, which would cost measured time.
        sounded = swarm.round()
        answered_ns = field.all_answered_ns(order_id, DEADLINE_S)
    threading.Event().wait(PAUSE_S)
    swarm.arm(2 * number + 1, bare=False)
    ended_ns = field.cancel(order_id)
    silent = swarm.round()
    if (sounded.sirens, silent.silenced) != (count, count):
        raise BenchError(f"{sounded.sirens} sirens and {silent.silenced} silenced, not {count}")
    _conclude(field)
    return _Taken(
        verified_ms=(sounded.last_ns - began_ns) / 1e6,
        siren_ms=sounded.siren_ms,
        answered_ms=(answered_ns - began_ns) / 1e6,
        silent_ms=(silent.last_ns - ended_ns) / 1e6,
    )


_ROWS: Final = {
    "verified_ms": "last_verified_ms",
    "siren_ms": "siren_ms",
    "answered_ms": "last_answer_committed_ms",
    "silent_ms": "last_silent_after_cancel_ms",
}


def _figures(taken: Sequence[_Taken], count: int, baseline: float, loop: float) -> Iterator[Row]:
    baselines = {"verified_ms": baseline, "answered_ms": loop}
    for name, metric in _ROWS.items():
        value = _median(getattr(each, name) for each in taken)
        yield (
            Row.against(metric, count, value, "ms", baseline=baselines[name])
            if name in baselines
            else Row(metric, count, value, "ms")
        )


def _first_words(settings: Settings, keyring: Keyring, count: int, rounds: int, processes: int) -> Iterator[Row]:
    """Measure from the commit to the first spoken word, p99 of the devices, with no siren before it."""
    by_message = settings.model_copy(update={"alert_tone_ms": 0})
    by_http = settings.model_copy(update={"alert_tone_ms": 0, "alert_speech_max_bytes": 0})
    for name, chosen, content_url in (
        ("first_word_message_p99_ms", by_message, ""),
        ("first_word_http_p99_ms", by_http, settings.effective_public_url),
    ):
        furnish(chosen, keyring, count, content_url)
        with (
            running_broker(chosen),
            running_swarm(chosen, count, processes) as swarm,
            alert_field(chosen, count) as field,
            field.web(),
        ):
            swarm.connect_s()
            with field.gateway():
                found = _all_words(name, swarm, field, rounds)
        yield Row(name, count, _median(iter(found)), "ms")


def _all_words(name: str, swarm: SwarmProcesses, field: AlertField, rounds: int) -> list[float]:
    """List one figure a round; it is the deadline if a device had no words by then."""
    found: list[float] = []
    try:
        found.extend(_words(swarm, field, number) for number in range(1, rounds + 1))
    except BenchError as error:
        state = swarm.state()
        told = f"{state.words} devices have them and {state.online} of {field.count} are connected"
        click.echo(f"no words in {name}: {error}; {told}", err=True)
        found.append(DEADLINE_S * 1000)
    return found


def _words(swarm: SwarmProcesses, field: AlertField, number: int) -> float:
    swarm.arm(number, bare=False, words=True)
    threading.Event().wait(PAUSE_S)
    order_id, began_ns = field.approve(field.speech())
    swarm.round()
    at_ns = sorted(swarm.words_ns())
    field.all_answered_ns(order_id, DEADLINE_S)
    field.cancel(order_id)
    _conclude(field)
    return (at_ns[len(at_ns) * 99 // 100] - began_ns) / 1e6


def _conclude(field: AlertField) -> None:
    """Wait until nothing of this round is left to be sent before the next one."""
    threading.Event().wait(PROOFS_S)
    field.settle(DEADLINE_S)


def _median(values: Iterator[float]) -> float:
    return round(statistics.median(values), 1)
