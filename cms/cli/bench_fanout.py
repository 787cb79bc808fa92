"""``loa bench fanout``: one signed area command to thousands of devices, until the last has accepted it.

The broker runs as in production (TLS, a certificate a device, access list). Rounds alternate: in a full round every
device parses, verifies, judges and accepts the command; in a bare round the same bytes go to the same connections and
the receiver only notes that they came. Flash is in memory: one disk for all would measure that disk.
"""

from __future__ import annotations

import fcntl
import json
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from queue import Empty, Queue
from typing import Final

import click
from ulid import ULID

from cms.cli import embedded
from cms.cli.bench_rows import Row, print_rows
from cms.keyring import Keyring
from cms.settings import Settings
from devices import enrolment
from devices.mqtt import broker
from devices.mqtt.link import Endpoint, MqttDeviceLink
from devices.protocol import codec, topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Command, CommandType, KeyRole, Target

AREA: Final = "bench-area"
DEADLINE_S: Final = 60.0
CONNECT_DEADLINE_S: Final = 300.0
VERIFY_TIMES: Final = 500
"""Long enough for a steady figure, 50 ms in all."""
PAUSE_S: Final = 1.2
"""Before each round: the acknowledgements of the last one, spread over a second, are in."""
ANSWERS_PER_S: Final = 500
"""The sender spreads the answers so that a gateway can take them; the next round waits until they are in."""
JITTER_LEAST_MS: Final = 2_000


class BenchError(click.ClickException):
    """The bench could not be carried through."""


@click.command()
@click.option("--devices", default="1000,5000,10000", show_default=True, help="How many devices; several with commas.")
@click.option("--rounds", default=5, show_default=True, help="Full rounds, each with a bare one beside it.")
@click.option("--processes", default=2, show_default=True, help="Processes of the swarm: one a core.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def fanout(devices: str, rounds: int, processes: int, *, as_json: bool) -> None:
    """How long until the last device has accepted a command."""
    try:
        counts = sorted({int(count) for count in devices.split(",")})
    except ValueError:
        raise click.BadParameter("numbers, separated by commas", param_hint="--devices") from None
    root = Settings().root / "bench"
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        print_rows(_rows(Settings(home=root, mqtt_port=_free_port()), counts, rounds, processes), as_json=as_json)


def _rows(settings: Settings, counts: Sequence[int], rounds: int, processes: int) -> Iterator[Row]:
    keyring = Keyring.ensure(settings)
    began_s = time.monotonic()
    made = _furnish(settings, keyring, counts[-1])
    if made:
        yield Row("certificates_s", made, round(time.monotonic() - began_s, 1), "s")
    yield Row("verify_us", 1, _verify_us(keyring), "us")
    for count in counts:
        with (
            _running_broker(settings),
            _swarm(settings, count, processes) as swarm,
            _gateway(settings, keyring) as gateway,
        ):
            yield Row("connect_s", count, swarm.connect_s(), "s")
            full_ms, bare_ms = [], []
            for number in range(1, rounds + 1):
                jitter_ms = max(JITTER_LEAST_MS, 1000 * count // ANSWERS_PER_S)
                command = _command(keyring, jitter_ms)
                bare_ms.append(_round(swarm, gateway, command, number=2 * number, bare=True))
                full_ms.append(_round(swarm, gateway, command, number=2 * number + 1, bare=False))
                threading.Event().wait(jitter_ms / 1000)
            baseline = statistics.median(bare_ms)
            yield Row.against("last_verified_ms", count, statistics.median(full_ms), "ms", baseline=baseline)
            yield Row("swarm_rss_mb", count, swarm.rss_mb(), "MB")


def _round(swarm: Swarm, gateway: MqttDeviceLink, command: bytes, *, number: int, bare: bool) -> float:
    """Milliseconds from the publish to the last device; the same connections and bytes in both kinds of round."""
    swarm.arm(number, bare=bare)
    threading.Event().wait(PAUSE_S)
    began_ns = time.monotonic_ns()
    gateway.publish(topics.area_command(AREA), command, expiry_s=60)
    return (swarm.last_ns() - began_ns) / 1e6


class SwarmProcess:
    """The simulator's swarm, told and heard by lines. Its words are read on a thread of their own."""

    def __init__(self, folder: Path, first: int, count: int) -> None:
        command = [sys.executable, "-m", "firmware_sim", "swarm", "--folder", str(folder)]
        command += ["--first", str(first), "--limit", str(count)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lines: Queue[dict[str, object]] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self, event: str, deadline_s: float) -> dict[str, object]:
        """The next line, which must be of this event.

        Raises:
            BenchError: it is another, or none came in time.
        """
        try:
            line = self._lines.get(timeout=deadline_s)
        except Empty:
            raise BenchError(f"the swarm did not say {event} within {deadline_s:g} s") from None
        if line.get("event") != event:
            raise BenchError(f"the swarm said {line}, not {event}")
        return line

    def arm(self, number: int, *, bare: bool) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"arm": number, "bare": bare}) + "\n")
        self._process.stdin.flush()
        self.wait("armed", DEADLINE_S)

    def rss_mb(self) -> float:
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return round(pages * resource.getpagesize() / 1e6, 1)

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as words:
            for line in words:
                self._lines.put(json.loads(line))
        self._lines.put({"event": "ended"})


class Swarm:
    """All devices, in equal parts over the processes."""

    def __init__(self, folder: Path, count: int, processes: int) -> None:
        bounds = [count * part // processes for part in range(processes + 1)]
        self._parts = [SwarmProcess(folder, first, end - first) for first, end in pairwise(bounds) if end > first]

    def connect_s(self) -> float:
        return max(float(str(part.wait("connected", CONNECT_DEADLINE_S)["seconds"])) for part in self._parts)

    def arm(self, number: int, *, bare: bool) -> None:
        for part in self._parts:
            part.arm(number, bare=bare)

    def last_ns(self) -> int:
        """When the last device of all had it."""
        return max(int(str(part.wait("round", DEADLINE_S)["last_ns"])) for part in self._parts)

    def rss_mb(self) -> float:
        return round(sum(part.rss_mb() for part in self._parts), 1)

    def stop(self) -> None:
        for part in self._parts:
            part.stop()


@contextmanager
def _swarm(settings: Settings, count: int, processes: int) -> Iterator[Swarm]:
    swarm = Swarm(settings.root / "swarm", count, processes)
    try:
        yield swarm
    finally:
        swarm.stop()


@contextmanager
def _gateway(settings: Settings, keyring: Keyring) -> Iterator[MqttDeviceLink]:
    keys = keyring.folder
    endpoint = Endpoint(
        host=settings.mqtt_host,
        port=settings.mqtt_port,
        client_id=enrolment.GATEWAY_NAME,
        ca=keys / "ca.pem",
        certificate=keys / "gateway.pem",
        key=keys / "gateway.key",
    )
    link = MqttDeviceLink(endpoint, subscriptions={}, on_message=lambda _: None)
    link.start()
    try:
        if not link.wait_ready(DEADLINE_S):
            raise BenchError("the broker did not take the gateway")
        yield link
    finally:
        link.close()


@contextmanager
def _running_broker(settings: Settings) -> Iterator[None]:
    """Mosquitto as in production, with nothing remembered and enough open files."""
    shutil.rmtree(settings.root / "broker" / "data", ignore_errors=True)
    config = broker.write_config(settings.root, port=settings.mqtt_port, host=settings.mqtt_host)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    log_path = settings.root / "broker.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen([embedded.find_program("mosquitto"), "-c", str(config)], stdout=log, stderr=log)
    try:
        deadline_s = time.monotonic() + DEADLINE_S
        while not embedded.is_listening(settings.mqtt_host, settings.mqtt_port):
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise BenchError(f"the broker did not start: {log_path.read_text()}")
            threading.Event().wait(0.02)
        yield
    finally:
        process.terminate()
        process.wait()


def _furnish(settings: Settings, keyring: Keyring, count: int) -> int:
    """The swarm's folder with at least ``count`` certificates; how many had to be made (1.5 ms each; they are kept)."""
    folder = settings.root / "swarm"
    devices = folder / "devices"
    about = {
        "mqtt_host": settings.mqtt_host,
        "mqtt_port": settings.mqtt_port,
        "root_key": keyring.root_x,
        "areas": [AREA],
    }
    issuer = folder / "ca.pem"
    if issuer.exists() and issuer.read_bytes() != keyring.ca.certificate:
        shutil.rmtree(folder)
    devices.mkdir(parents=True, exist_ok=True)
    issuer.write_bytes(keyring.ca.certificate)
    (folder / "keyset.jws").write_bytes(keyring.keyset_jws)
    (folder / "swarm.json").write_text(json.dumps(about))
    now = datetime.now(UTC)
    missing = [name for number in range(count) if not (devices / f"{(name := f'bench-{number:05}')}.pem").exists()]
    for name in missing:
        credential = enrolment.issue_device(keyring.ca, name, now)
        part = devices / f"{name}.part"
        part.write_bytes(credential.certificate + credential.key)
        part.replace(devices / f"{name}.pem")
    return len(missing)


def _command(keyring: Keyring, jitter_ms: int = JITTER_LEAST_MS) -> bytes:
    """A command that a device obeys without a sound: what is measured is the way to its acceptance."""
    now_ms = time.time_ns() // 1_000_000
    command = Command(
        v=1,
        cid=str(ULID()).lower(),
        type=CommandType.SELFTEST,
        prio=4,
        iat=now_ms,
        nbf=now_ms - 1000,
        exp=now_ms + 600_000,
        target=Target(areas=[AREA]),
        jitter_ms=jitter_ms,
        approved_by=["an-official", "another-official"],
    )
    return keyring.sign_plan(codec.encode(command))


def _verify_us(keyring: Keyring) -> float:
    """The price of one signature check, which the swarm pays once for the same bytes and every real device itself."""
    keys = TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws)
    command = _command(keyring)
    now_ms = time.time_ns() // 1_000_000
    began_ns = time.perf_counter_ns()
    for _ in range(VERIFY_TIMES):
        keys.verify(command, KeyRole.PLAN, now_ms)
    return round((time.perf_counter_ns() - began_ns) / VERIFY_TIMES / 1000, 1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
