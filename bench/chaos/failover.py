"""``loa chaos-failover``: the active gateway's host is killed, frozen or cut off while an alert goes out.

::

    host a: gateway ──┐                      ┌── devices, and a listener that reads every message
                      ├── bridge ── broker ──┤
    host b: gateway ──┘      └── PostgreSQL  └── the office, which raises and ends the alerts

Each host is a network namespace with a home of its own, a copy of the same keys. What the devices sounded is read from
their own truth logs; what each gateway sent is told by the fence in its messages.
"""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import click

from bench.chaos.alert_stage import (
    MEANT,
    SETTLED_S,
    AlertOffice,
    DeviceProcess,
    StageTimeoutError,
    await_true,
    furnish,
    holds,
    is_settled,
    pause,
)
from bench.chaos.gateway_host import GatewayHost
from bench.chaos.hosts import NetworkHost, NoNamespacesError, bridged
from bench.percentiles import percentile
from bench.signing import running_signer
from bench.speed.postgres import SUPERUSER, running_postgres
from broadcast.alerts.orders import Order
from cms import bootstrap
from cms.platform.cli import embedded
from cms.platform.gateway import outbox_notifier
from cms.platform.settings import Settings
from cms.platform.store.process_lease import TTL_S
from devices.model import DeviceId
from devices.mqtt import broker
from devices.mqtt.link import Endpoint, Incoming, MqttDeviceLink
from devices.protocol import topics

FAULTS: Final = ("kill", "freeze", "cut")
TONE_MS: Final = 200
EARLIEST_S, LATEST_S = -0.06, 0.15
"""Moment of the fault, from the commit of the alert on."""
HEARD_WITHIN_S: Final = 15.0
TAKEN_WITHIN_S: Final = 20.0
ASLEEP_S: Final = TTL_S + 1.0
"""Time for which a frozen or cut host stays so: by then the other one has taken over."""
AFTERWARDS_S: Final = 0.7
"""Wait for what a host that wakes up might send, and for a second sounding."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """Message as it reached the listener. ``at_s`` is monotonic."""

    at_s: float
    topic: str
    fence: int
    cid: str

    def words(self, since_s: float, fence: int) -> str:
        return f"{self.at_s - since_s:+.2f} s {self.cid[-8:]} {self.fence - fence:+d}"


class Listener:
    """Client with a device's rights that reads what is sent to all areas, and the beacons."""

    def __init__(self, settings: Settings, bundle: Path, device_id: DeviceId) -> None:
        self.sent: list[SentMessage] = []
        names = (bundle / "ca.pem", bundle / "device.pem", bundle / "device.key")
        endpoint = Endpoint(settings.mqtt_host, settings.mqtt_port, device_id, *names)
        wanted = {topics.area_alert("+"): 0, topics.area_command("+"): 1, topics.time_beacon(): 0}
        self.link = MqttDeviceLink(endpoint, subscriptions=wanted, on_message=self._take)

    def since(self, at_s: float) -> list[SentMessage]:
        return [each for each in self.sent if each.at_s >= at_s]

    def first_above(self, fence: int) -> SentMessage | None:
        return next((each for each in self.sent if each.fence > fence), None)

    @property
    def highest(self) -> int:
        return max((each.fence for each in self.sent), default=0)

    def forget(self) -> None:
        """Keep the last message of the present gateway alone."""
        self.sent = [max(self.sent, key=lambda each: each.fence)] if self.sent else []

    def _take(self, message: Incoming) -> None:
        self.link.acknowledge(message)
        if message.payload and not message.retain:
            encoded = message.payload.split(b".")[1]
            body = json.loads(base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4)))
            self.sent.append(
                SentMessage(time.monotonic(), message.topic, body.get("fence", 0), body.get("cid", "beacon"))
            )


class TruthTail:
    """Soundings that the devices began, by order and device; each log is read once."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._read: dict[Path, int] = {}
        self.begun: Counter[tuple[str, str]] = Counter()

    def look(self) -> None:
        for log in self._out.glob("*/truth.jsonl"):
            with log.open("rb") as file:
                file.seek(self._read.get(log, 0))
                whole, end, _rest = file.read().rpartition(b"\n")
            self._read[log] = self._read.get(log, 0) + len(whole) + len(end)
            for line in whole.splitlines():
                self._count(log.parent.name, json.loads(line))

    def times(self, order: Order, devices: Sequence[DeviceId]) -> list[int]:
        self.look()
        return [self.begun[order.id, device_id] for device_id in devices]

    def _count(self, device: str, line: dict[str, Any]) -> None:
        if line.get("result") == "started" and "item" in line:
            self.begun[line["item"], device] += 1


@dataclass
class FailoverToll:
    """Result of all rounds. ``sent_s``: from the fault to the first message of the other gateway, by fault."""

    sent_s: dict[str, list[float]] = field(default_factory=lambda: {fault: [] for fault in FAULTS})
    rounds: int = 0
    pairs: int = 0
    once: int = 0
    never: int = 0
    more: int = 0
    woken: int = 0
    unled: int = 0
    in_the_middle: int = 0

    def count(self, times: Sequence[int]) -> None:
        """Count how often each device began to sound the order of one round."""
        self.rounds += 1
        self.pairs += len(times)
        self.once += times.count(1)
        self.never += times.count(0)
        self.more += sum(each > 1 for each in times)

    @property
    def is_good(self) -> bool:
        return self.once == self.pairs > 0 and not (self.never or self.more or self.woken or self.unled)


@dataclass
class FailoverStage:
    """Two hosts, their network, the devices, and the office that raises alerts."""

    office: AlertOffice
    hosts: Sequence[GatewayHost]
    listener: Listener
    truth: TruthTail
    devices: Sequence[DeviceId]
    broker_log: Path

    def round(self, fault: str, at_s: float, toll: FailoverToll) -> None:
        """Raise an alert, strike the active host ``at_s`` after its commit, and count what was sent and heard."""
        active = self._active()
        self.listener.forget()
        before = self.listener.highest
        order, struck_s = self._raise_and_strike(active, fault, at_s)
        is_taken = holds(lambda: self.listener.first_above(before) is not None, TAKEN_WITHIN_S, look_s=0.005)
        first = self.listener.first_above(before)
        if is_taken and first is not None:
            toll.sent_s[fault].append(first.at_s - struck_s)
        else:
            toll.unled += 1
        holds(lambda: all(self.truth.times(order, self.devices)), HEARD_WITHIN_S)
        toll.in_the_middle += any(each.cid == order.id and each.fence > before for each in self.listener.sent)
        pause(max(0.0, struck_s + ASLEEP_S - time.monotonic()))
        woken_s = time.monotonic()
        active.mend(fault)
        self.office.cancel(order)
        if fault != "kill":
            holds(lambda: active.has_ended, TAKEN_WITHIN_S)
        pause(AFTERWARDS_S)
        toll.woken += sum(each.fence <= before for each in self.listener.since(woken_s))
        times = self.truth.times(order, self.devices)
        toll.count(times)
        if first is None or set(times) != {1}:
            sent = "; ".join(each.words(struck_s, before) for each in self.listener.sent)
            click.echo(f"round {toll.rounds}: {fault} {at_s:+.3f} s, {order.id} sounded {times}, sent {sent}")
        active.end()
        await_true(lambda: active.has_ended, TAKEN_WITHIN_S, "the end of a gateway")
        active.start()

    def _raise_and_strike(self, active: GatewayHost, fault: str, at_s: float) -> tuple[Order, float]:
        """Return the order, and when the host was struck (monotonic)."""
        moments: list[float] = []

        def strike() -> None:
            moments.append(time.monotonic())
            active.strike(fault)

        if at_s < 0:
            strike()
            pause(-at_s)
            return self.office.approve(), moments[0]
        timers: list[threading.Timer] = []

        def arm() -> None:
            timers.append(threading.Timer(at_s, strike))
            timers[0].start()

        order = self.office.approve(just_before=arm)
        timers[0].join()
        return order, moments[0]

    def takeovers(self) -> int:
        """Return how often the broker closed a session of the gateway's for another client of its name."""
        names = (b"Client gateway already connected", b"Client gateway.")
        lines = self.broker_log.read_bytes().splitlines()
        return sum(b"already connected" in line and any(name in line for name in names) for line in lines)

    def _active(self) -> GatewayHost:
        """Wait until both gateways are up and one of them is active; return that."""
        await_true(lambda: all(host.is_up for host in self.hosts), 90, "two gateways")
        await_true(lambda: any(host.is_active for host in self.hosts), 30, "an active gateway")
        return next(host for host in self.hosts if host.is_active)


@contextmanager
def staged(home: Path, devices: int) -> Iterator[FailoverStage]:
    """Yield the stage. Raises NoNamespacesError."""
    with ExitStack() as stack:
        address, networks = stack.enter_context(bridged(2))
        rules = stack.enter_context(tempfile.NamedTemporaryFile("w", suffix=".conf"))
        print("local all all trust", "host all all samenet trust", sep="\n", file=rules, flush=True)
        Path(rules.name).chmod(0o644)
        stack.enter_context(running_postgres({"listen_addresses": f"'{address}'", "hba_file": rules.name}))
        settings = Settings(
            home=home / "office",
            mqtt_host=address,
            mqtt_port=18_883,
            database_url=f"postgresql+psycopg://{SUPERUSER}@{address}/{SUPERUSER}",
            alert_tone_ms=TONE_MS,
        )
        bootstrap.prepare(settings)
        context = bootstrap.build(settings)
        stack.callback(context.engine.dispose)
        log = settings.log_dir / "broker.log"
        stack.enter_context(_broker(settings, log.open("ab")))
        hosts = [_host(settings, network, home / name) for name, network in zip("ab", networks, strict=True)]
        for host in hosts:
            context.uow.hooks.append(outbox_notifier.ring_after_commit(outbox_notifier.path_of(host.settings)))
            stack.callback(host.close)
            stack.enter_context(running_signer(host.settings))
        names = furnish(context, {"main": devices, "listener": 1}, settings.mqtt_port)
        (listener_id,) = names["listener"]
        listener = Listener(settings, settings.devices_dir / listener_id, listener_id)
        fleet = DeviceProcess(settings, "main", names["main"])
        stack.callback(fleet.kill)
        for host in hosts:
            host.start()
            await_true(lambda host=host: host.is_up, 90, "a gateway")  # type: ignore[misc]
        fleet.start()
        listener.link.start()
        stack.callback(listener.link.close)
        await_true(lambda: listener.link.is_ready, 30, "the listener")
        await_true(lambda: is_settled(context), 60, "an empty outbox")
        pause(SETTLED_S)
        truth = TruthTail(settings.root / "fleet" / "out")
        yield FailoverStage(AlertOffice(context), hosts, listener, truth, names["main"], log)


def _host(settings: Settings, network: NetworkHost, home: Path) -> GatewayHost:
    shutil.copytree(settings.keys_dir, home / "keys")
    own = Settings(**{**settings.model_dump(), "home": home})
    for folder in (own.run_dir, own.log_dir):
        folder.mkdir(parents=True)
    return GatewayHost(network, own)


@contextmanager
def _broker(settings: Settings, log: IO[bytes]) -> Iterator[None]:
    config = broker.write_config(settings.root, port=settings.mqtt_port, host=settings.mqtt_host)
    argv = [embedded.find_program("mosquitto"), "-c", str(config)]
    environment = {**os.environ, **broker.tls_environment(config)}
    with log, subprocess.Popen(argv, env=environment, stdout=log, stderr=log) as process:
        await_true(lambda: embedded.is_listening(settings.mqtt_host, settings.mqtt_port), 20, "the broker")
        try:
            yield
        finally:
            process.terminate()


@click.command("chaos-failover")
@click.option("--rounds", default=100, show_default=True)
@click.option("--minutes", default=0.0, help="No round begins later than this; 0: all rounds")
@click.option("--devices", default=20, show_default=True)
@click.option("--fault", "faults", type=click.Choice(FAULTS), multiple=True, default=FAULTS, show_default=True)
@click.option("--seed", default=None, type=int, help="Of the faults and their moments; printed")
@click.option("--home", default=None, type=click.Path(path_type=Path), help="Kept afterwards; default: a temporary one")
def chaos_failover(
    *, rounds: int, minutes: float, devices: int, faults: Sequence[str], seed: int | None, home: Path | None
) -> None:
    """Check that an alert is heard once when the active gateway's host is killed, frozen or cut off."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    click.echo(f"seed {seed}: {rounds} rounds of {', '.join(faults)}, {devices} devices in {MEANT}")
    dice, toll = random.Random(seed), FailoverToll()  # noqa: S311 - moments, not secrets
    # Also then its hosts, database and broker are taken down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    until_s = time.monotonic() + (minutes * 60 or float("inf"))
    with tempfile.TemporaryDirectory(prefix="loa-failover-") as spare:
        try:
            with staged(home or Path(spare), devices) as stage:
                while toll.rounds < rounds and time.monotonic() < until_s:
                    stage.round(dice.choice(faults), dice.uniform(EARLIEST_S, LATEST_S), toll)
                    if toll.rounds % 25 == 0:
                        click.echo(f"{toll.rounds} rounds, {toll.once} of {toll.pairs} heard once")
                takeovers = stage.takeovers()
        except (NoNamespacesError, StageTimeoutError) as error:
            raise click.ClickException(str(error)) from None
    _report(toll, takeovers)
    sys.exit(0 if toll.is_good else 1)


def _report(toll: FailoverToll, takeovers: int) -> None:
    click.echo(f"{'fault':<8}{'rounds':>8}{'p50 s':>8}{'p99 s':>8}{'worst s':>9}   to the other's first message")
    everything = [value for values in toll.sent_s.values() for value in values]
    for name, values in (*toll.sent_s.items(), ("all", everything)):
        if values:
            figures = (percentile(values, 0.5), percentile(values, 0.99), max(values))
            click.echo(f"{name:<8}{len(values):>8}{figures[0]:>8.2f}{figures[1]:>8.2f}{figures[2]:>9.2f}")
    click.echo(f"{'of ' + str(toll.pairs) + ' soundings':<22}{'once':>7}{'never':>7}{'more':>7}")
    click.echo(f"{'heard (devices)':<22}{toll.once:>7}{toll.never:>7}{toll.more:>7}")
    click.echo(
        json.dumps(
            {
                "ok": toll.is_good,
                "rounds": toll.rounds,
                "sent_by_the_other": toll.in_the_middle,
                "sent_by_woken": toll.woken,
                "not_taken_over": toll.unled,
                "sessions_taken_over": takeovers,
                "p99_s": round(percentile(everything, 0.99), 3),
            }
        )
    )
