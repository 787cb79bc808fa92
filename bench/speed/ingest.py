"""``loa bench ingest``: heartbeats a second that are received, decoded and committed.

The broker runs as in production; the simulator sends telemetry of all devices in turn, each a full record, over a few
connections; the intake is the gateway's own, on its own subscriber and store. No more are in flight than the broker
queues for a reader, so the bench itself loses nothing: a record missing at the end was lost by the intake. The baseline
is a bare subscriber that only counts, fed in the same way in the same run; that of the memory is the process before it
takes anything in. Processor time per record and process explains the rate, however busy the machine is otherwise.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final

import click
from sqlalchemy import text

from bench.ports import free_port
from bench.signing import local_keyring
from bench.speed.field import AREA, BenchError, alone, cpu_ms, rss_mb, running_broker
from bench.speed.heartbeats import RIGHTS, HeartbeatLoad
from bench.speed.postgres import Database, DatabaseKind, database_for, store_option
from bench.speed.rows import Row, print_rows
from cms import bootstrap, migrations
from cms.areas.repository import Places
from cms.fleet.inbound.last_seen import LastSeen
from cms.fleet.repository.devices import Devices
from cms.health.inbound import SUBSCRIPTIONS, Intake
from cms.health.queries.telemetry import outcomes
from cms.health.repository.telemetry_days import ready_days
from cms.platform.context import Context
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from cms.platform.store.engine import reading
from devices import enrolment
from devices.model import Device, DeviceId, DeviceKind
from devices.mqtt.link import Endpoint, Incoming
from devices.mqtt.subscriber import MqttSubscriber
from province.areas import Area, AreaId

UNDER_WAY: Final = 8_000
"""Messages in flight: the broker queues 10,000 for a slow reader."""
QUIET_S: Final = 10.0
"""A record that has not come after this long is lost."""
ENROLLED: Final = datetime(2026, 1, 1, tzinfo=UTC)


@click.command()
@click.option("--devices", default=10_000, show_default=True, help="How many devices.")
@click.option("--rounds", default=20, show_default=True, help="Heartbeats of each device.")
@store_option
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def ingest(devices: int, rounds: int, store: str, *, as_json: bool) -> None:
    """Measure the heartbeats a second that are decoded and committed, and the time that each takes."""
    with alone() as root, database_for(DatabaseKind(store), root / "loa.db") as database:
        settings = Settings(home=root, mqtt_port=free_port(), database_url=database.url)
        print_rows(_rows(settings, database, devices, devices * rounds), as_json=as_json)


def _rows(settings: Settings, database: Database, devices: int, total: int) -> Iterator[Row]:
    bootstrap.prepare(settings)
    keyring = local_keyring(settings)
    context = bootstrap.build(settings)
    _furnish(context, devices)
    with running_broker(settings, also_allowed=RIGHTS) as broker, HeartbeatLoad(settings, keyring, devices) as poles:
        bare = _bare(settings, keyring, poles, total)
        yield Row("bare_per_s", total, round(bare.per_s), "1/s")
        idle_mb = rss_mb(os.getpid())
        clocks: dict[str, Callable[[], float]] = {
            "sender": partial(cpu_ms, poles.pid),
            "broker": partial(cpu_ms, broker),
            "intake": lambda: time.process_time() * 1000,
            "database": database.cpu_ms,
        }
        before = {name: clock() for name, clock in clocks.items()}
        found = _taken(context, keyring, poles, total)
        yield Row.against("committed_per_s", total, round(found.per_s), "1/s", baseline=round(bare.per_s))
        yield Row("lag_p99_ms", total, found.lag_p99_ms, "ms")
        yield Row("lost", total, total - found.count, "")
        yield Row.against("rss_mb", devices, rss_mb(os.getpid()), "MB", baseline=idle_mb)
        for name, clock in clocks.items():
            yield Row(f"{name}_cpu_us", total, round((clock() - before[name]) * 1000 / total, 1), "us")
        with reading(context.engine) as session:
            yield Row("refused", total, sum(outcomes(session).values()) - found.count, "")
            yield Row("rows_kept", total, session.scalar(text("SELECT count(*) FROM device_raw")) or 0, "")
    context.engine.dispose()


@dataclass
class _ArrivalCounter:
    """Counter of arrivals, until ``wanted`` have come or no more do. Instants are monotonic, in ns."""

    wanted: int
    ask: Callable[[int], None]
    count: int = 0
    began_ns: int = field(default_factory=time.monotonic_ns)
    last_ns: int = 0
    lags_ms: list[tuple[float, int]] = field(default_factory=list)
    asked: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        self.began_ns = time.monotonic_ns()
        self._ask(min(UNDER_WAY, self.wanted))

    def add(self, count: int, heard_ns: Sequence[int] = ()) -> None:
        self.last_ns = time.monotonic_ns()
        self.count += count
        if heard_ns:
            share = max(1, count // len(heard_ns))
            self.lags_ms += [((self.last_ns - each) / 1e6, share) for each in heard_ns]
        self._ask(min(count, self.wanted - self.asked))
        if self.count >= self.wanted:
            self.done.set()

    def wait(self) -> None:
        """Wait until all have come, or no more do."""
        before = -1
        while not self.done.wait(QUIET_S) and before != self.count:
            before = self.count

    @property
    def per_s(self) -> float:
        return self.count / max(1e-9, (self.last_ns - self.began_ns) / 1e9)

    @property
    def lag_p99_ms(self) -> float:
        rest = sum(share for _, share in self.lags_ms) * 0.01
        for lag_ms, share in sorted(self.lags_ms, reverse=True):
            rest -= share
            if rest <= 0:
                return round(lag_ms, 1)
        return 0.0

    def _ask(self, more: int) -> None:
        if more > 0:
            self.asked += more
            self.ask(more)


def _bare(settings: Settings, keyring: Keyring, poles: HeartbeatLoad, total: int) -> _ArrivalCounter:
    counted = _ArrivalCounter(total, poles.ask)
    with _listening(settings, keyring, lambda messages: counted.add(len(messages))):
        counted.begin()
        counted.wait()
    return counted


def _taken(context: Context, keyring: Keyring, poles: HeartbeatLoad, total: int) -> _ArrivalCounter:
    counted = _ArrivalCounter(total, poles.ask)
    intake = Intake(context, LastSeen(), on_stored=counted.add)
    stopping = threading.Event()
    thread = threading.Thread(target=intake.run, args=(stopping,))
    with _listening(context.settings, keyring, intake.receive):
        thread.start()
        try:
            counted.begin()
            counted.wait()
        finally:
            stopping.set()
            thread.join()
    return counted


@contextmanager
def _listening(settings: Settings, keyring: Keyring, on_messages: Callable[[list[Incoming]], object]) -> Iterator[None]:
    keys, name = keyring.folder, enrolment.HEALTH_NAME
    endpoint = Endpoint(
        settings.mqtt_host, settings.mqtt_port, name, keys / "ca.pem", keys / f"{name}.pem", keys / f"{name}.key"
    )
    ear = MqttSubscriber(endpoint, subscriptions=SUBSCRIPTIONS, on_messages=on_messages)
    ear.start()
    try:
        if not ear.wait_ready(QUIET_S):
            raise BenchError("the broker did not take the ear")
        yield
    finally:
        ear.close()


def _furnish(context: Context, devices: int) -> None:
    """Add one area and its devices; a database given by address may have them from the last time."""
    migrations.upgrade(context.settings.effective_database_url)
    poles = [
        Device(DeviceId(name), f"sn-{name}", name, DeviceKind.CLUSTER, AreaId(AREA), ENROLLED)
        for name in (f"bench-{number:05}" for number in range(devices))
    ]
    with context.uow() as unit:
        known = unit[Devices].get_many([device.id for device in poles])
        if not known:
            unit[Places].add([Area(AreaId(AREA), "Tỉnh", "province", None, ENROLLED.date())])
        unit[Devices].add_many(device for device in poles if device.id not in known)
        unit.commit()
    ready_days(context.engine, context.now(), 0)
