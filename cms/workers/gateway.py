"""The gateway: the one process that speaks with the devices. Everything it has to do is in the store.

::

    outbox ──► relay ──► link ──► broker ──► devices
    store  ◄── uplink ◄── link ◄── broker ◄── devices

Killed at any instant, it starts again and finds what is left to do: outbox rows not marked sent, messages not
acknowledged to the broker, areas whose plan ends too early.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from functools import partial
from pathlib import Path

from cms.context import Context
from cms.workers.beacon import Beacon
from cms.workers.hearing import SUBSCRIPTIONS, Hearing
from cms.workers.horizon import Horizon, replan_area
from cms.workers.letters import Letters
from cms.workers.lock import GatewayLock
from cms.workers.relay import Relay
from cms.workers.uplink import Uplink
from devices.enrolment import GATEWAY_NAME
from devices.errors import LinkError
from devices.mqtt.link import Endpoint, MqttDeviceLink

log = logging.getLogger(__name__)

POLL_S = 0.08
RETRY_FIRST_S = 0.2
RETRY_MAX_S = 10.0


class Gateway:
    """Its parts, wired; ``run`` blocks until ``stopping`` is set."""

    def __init__(self, context: Context) -> None:
        letters = Letters(context.keyring, context.settings.effective_public_url)
        self._beacon = Beacon(letters, context.now, time.monotonic)
        self._uplink = Uplink(context, Hearing(context, letters))
        self._link = MqttDeviceLink(
            _endpoint(context),
            subscriptions=SUBSCRIPTIONS,
            on_message=self._uplink.receive,
            on_ready=self._beacon.connected,
        )
        self._relay = Relay(context, self._link, letters, partial(replan_area, context))
        self._horizon = Horizon(context)
        self._ready_file = context.settings.run_dir / "gateway.ready"

    def run(self, stopping: threading.Event) -> None:
        """Work until stopped; then disconnect. What was not acknowledged comes again at the next start."""
        hearer = threading.Thread(
            target=self._uplink.run, args=(self._link, self._link.acknowledge, stopping), name="uplink", daemon=True
        )
        self._link.start()
        hearer.start()
        try:
            self._work(stopping)
        finally:
            stopping.set()
            self._ready_file.unlink(missing_ok=True)
            hearer.join()
            self._link.close()

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
                if self._link.is_ready and not self._ready_file.exists():
                    self._ready_file.touch()
                if is_idle:
                    stopping.wait(POLL_S)


def run(context: Context) -> int:
    """Hold the lock and work until SIGTERM or SIGINT; returns the exit status. Call it in the main thread."""
    logging.basicConfig(level=context.settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
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


def _endpoint(context: Context) -> Endpoint:
    keys: Path = context.keyring.folder
    return Endpoint(
        host=context.settings.mqtt_host,
        port=context.settings.mqtt_port,
        client_id=GATEWAY_NAME,
        ca=keys / "ca.pem",
        certificate=keys / f"{GATEWAY_NAME}.pem",
        key=keys / f"{GATEWAY_NAME}.key",
    )
