"""``loa chaos-revoke``: devices offline, certificates revoked, gateways restarted, and no other device disconnected.

Broker and gateway are the real processes; each round one device is offline while another's certificate is revoked and
the gateway dies. Then the first comes back, a new one connects, and all of them have to stay connected: the broker
looks for expired sessions once a second, so a round of three seconds is three chances to disconnect a device by
mistake. One broker runs through all rounds, as damage adds up.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from bench.ports import free_port
from bench.signing import running_signer
from bench.speed.field import AREA, running_broker
from cms import bootstrap
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.fleet.service import certificates, changes
from cms.platform.cli import embedded
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.gateway import outbox_notifier
from cms.platform.settings import Settings
from devices.lifecycle import LifecycleAction
from devices.model import Device, DeviceId, DeviceKind
from devices.mqtt.link import Endpoint, MqttDeviceLink
from devices.protocol import topics
from province.areas import Area, AreaId
from province.people import program

DEADLINE_S: Final = 60.0
LOOK_S: Final = 0.01
_ENROLLED: Final = datetime(2026, 1, 1, tzinfo=UTC)


class RevocationTimeoutError(click.ClickException):
    """Timeout of an expected event."""


class Watched:
    """Connection of a device, and the number of times that it was made."""

    def __init__(self, context: Context, device_id: DeviceId) -> None:
        self.id = device_id
        self.connections = 0
        folder = context.settings.devices_dir / device_id
        settings = context.settings
        where = Endpoint(
            settings.mqtt_host,
            settings.mqtt_port,
            device_id,
            folder / "ca.pem",
            folder / "device.pem",
            folder / "device.key",
        )
        wanted = {topics.device_command(device_id): 1}
        self.link = MqttDeviceLink(where, subscriptions=wanted, on_message=lambda _: None, on_ready=self._count)

    def connect(self) -> None:
        self.link.start()
        if not self.link.wait_ready(DEADLINE_S):
            raise RevocationTimeoutError(f"{self.id} did not connect")

    def _count(self) -> None:
        self.connections += 1


@click.command("chaos-revoke")
@click.option("--rounds", default=100, show_default=True, help="Revocations, each with a restart of the gateway.")
@click.option("--devices", default=10, show_default=True, help="That stay connected all the time.")
@click.option("--hold-s", default=3.0, show_default=True, help="So long everybody has to stay, each round.")
def chaos_revoke(rounds: int, devices: int, hold_s: float) -> None:
    """Check that a revocation disconnects no other device, and that the revoked one does not come back."""
    with tempfile.TemporaryDirectory(prefix="loa-chaos-") as home:
        settings = Settings(home=Path(home), mqtt_port=free_port(), web_port=free_port(), enrol_port=0)
        bootstrap.prepare(settings)
        context = bootstrap.build(settings)
        try:
            is_good = _run(context, rounds, devices, hold_s)
        finally:
            context.engine.dispose()
    sys.exit(0 if is_good else 1)


def _run(context: Context, rounds: int, devices: int, hold_s: float) -> bool:
    logging.getLogger("devices.mqtt.link").setLevel(logging.ERROR)  # disconnects are counted instead
    context.uow.hooks.append(outbox_notifier.ring_after_commit(outbox_notifier.path_of(context.settings)))
    with context.uow() as unit:
        unit[Places].add([Area(AreaId(AREA), "Tỉnh", "province", None, _ENROLLED.date())])
        unit.commit()
    stays = [Watched(context, _enrolled(context, f"stays-{number}")) for number in range(devices)]
    away = Watched(context, _enrolled(context, "away"))
    revoked_ms: list[float] = []
    thrown_off = back = 0
    began_s = time.monotonic()
    with running_broker(context.settings), running_signer(context.settings):
        gateway = _Gateway(context.settings)
        try:
            for each in stays:
                each.connect()
            gateway.start()
            for number in range(rounds):
                thief = Watched(context, _enrolled(context, f"thief-{number}"))
                thief.connect()
                revoked_ms.append(_round(context, gateway, away, thief, is_killed=bool(number % 2)))
                away = Watched(context, away.id)
                away.connect()
                newcomer = Watched(context, _enrolled(context, f"new-{number}"))
                newcomer.connect()
                threading.Event().wait(hold_s)
                there = [*stays, away, newcomer]
                thrown_off += sum(not each.link.is_ready or each.connections != 1 for each in there)
                back += thief.link.is_ready
                newcomer.link.close()
                thief.link.close()
        finally:
            gateway.stop()
            for each in [*stays, away]:
                each.link.close()
    log = (context.settings.root / "broker.log").read_text(errors="replace")
    expelled = log.count("Expiring client")
    click.echo(
        f"{rounds} rounds, {time.monotonic() - began_s:.0f} s of one broker: {thrown_off} thrown off,"
        f" {expelled} expelled by its expiry list, {back} revoked ones back;"
        f" a revoked one was out after {max(revoked_ms):.0f} ms at most"
    )
    return not (thrown_off or expelled or back)


def _round(context: Context, gateway: _Gateway, away: Watched, thief: Watched, *, is_killed: bool) -> float:
    """Take one device offline, revoke another, restart the gateway; return the ms until the revoked one was out."""
    if away.connections == 0:
        away.connect()
    away.link.close()
    began_s = time.monotonic()
    with context.uow() as unit:
        device = unit[Devices].get(thief.id)
        life = changes.life_of(unit, device)
        now = context.now()
        changes.step(unit, device, life, LifecycleAction.REVOKE, told={}, by=program("chaos"), now=now)
        unit.commit()
    _until(lambda: not thief.link.is_ready, f"{thief.id} is still there")
    out_ms = (time.monotonic() - began_s) * 1000
    gateway.stop(signal.SIGKILL if is_killed else signal.SIGTERM)
    gateway.start()
    return out_ms


def _enrolled(context: Context, name: str) -> DeviceId:
    """Enrol a device, with its certificate recorded in the store; return its id."""
    device_id = DeviceId(name)
    settings = context.settings
    folder = context.keyring.provision(name, f"sn-{name}", AREA, settings)
    with context.uow() as unit:
        unit[Devices].add(Device(device_id, f"sn-{name}", name, DeviceKind.CLUSTER, AreaId(AREA), _ENROLLED))
        pem = (folder / "device.pem").read_text(encoding="ascii")
        certificates.record_delivered(unit, device_id, pem, context.now())
        unit.commit()
    return device_id


class _Gateway:
    """Process of the real gateway."""

    def __init__(self, settings: Settings) -> None:
        self._ready = settings.run_dir / "gateway.ready"
        (self._program,) = [each for each in embedded.programs(settings, APP_DIR) if each.name == "gateway"]
        self._log = settings.root / "gateway.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._ready.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            env = {**os.environ, **self._program.env}
            self._process = subprocess.Popen(self._program.argv, env=env, stdout=log, stderr=log)
        _until(self._ready.exists, "the gateway is not ready")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()


def _until(holds: Callable[[], bool], told: str) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not holds():
        if time.monotonic() > deadline_s:
            raise RevocationTimeoutError(f"after {DEADLINE_S:g} s: {told}")
        threading.Event().wait(LOOK_S)
