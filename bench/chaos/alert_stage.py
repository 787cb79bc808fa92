"""Installation of ``loa chaos-alert``: broker and gateway as in production, fleets behind a network, ground truth."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.chaos.network import NetworkProxy
from bench.demo.run import truth_in
from bench.signing import local_signer
from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, AlertStatus, Audience
from broadcast.alerts.orders import Order, OrderEnd, ReachState
from broadcast.bulletins.model import Targets
from cms import bootstrap
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service import orders
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.cli import embedded
from cms.platform.cli.supervisor import Supervisor
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.gateway import outbox_notifier
from cms.platform.settings import Settings
from cms.platform.store.engine import reading
from cms.platform.store.outbox import Outbox
from devices.model import Device, DeviceId, DeviceKind
from province.areas import Area, AreaId
from province.machine_clock import unix_ms
from province.people import UserId

PROVINCE, MEANT, OTHER = AreaId("chaos"), AreaId("chaos-meant"), AreaId("chaos-other")
LASTS: Final = timedelta(minutes=30)
LOOK_EVERY_S: Final = 0.05
SILENT_WITHIN_MS: Final = 1_000
"""The bar: nothing sounds later than this after the cancel."""
SETTLED_S: Final = 2.0
"""By then every device has its area, and has asked once more for the messages of that area."""
RECONNECT_S: Final = ("0.2", "2")
_ENROLLED: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SHIFTED: Final = """
import sys, time
ahead_ns, real = int(sys.argv.pop(1)) * 1_000_000_000, time.time_ns
time.time_ns = lambda: real() + ahead_ns
from firmware_sim.__main__ import main
raise SystemExit(main())
"""
"""Program of a fleet whose hardware clock is wrong by so many seconds."""


class StageTimeoutError(Exception):
    """Timeout of an expected event."""


class DeviceProcess:
    """One process of devices, which can lose its power and get it back."""

    def __init__(
        self, settings: Settings, name: str, devices: Sequence[DeviceId], *, clock_s: int = 0, root: Path | None = None
    ) -> None:
        """Make it. ``root``: folder of what the devices keep and tell; else in the home."""
        self.devices = frozenset(devices)
        root = root or settings.root / "fleet"
        self._bundles = root / f"bundles-{name}"
        self._bundles.mkdir(parents=True, exist_ok=True)
        for device_id in devices:
            (self._bundles / device_id).symlink_to(settings.devices_dir / device_id)
        self._status = root / f"{name}.json"
        self._flash = root / "flash"
        self._argv = [sys.executable, *(["-c", _SHIFTED, str(clock_s)] if clock_s else ["-m", "firmware_sim"])]
        self._argv += ["fleet", "--bundles", str(self._bundles), "--flash", str(self._flash)]
        self._argv += ["--out", str(root / "out"), "--status", str(self._status), "--reconnect-s", *RECONNECT_S]
        self._log = root / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._status.unlink(missing_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(APP_DIR)}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._argv, env=environment, stdout=log, stderr=log)
        await_true(self.is_connected, 120, f"the devices of {self._status.stem}")

    def kill(self) -> None:
        """Kill the fleet, without an MQTT disconnect."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def forget(self) -> None:
        """Reset the devices to the factory state: nothing on flash, and the hardware clock believed."""
        for device_id in self.devices:
            shutil.rmtree(self._flash / device_id, ignore_errors=True)

    def is_connected(self) -> bool:
        """Return whether all of them are connected, as they say themselves."""
        try:
            said = json.loads(self._status.read_text())
        except (FileNotFoundError, ValueError):
            return False
        return bool(said.get("connected") == len(self.devices))


@dataclass(frozen=True, slots=True)
class AlertSounding:
    """One line of a device's truth: ``result`` is started, done or cut."""

    device_id: DeviceId
    order_id: str
    started_ms: int
    ended_ms: int | None
    result: str


@dataclass
class AlertOffice:
    """Office: ``approve`` and ``cancel`` use the domain's own steps, and notify the gateway."""

    context: Context

    def approve(self, *, every_ms: int = 0, just_before: Callable[[], object] = lambda: None) -> Order:
        """Approve an alert; call ``just_before`` the commit, when no other transaction can be writing."""
        return approve_alert(self.context, MEANT, every_ms=every_ms, just_before=just_before)

    def cancel(self, order: Order) -> int:
        """End the order; return when (ms)."""
        with self.context.uow() as unit:
            orders.end_order(unit, order.id, self.context.now(), OrderEnd.CANCELLED)
            unit.commit()
        return unix_ms()

    def states(self, order: Order) -> dict[DeviceId, ReachState]:
        with self.context.uow.reading() as unit:
            return {reach.device_id: reach.state for reach in unit[Orders].reaches(order.id)}

    def answered(self, order: Order) -> int:
        return sum(state is not ReachState.WAITING for state in self.states(order).values())

    def soundings(self, order: Order) -> list[AlertSounding]:
        """List the soundings of this order on every device, by its own truth log."""
        out = self.context.settings.root / "fleet" / "out"
        return [
            AlertSounding(
                DeviceId(path.parent.name), order.id, line["started_at_ms"], line["ended_at_ms"], line["result"]
            )
            for path in out.glob("*/truth.jsonl")
            for line in truth_in(path)
            if line.get("item") == order.id
        ]

    def await_heard(self, order: Order, devices: Collection[DeviceId], limit_s: float) -> bool:
        """Wait up to the limit; return whether each of the devices has sounded the whole order."""
        return holds(
            lambda: {each.device_id for each in self.soundings(order) if each.result == "done"} >= set(devices), limit_s
        )


@dataclass
class AlertStage(AlertOffice):
    """Running installation, whose programs can be killed and frozen."""

    supervisor: Supervisor
    network: NetworkProxy
    main: DeviceProcess
    off: DeviceProcess
    fast: DeviceProcess
    slow: DeviceProcess
    bystanders: frozenset[DeviceId]
    cancelled_ms: dict[str, int] = field(default_factory=dict)
    silent_within_ms: int = SILENT_WITHIN_MS

    def cancel(self, order: Order) -> int:
        self.cancelled_ms[order.id] = at_ms = super().cancel(order)
        return at_ms

    def kill(self, program: str) -> None:
        """Kill the program with SIGKILL; wait until the supervisor has restarted it."""
        pid = self.pid(program)
        os.kill(pid, signal.SIGKILL)
        await_true(lambda: self.supervisor.pid(program) not in {None, pid}, 30, f"{program} again")

    def pid(self, program: str) -> int:
        pid = self.supervisor.pid(program)
        if pid is None:
            raise StageTimeoutError(f"{program} does not run")
        return pid

    def stop(self, program: str) -> None:
        """Freeze the program until ``go_on`` or its death; on return all its threads are stopped."""
        pid = self.pid(program)
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED)

    @contextmanager
    def stopped(self, program: str) -> Iterator[None]:
        """Freeze the program within the block, and not in the middle of a write: we hold the store meanwhile."""
        with self.context.uow.reading() as unit:
            unit[Orders].open()
            self.stop(program)
        try:
            yield
        finally:
            self.go_on(program)

    def go_on(self, program: str) -> None:
        os.kill(self.pid(program), signal.SIGCONT)


def approve_alert(
    context: Context, area: AreaId, *, every_ms: int = 0, just_before: Callable[[], object] = lambda: None
) -> Order:
    """Approve an alert for an area; call ``just_before`` the commit, when no other transaction can be writing."""
    now = context.now()
    alert = Alert(
        id=AlertId(context.new_id()),
        kind=AlertKind.LIVE,
        hazard=Hazard.FLASH_FLOOD,
        level=AlertLevel.TWO,
        headline="Lũ quét trên sông Cái",
        audience=Audience(Targets((area,))),
        facts=AlertFacts(),
        wordings=(),
        rounds=Rounds((), every_ms),
        expires_at=now + LASTS,
        author_id=UserId("chaos"),
        author_name="chaos",
        created_at=now,
        changed_at=now,
    )
    with context.uow() as unit:
        unit[Alerts].add(alert)
        agreed = replace(alert, status=AlertStatus.ACTIVE, version=alert.version + 1)
        active = orders.send(unit, agreed, replaced=None, approved_by=("chaos",), now=now, new_id=context.new_id)
        just_before()
        unit.commit()
    assert active.order_id is not None
    with context.uow.reading() as unit:
        return unit[Orders].get(active.order_id)


@contextmanager
def staged(settings: Settings, counts: tuple[int, int, int, int], seed: int) -> Iterator[AlertStage]:
    """Yield the stage. ``counts``: devices left on, switched off, with each wrong clock, and in the other area."""
    bootstrap.prepare(settings)
    context = bootstrap.build(settings, signer=local_signer(settings))
    context.uow.hooks.append(outbox_notifier.ring_after_commit(outbox_notifier.path_of(settings)))
    # Without liveness: a gateway that is stopped on purpose must not be started again.
    wanted = [each for each in embedded.programs(settings, APP_DIR) if each.name in {"broker", "signer", "gateway"}]
    chosen = [replace(each, liveness=None) for each in wanted]
    supervisor = Supervisor(chosen, settings.log_dir, report=lambda _: None)
    with NetworkProxy(settings.mqtt_port, seed) as network:
        on, off_count, wrong, other = counts
        sizes = {"main": on, "off": off_count, "fast": wrong, "slow": wrong, "other": other}
        names = furnish(context, sizes, network.port)
        main = DeviceProcess(settings, "main", [*names["main"], *names["other"]])
        off = DeviceProcess(settings, "off", names["off"])
        fast = DeviceProcess(settings, "fast", names["fast"], clock_s=300)
        slow = DeviceProcess(settings, "slow", names["slow"], clock_s=-300)
        fleets = (main, off, fast, slow)
        supervisor.start()
        loop = threading.Thread(target=supervisor.run, name="supervisor")
        loop.start()
        try:
            for fleet in fleets:
                fleet.start()
            await_true(lambda: is_settled(context), 60, "an empty outbox")
            pause(SETTLED_S)
            yield AlertStage(context, supervisor, network, main, off, fast, slow, frozenset(names["other"]))
        finally:
            for fleet in fleets:
                fleet.kill()
            supervisor.stop()
            loop.join()
            context.engine.dispose()


def is_settled(context: Context) -> bool:
    with reading(context.engine) as session:
        return Outbox(session).unsent() == 0


def await_true(check: Callable[[], bool], limit_s: float, what: str) -> None:
    if not holds(check, limit_s):
        raise StageTimeoutError(f"{what} did not come within {limit_s:g} s")


def holds(check: Callable[[], bool], limit_s: float, *, look_s: float = LOOK_EVERY_S) -> bool:
    deadline = time.monotonic() + limit_s
    while not check():
        if time.monotonic() > deadline:
            return False
        pause(look_s)
    return True


def pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def furnish(context: Context, counts: Mapping[str, int], port: int) -> dict[str, list[DeviceId]]:
    """Add areas, and so many devices of each name, whose bundles name this port of their broker."""
    names = {name: [DeviceId(f"chaos-{name}-{number:03}") for number in range(count)] for name, count in counts.items()}
    through = context.settings.model_copy(update={"mqtt_port": port})
    with context.uow() as unit:
        unit[Places].add(
            [
                Area(PROVINCE, "Tỉnh", "province", None, _ENROLLED.date()),
                Area(MEANT, "Xã được báo", "commune", PROVINCE, _ENROLLED.date()),
                Area(OTHER, "Xã bên cạnh", "commune", PROVINCE, _ENROLLED.date()),
            ]
        )
        unit[Devices].add_many(_devices(names))
        unit.commit()
    for name, ids in names.items():
        for device_id in ids:
            context.keyring.provision(device_id, f"sn-{device_id}", _area_of(name), through)
    return names


def _devices(names: dict[str, list[DeviceId]]) -> Iterable[Device]:
    for name, ids in names.items():
        for device_id in ids:
            yield Device(device_id, f"sn-{device_id}", device_id, DeviceKind.CLUSTER, _area_of(name), _ENROLLED)


def _area_of(name: str) -> AreaId:
    return OTHER if name == "other" else MEANT
