"""``loa bench ready``: an area's new plan, until every device holds its sound and has reported it ready.

Broker, web and front are those of a server. Rounds alternate: in a bare round an nginx with nothing but the folder
listens in place of the front, so that plan, devices and bytes are the same, and the ratio is that of what serves them.
Every device fetches the plan and a sound of its own round, checks the hash of both, and reports.

``--kill-store`` measures nothing beside: content is on S3, whose server is killed when half of the sounds are held.
"""

from __future__ import annotations

import getpass
import os
import statistics
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import click

from bench.fault_injection.object_server import running_object_server
from bench.ports import free_port
from bench.signing import local_keyring
from bench.speed.field import (
    AREA,
    DEADLINE_S,
    BenchError,
    alone,
    furnish,
    gateway_link,
    running_broker,
    running_programs,
    running_swarm,
)
from bench.speed.rows import Row, print_rows
from cms import bootstrap
from cms.platform.cli import embedded
from cms.platform.cli.supervisor import Program
from cms.platform.cli.up import APP_DIR
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices.mqtt.link import Incoming, MqttDeviceLink
from devices.protocol import codec, topics
from devices.protocol.commands import Audio
from devices.protocol.messages import Ack, ExecutionState, Manifest, Plan, PlanItem, PlanRef
from media.ports import ContentStore
from media.s3 import ContentCache, S3ContentStore
from media.s3_bucket import S3Bucket
from province.machine_clock import utc_now
from province.wall_clock import local_date

ACKS: Final = topics.device_ack("+")
START_IN_MS: Final = 120_000
"""From the plan to its airing: devices spread their fetches over six seconds of it."""
ROUND_S: Final = 110.0
SOUNDS: Final = 24
OUTAGE_S: Final = 3.0
LENGTH_MS: Final = 60_000
BARE: Final = """\
worker_processes 2;
worker_rlimit_nofile 65536;
pid "{folder}/bare.pid";
error_log stderr alert;
daemon off;
{owner}
events {{ worker_connections 16384; }}
http {{
  access_log off;
  default_type application/octet-stream;
  server {{
    listen {host}:{port};
    location ~ "^/content/((..)(..).*)$" {{ alias "{content}/$2/$3/$1"; sendfile on; tcp_nopush on; }}
  }}
}}
"""


@click.command()
@click.option("--devices", default=10_000, show_default=True, help="Devices that fetch the sound.")
@click.option("--kib", default=500, show_default=True, help="Size of the sound.")
@click.option("--rounds", default=3, show_default=True, help="Rounds by the front, each with a bare one beside it.")
@click.option("--processes", default=2, show_default=True, help="Processes of the swarm: one a core.")
@click.option("--kill-store", "is_killed", is_flag=True, help="Content on S3, killed half-way and started again.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def ready(devices: int, kib: int, rounds: int, processes: int, *, is_killed: bool, as_json: bool) -> None:
    """Measure the time from a new plan until the last device has its sound."""
    with alone() as root:
        settings = Settings(home=root, mqtt_port=free_port(), web_port=free_port(), enrol_port=0)
        rows = (
            _killed_rows(settings, devices, kib, processes)
            if is_killed
            else _rows(settings, devices, kib, rounds, processes)
        )
        print_rows(rows, as_json=as_json)


def _killed_rows(settings: Settings, devices: int, kib: int, processes: int) -> Iterator[Row]:
    """Let devices fetch many sounds, none of which the front's host has, with the S3 server away in the middle."""
    with running_object_server(free_port) as server:
        access = server.access(timeout_s=5.0)
        settings = settings.model_copy(
            update={
                "s3_endpoint": access.endpoint,
                "s3_bucket": access.bucket,
                "s3_access_key": access.access_key,
                "s3_secret_key": access.secret_key,
                "s3_timeout_s": access.timeout_s,
            }
        )
        bootstrap.prepare(settings)
        keyring = local_keyring(settings)
        elsewhere = S3ContentStore(S3Bucket(access), ContentCache(settings.root / "elsewhere", 1 << 40))
        furnish(settings, keyring, devices, content_url=settings.effective_public_url)
        counter, sounds = _ReadyCounter(), {f"sound-{number}": os.urandom(kib * 1024) for number in range(SOUNDS)}
        with (
            running_broker(settings),
            running_programs(
                [embedded.alone(settings, name, APP_DIR) for name in ("background_web", "front")], settings.log_dir
            ),
            running_swarm(settings, devices, processes) as swarm,
            gateway_link(settings, keyring, subscriptions={ACKS: 0}, on_message=counter.take) as gateway,
        ):
            swarm.connect_s()
            counter.await_all(sounds, devices)
            began_s = time.monotonic()
            _publish_plan(elsewhere, keyring, gateway, sounds)
            counter.wait_for(devices * SOUNDS // 2)
            server.kill()
            killed_s = time.monotonic()
            threading.Event().wait(OUTAGE_S)
            at_the_end = counter.count
            server.start()
            away_s = time.monotonic() - killed_s
            last_s = counter.all_ready_s() - began_s
    yield Row("store_away_s", devices, round(away_s, 1), "s")
    yield Row("held_meanwhile", devices, round(100 * at_the_end / (devices * SOUNDS), 1), "%")
    yield Row("last_ready_s", devices, round(last_s, 1), "s")


def _rows(settings: Settings, devices: int, kib: int, rounds: int, processes: int) -> Iterator[Row]:
    bootstrap.prepare(settings)
    keyring = local_keyring(settings)
    context = bootstrap.build(settings)
    furnish(settings, keyring, devices, content_url=settings.effective_public_url)
    counter = _ReadyCounter()
    with (
        running_broker(settings),
        running_programs([embedded.alone(settings, "background_web", APP_DIR)], settings.log_dir),
        running_swarm(settings, devices, processes) as swarm,
        gateway_link(settings, keyring, subscriptions={ACKS: 0}, on_message=counter.take) as gateway,
    ):
        swarm.connect_s()
        measured: dict[str, list[float]] = {"bare": [], "front": []}
        for number in range(1, rounds + 1):
            for kind, server in (("bare", _bare(settings)), ("front", embedded.alone(settings, "front", APP_DIR))):
                with running_programs([server], settings.log_dir):
                    item = f"{kind}-{number}"
                    counter.await_all([item], devices)
                    began_s = time.monotonic()
                    _publish_plan(context.content, keyring, gateway, {item: os.urandom(kib * 1024)})
                    measured[kind].append(counter.all_ready_s() - began_s)
    bare_s = statistics.median(measured["bare"])
    yield Row("bare_ready_s", devices, round(bare_s, 2), "s")
    yield Row.against("last_ready_s", devices, statistics.median(measured["front"]), "s", baseline=bare_s)
    context.engine.dispose()


class _ReadyCounter:
    """Counter of the devices that reported the awaited items ready, by hash found right."""

    def __init__(self) -> None:
        self._items: frozenset[str] = frozenset()
        self._wanted = 0
        self._ready: set[tuple[str, str]] = set()
        self._last_s = 0.0
        self._changed = threading.Condition()

    def await_all(self, items: Iterable[str], devices: int) -> None:
        self._items, self._ready = frozenset(items), set()
        self._wanted = devices * len(self._items)

    def take(self, message: Incoming) -> None:
        ack = codec.decode(Ack, message.payload)
        if ack.st is ExecutionState.READY:
            with self._changed:
                self._ready.update((message.topic, item) for item in ack.items if item in self._items)
                self._last_s = time.monotonic()
                self._changed.notify_all()

    @property
    def count(self) -> int:
        return len(self._ready)

    def wait_for(self, count: int) -> None:
        """Wait until so many were reported. Raises BenchError: they were not before the airing."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.count >= count, ROUND_S):
                raise BenchError(f"{self.count} of {self._wanted} were ready after {ROUND_S:g} s")

    def all_ready_s(self) -> float:
        """Wait for the last device; return the monotonic instant of its report.

        Raises:
            BenchError: it did not come before the airing.
        """
        self.wait_for(self._wanted)
        return self._last_s


def _publish_plan(
    content: ContentStore, keyring: Keyring, gateway: MqttDeviceLink, sounds: Mapping[str, bytes]
) -> None:
    """Store the sounds and a plan with them one after the other, and publish the manifest that names the plan."""
    now = utc_now()
    now_ms = round(now.timestamp() * 1000)
    start_at, entries = now_ms + START_IN_MS, []
    for item, sound in sounds.items():
        audio = Audio(sha256=content.put_bytes(sound), bytes=len(sound), dur_ms=LENGTH_MS)
        end_at = start_at + LENGTH_MS
        entries.append(PlanItem(item=item, start_at=start_at, end_at=end_at, prio=4, audio=audio, after="drop"))
        start_at = end_at
    day = local_date(now).isoformat()
    plan = codec.encode(Plan(v=1, area=AREA, day=day, items=entries))
    ref = PlanRef(sha256=content.put_bytes(plan), bytes=len(plan))
    manifest = Manifest(v=1, area=AREA, ver=now_ms, iat=now_ms, days={day: ref})
    gateway.publish(topics.area_plan(AREA), keyring.sign_plan(manifest), retain=True).result(DEADLINE_S)


def _bare(settings: Settings) -> Program:
    """Return an nginx that serves the content folder and nothing else, where the front would listen."""
    folder = settings.run_dir / "bare"
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nginx.conf"
    # Started by root, nginx would run as a user that cannot read our files.
    owner = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    where = {"host": settings.web_host, "port": settings.web_port, "content": settings.content_dir}
    config.write_text(BARE.format(folder=folder, owner=owner, **where))
    return Program(
        "bare",
        [embedded.find_program("nginx"), "-e", "stderr", "-c", str(config)],
        lambda: embedded.is_listening(settings.web_host, settings.web_port),
    )
