"""The gateway: the one process that speaks with the devices. Everything it has to do is in the store.

::

    outbox ──► lane  ──► link ──► broker ──► devices      alerts, their ends, stops: at once, on a thread of their own
    web ─────► live  ──► link ──► broker ──► devices      what is said live, past the store
    outbox ──► relay ──► link ──► broker ──► devices      everything else
    store ───► desk  ──► link ──► broker ──► devices      remote commands, in slices
    store  ◄── uplink ◄── ear  ◄── broker ◄── devices
    store  ◄── intake ◄── ear  ◄── broker ◄── devices     health: its own connection, thread and transactions

Killed at any instant, it starts again and finds what is left to do: outbox rows not marked sent, messages not
acknowledged to the broker, areas whose plan ends too early.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from cms import live_pipe
from cms.context import Context
from cms.garbage import set_loaded_aside
from cms.live_pipe import LiveInlet
from cms.workers import doorbell, intake
from cms.workers.alert_lane import AlertLane
from cms.workers.alert_letters import AlertLetters
from cms.workers.beacon import Beacon
from cms.workers.clockless import Clockless
from cms.workers.command_desk import CommandDesk
from cms.workers.doorbell import Doorbell
from cms.workers.exchange import ExchangeDesk
from cms.workers.expiry import expire_due
from cms.workers.firmware_desk import FirmwareDesk
from cms.workers.guard import IdentityGuard
from cms.workers.health_desk import HealthDesk
from cms.workers.hearing import SUBSCRIPTIONS, Hearing
from cms.workers.horizon import Horizon, replan_area
from cms.workers.intake import Intake
from cms.workers.last_seen import LastSeen
from cms.workers.letters import Letters
from cms.workers.line_watch import LineWatch
from cms.workers.live_lane import LiveLane
from cms.workers.lock import GatewayLock
from cms.workers.relay import Relay
from cms.workers.reports import ReportClerk
from cms.workers.self_test_desk import SelfTestDesk
from cms.workers.telemetry_clerk import TelemetryClerk
from cms.workers.uplink import Uplink
from devices.enrolment import EAR_NAME, GATEWAY_NAME, HEALTH_NAME
from devices.errors import LinkError
from devices.mqtt.ear import MqttEar
from devices.mqtt.link import Endpoint, MqttDeviceLink

log = logging.getLogger(__name__)

POLL_S = 0.08
RETRY_FIRST_S = 0.2
RETRY_MAX_S = 10.0
# Planning computes for seconds on end: an alert's thread must not wait 5 ms for its turn at each of its steps.
SWITCH_INTERVAL_S = 0.0005


class Gateway:
    """Its parts, wired; ``run`` blocks until ``stopping`` is set."""

    def __init__(self, context: Context) -> None:
        self._context, settings = context, context.settings
        letters = Letters(context.keyring, settings.effective_public_url, (settings.mqtt_host, settings.mqtt_port))
        self._beacon = Beacon(letters, context.now, time.monotonic)
        alerts = AlertLetters(
            context.keyring,
            speech_max_bytes=context.settings.alert_speech_max_bytes,
            tone_ms=context.settings.alert_tone_ms,
        )
        self._link = MqttDeviceLink(
            _endpoint(context, GATEWAY_NAME),
            subscriptions={},
            on_message=lambda _: None,
            on_ready=self._beacon.connected,
        )
        clockless = Clockless(context, self._link, letters, alerts, time.monotonic)
        seen = LastSeen()
        self._health = HealthDesk(context)
        self._intake = Intake(context, seen, on_health=self._health.watch.heard)
        self._health_ear = MqttEar(
            _endpoint(context, HEALTH_NAME), subscriptions=intake.SUBSCRIPTIONS, on_messages=self._intake.receive
        )
        self._uplink = Uplink(context, Hearing(context, letters, alerts, clockless.ask, seen.note))
        self._ear = MqttEar(_endpoint(context, EAR_NAME), subscriptions=SUBSCRIPTIONS, on_messages=self._uplink.receive)
        self._relay = Relay(context, self._link, letters, partial(replan_area, context))
        self._lane = AlertLane(context, self._link, alerts, partial(expire_due, context), clockless.step)
        self._live = LiveLane(context, self._link)
        self._live_path = live_pipe.path_of(context.settings)
        self._exchange = ExchangeDesk(context)
        self._clerk = ReportClerk(context)
        self._guard = IdentityGuard(context, letters)
        self._commands = CommandDesk(context, self._link)
        self._firmware = FirmwareDesk(context)
        self._telemetry_clerk = TelemetryClerk(context)
        self._woken = threading.Event()
        self._horizon = Horizon(context)
        self._bell_path = doorbell.path_of(context.settings)
        self._ready_file = context.settings.run_dir / "gateway.ready"

    def run(self, stopping: threading.Event) -> None:
        """Work until stopped; then disconnect. What was not acknowledged comes again at the next start."""
        with Doorbell(self._bell_path) as bell, LiveInlet(self._live_path) as inlet:
            self._link.start()
            self._ear.start()
            self._health_ear.start()
            threads = [
                threading.Thread(target=work, args=(stopping,), name=name, daemon=True)
                for name, work in self._works(bell, inlet)
            ]
            for thread in threads:
                thread.start()
            desks = (self._exchange, self._health, self._guard)
            for desk in desks:
                desk.start(stopping)
            try:
                self._work(stopping)
            finally:
                stopping.set()
                self._ready_file.unlink(missing_ok=True)
                for thread in threads:
                    thread.join()
                for desk in desks:
                    desk.join()
                self._health_ear.close()
                self._ear.close()
                self._link.close()

    def _works(self, bell: Doorbell, inlet: LiveInlet) -> Sequence[tuple[str, Callable[[threading.Event], object]]]:
        """What has a thread of its own, by name."""
        return (
            ("uplink", partial(self._uplink.run, self._link, self._ear.acknowledge)),
            ("alerts", lambda stopping: self._lane.run(bell, stopping, self._woken.set)),
            ("live", partial(self._live.run, inlet)),
            ("intake", self._intake.run),
            ("telemetry", self._telemetry_clerk.run),
            ("reports", self._clerk.run),
            ("commands", self._commands.run),
            ("self-tests", SelfTestDesk(self._context).run),
            ("line", LineWatch(self._context, lambda: self._is_connected).run),
            ("firmware", self._firmware.run),
        )

    @property
    def _is_connected(self) -> bool:
        return self._link.is_ready and self._ear.is_ready and self._health_ear.is_ready

    def _work(self, stopping: threading.Event) -> None:
        retry_s = RETRY_FIRST_S
        while not stopping.is_set():
            try:
                self._horizon.step()
                self._beacon.step(self._link)
                is_idle = self._relay.step() == 0
            except LinkError as error:
                log.warning("the broker is away: %s", error)
                stopping.wait(POLL_S)
            except Exception:
                log.exception("the gateway's loop failed; again in %.1f s", retry_s)
                stopping.wait(retry_s)
                retry_s = min(retry_s * 2, RETRY_MAX_S)
            else:
                retry_s = RETRY_FIRST_S
                if self._is_connected and not self._ready_file.exists():
                    self._ready_file.touch()
                if is_idle:
                    self._woken.wait(POLL_S)
                    self._woken.clear()


def run(context: Context) -> int:
    """Hold the lock and work until SIGTERM or SIGINT; returns the exit status. Call it in the main thread."""
    logging.basicConfig(level=context.settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # What was imported stays for ever, and a batch of answers is many objects: a fifth of its time went into looking at
    # both again and again.
    set_loaded_aside()
    stopping, broken = threading.Event(), threading.Event()

    def thread_died(what: threading.ExceptHookArgs) -> None:
        # The link's or the uplink's thread: a gateway that hears nothing must not look alive. A fresh one is started.
        log.critical("a thread died", exc_info=what.exc_value)
        broken.set()
        stopping.set()

    threading.excepthook = thread_died
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: stopping.set())
    lock = GatewayLock(context.settings.run_dir / "gateway.lock")
    if lock.acquire(stopping):
        try:
            Gateway(context).run(stopping)
        finally:
            lock.release()
    return 1 if broken.is_set() else 0


def _endpoint(context: Context, name: str) -> Endpoint:
    keys: Path = context.keyring.folder
    return Endpoint(
        host=context.settings.mqtt_host,
        port=context.settings.mqtt_port,
        client_id=name,
        ca=keys / "ca.pem",
        certificate=keys / f"{name}.pem",
        key=keys / f"{name}.key",
    )
