"""Bench installation: a broker as in production, the simulator's swarm in processes of its own, and certificates."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from queue import Empty, Queue
from typing import Final

import click

from cms.platform.cli import embedded
from cms.platform.cli.supervisor import Program, Supervisor
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices import enrolment
from devices.mqtt import broker
from devices.mqtt.link import Endpoint, Incoming, MqttDeviceLink
from province.machine_clock import utc_now

AREA: Final = "bench-area"
DEADLINE_S: Final = 60.0
CONNECT_DEADLINE_S: Final = 300.0


class BenchError(click.ClickException):
    """Failure of a bench."""


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)


def cpu_ms(pid: int) -> float:
    """Return the processor time of a process so far, of all its threads, in ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


class SwarmProcess:
    """One process of the simulator's swarm: commands and answers are lines; a thread of its own reads the answers."""

    def __init__(self, folder: Path, first: int, count: int) -> None:
        command = [sys.executable, "-m", "bench.load", "swarm", "--folder", str(folder)]
        command += ["--first", str(first), "--limit", str(count)]
        with (folder / f"swarm-{first}.log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self._lines: Queue[dict[str, object]] = Queue()
        self._states: Queue[dict[str, object]] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self, event: str, deadline_s: float) -> dict[str, object]:
        """Return the next line, which must be of this event.

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

    def arm(self, number: int, *, bare: bool, words: bool = False, answers: bool = False) -> None:
        self.tell({"arm": number, "bare": bare, "words": words, "answers": answers})
        self.wait("armed", DEADLINE_S)

    def state(self) -> dict[str, object]:
        """Ask for the state; a round may end meanwhile. Raises BenchError."""
        self.tell({"state": True})
        try:
            return self._states.get(timeout=DEADLINE_S)
        except Empty:
            raise BenchError(f"the swarm did not say its state within {DEADLINE_S:g} s") from None

    def tell(self, order: dict[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def rss_mb(self) -> float:
        return rss_mb(self._process.pid)

    def cpu_ms(self) -> float:
        return cpu_ms(self._process.pid)

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
                said = json.loads(line)
                (self._states if said["event"] == "state" else self._lines).put(said)
        self._lines.put({"event": "ended"})


@dataclass(frozen=True, slots=True)
class SwarmRound:
    """Result of a round. ``last_ns``: monotonic. ``siren_ms``: slowest from the command to the siren's first sample."""

    last_ns: int
    siren_ms: float
    sirens: int
    silenced: int


@dataclass(frozen=True, slots=True)
class SwarmState:
    """State of a swarm. ``connected_ns``: when the last connection was made; what each device obeyed in the round.

    ``words``: how many devices have words, while they are awaited.
    """

    online: int
    connected_ns: int
    least_obeyed: int
    most_obeyed: int
    words: int


class SwarmProcesses:
    """All devices of the swarm, in equal parts over the processes."""

    def __init__(self, folder: Path, count: int, processes: int) -> None:
        bounds = [count * part // processes for part in range(processes + 1)]
        self._parts = [SwarmProcess(folder, first, end - first) for first, end in pairwise(bounds) if end > first]

    def connect_s(self) -> float:
        return max(float(str(part.wait("connected", CONNECT_DEADLINE_S)["seconds"])) for part in self._parts)

    def arm(self, number: int, *, bare: bool, words: bool = False, answers: bool = False) -> None:
        for part in self._parts:
            part.arm(number, bare=bare, words=words, answers=answers)

    def last_ns(self) -> int:
        """Return the instant when the last device of all had the message, in monotonic nanoseconds."""
        return self.round().last_ns

    def round(self) -> SwarmRound:
        """Wait until the last device has the message; return the result of the armed round."""
        lines = [part.wait("round", DEADLINE_S) for part in self._parts]
        return SwarmRound(
            last_ns=max(int(str(line["last_ns"])) for line in lines),
            siren_ms=max(float(str(line["siren_ms"] or 0)) for line in lines),
            sirens=sum(int(str(line["sirens"])) for line in lines),
            silenced=sum(int(str(line["silenced"])) for line in lines),
        )

    def words_ns(self) -> list[int]:
        """Wait until every device has spoken words; return the instant when each one's first word sounds."""
        found: list[int] = []
        for part in self._parts:
            at_ns = part.wait("words", DEADLINE_S)["at_ns"]
            assert isinstance(at_ns, list)
            found += at_ns
        return found

    def listen(self) -> None:
        """Count frames of live addresses from now on."""
        for part in self._parts:
            part.tell({"live": True})
            part.wait("listening", DEADLINE_S)

    def delays_ms(self) -> Counter[int]:
        """Count the frames that sounded on all devices, by delay after they were spoken, in ms."""
        found: Counter[int] = Counter()
        for part in self._parts:
            part.tell({"live": False})
            counted = part.wait("live", DEADLINE_S)["delay_ms"]
            assert isinstance(counted, dict)
            found.update({int(delay_ms): count for delay_ms, count in counted.items()})
        return found

    def state(self) -> SwarmState:
        """Return how many are connected, and what they have obeyed since the round was armed."""
        lines = [part.state() for part in self._parts]
        obeyed = [line["obeyed"] for line in lines]
        assert all(isinstance(each, list) for each in obeyed)
        return SwarmState(
            online=sum(int(str(line["online"])) for line in lines),
            connected_ns=max(int(str(line["connected_ns"])) for line in lines),
            least_obeyed=min(each[0] for each in obeyed if isinstance(each, list)),
            most_obeyed=max(each[1] for each in obeyed if isinstance(each, list)),
            words=sum(int(str(line["words"])) for line in lines),
        )

    def watch_topics(self) -> None:
        """Count by topic the commands that devices judge, from now on."""
        for part in self._parts:
            part.tell({"storm": True})
            part.wait("watching", DEADLINE_S)

    def verified(self) -> dict[str, tuple[int, int]]:
        """Return by topic how many devices have judged a command, and when the last one had (monotonic, ns)."""
        found: dict[str, tuple[int, int]] = {}
        for part in self._parts:
            part.tell({"storm": False})
            topics = part.wait("storm", DEADLINE_S)["topics"]
            assert isinstance(topics, dict)
            for topic, (count, last_ns) in topics.items():
                before, before_ns = found.get(topic, (0, 0))
                found[topic] = (before + count, max(before_ns, last_ns))
        return found

    def rss_mb(self) -> float:
        return round(sum(part.rss_mb() for part in self._parts), 1)

    def cpu_ms(self) -> float:
        return sum(part.cpu_ms() for part in self._parts)

    def stop(self) -> None:
        for part in self._parts:
            part.stop()


def counts_of(devices: str) -> list[int]:
    """Parse numbers separated by commas, smallest first.

    Raises:
        click.BadParameter: something else.
    """
    try:
        return sorted({int(count) for count in devices.split(",")})
    except ValueError:
        raise click.BadParameter("numbers, separated by commas", param_hint="--devices") from None


@contextmanager
def alone() -> Iterator[Path]:
    """Yield the benches' own folder, locked for one bench at a time; SIGTERM ends what was started, too."""
    root = Settings().root / "bench"
    root.mkdir(parents=True, exist_ok=True)
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with (root / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield root
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def running_programs(chosen: Sequence[Program], log_dir: Path) -> Iterator[None]:
    """Run these programs, each until it is ready; they are not watched."""
    supervisor = Supervisor(chosen, log_dir)
    supervisor.start()
    try:
        yield
    finally:
        supervisor.stop()
        supervisor.run()


@contextmanager
def running_swarm(settings: Settings, count: int, processes: int) -> Iterator[SwarmProcesses]:
    swarm = SwarmProcesses(settings.root / "swarm", count, processes)
    try:
        yield swarm
    finally:
        swarm.stop()


@contextmanager
def gateway_link(
    settings: Settings,
    keyring: Keyring,
    *,
    subscriptions: Mapping[str, int] | None = None,
    on_message: Callable[[Incoming], None] = lambda _: None,
) -> Iterator[MqttDeviceLink]:
    """Connect as the gateway; ``subscriptions``: topic filter to QoS."""
    keys = keyring.folder
    endpoint = Endpoint(
        host=settings.mqtt_host,
        port=settings.mqtt_port,
        client_id=enrolment.GATEWAY_NAME,
        ca=keys / "ca.pem",
        certificate=keys / "gateway.pem",
        key=keys / "gateway.key",
    )
    link = MqttDeviceLink(endpoint, subscriptions=subscriptions or {}, on_message=on_message)
    link.start()
    try:
        if not link.wait_ready(DEADLINE_S):
            raise BenchError("the broker did not take the gateway")
        yield link
    finally:
        link.close()


@contextmanager
def running_broker(settings: Settings, *, also_allowed: str = "") -> Iterator[int]:
    """Run Mosquitto as in production, without old data and with enough open files; yield its process id.

    ``also_allowed`` is added to its access list.
    """
    shutil.rmtree(settings.root / "broker" / "data", ignore_errors=True)
    config = broker.write_config(settings.root, port=settings.mqtt_port, host=settings.mqtt_host)
    allow(settings, also_allowed)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    log_path = settings.root / "broker.log"
    log_path.unlink(missing_ok=True)
    process = embedded.start_broker(config, log_path)
    try:
        deadline_s = time.monotonic() + DEADLINE_S
        while not embedded.is_listening(settings.mqtt_host, settings.mqtt_port):
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise BenchError(f"the broker did not start: {log_path.read_text()}")
            threading.Event().wait(0.02)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def allow(settings: Settings, rights: str) -> None:
    """Add to the broker's access list, which it reads when it starts."""
    with (settings.root / "broker" / "acl").open("a") as acl:
        acl.write(rights)


def furnish(settings: Settings, keyring: Keyring, count: int, content_url: str = "", **more: object) -> int:
    """Furnish the swarm's folder with ``count`` certificates; return how many are new (1.5 ms each; they are kept).

    ``more``: further fields of ``SwarmFolder``, such as ``communes``: so many areas below, in which the devices stand.
    """
    folder = settings.root / "swarm"
    devices = folder / "devices"
    about = {
        "mqtt_host": settings.mqtt_host,
        "mqtt_port": settings.mqtt_port,
        "root_key": keyring.root_x,
        "areas": [AREA],
        "content_url": content_url,
        **more,
    }
    authority = folder / "ca.pem"
    if authority.exists() and authority.read_bytes() != keyring.ca_certificate:
        shutil.rmtree(folder)
    devices.mkdir(parents=True, exist_ok=True)
    authority.write_bytes(keyring.ca_certificate)
    (folder / "keyset.jws").write_bytes(keyring.keyset_jws)
    (folder / "swarm.json").write_text(json.dumps(about))
    now, issuer = utc_now(), keyring.issuer()
    missing = [name for number in range(count) if not (devices / f"{(name := f'bench-{number:05}')}.pem").exists()]
    for name in missing:
        credential = enrolment.issue_device(issuer, name, now)
        part = devices / f"{name}.part"
        part.write_bytes(credential.certificate + credential.key)
        part.replace(devices / f"{name}.pem")
    return len(missing)
