"""Enrolment listener of a small province: a real broker, the enrolment handler, and boxes that enrol."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ports import free_port
from cms.fleet.jobs.enrolment import SUBSCRIPTIONS, EnrolmentHandler
from cms.platform.cli import embedded
from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.keyring import Keyring
from devices.mqtt import enrolment_listener
from devices.mqtt.link import LocalEndpoint, MqttDeviceLink

START_DEADLINE_S = 120


@dataclass
class EnrolmentListener:
    context: Context
    port: int
    log: Path
    desk: EnrolmentHandler

    def factory(self, folder: Path, serial: str, code: str) -> Path:
        """Write a box's folder as it leaves the factory."""
        folder.mkdir(parents=True, exist_ok=True)
        keyring: Keyring = self.context.keyring
        (folder / "ca.pem").write_bytes(keyring.ca_certificate)
        (folder / "keyset.jws").write_bytes(keyring.keyset_jws)
        about = {
            "serial": serial,
            "claim_code": code,
            "enrol_host": "127.0.0.1",
            "enrol_port": self.port,
            "root_key": keyring.root_x,
        }
        (folder / "factory.json").write_text(json.dumps(about))
        return folder


@contextmanager
def open_enrolment_listener(
    context: Context, mqtt_port: int = 8883, *, has_desk: bool = True
) -> Iterator[EnrolmentListener]:
    """Run the listener. ``mqtt_port``: where boxes connect afterwards. ``has_desk`` False: a gateway has to answer."""
    port, home = free_port(), context.settings.root
    log = context.settings.log_dir / "enrolment.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    config = enrolment_listener.write_config(home, port=port, host="127.0.0.1")
    letters = MessageBuilder(context.keyring, context.settings.effective_public_url, ("127.0.0.1", mqtt_port))
    # Each reading of the handler's clock is two seconds later, so that no request of a test is rate-limited.
    ticks = iter(range(1_000_000))
    desk = EnrolmentHandler(context, letters, lambda: next(ticks) * 2.0)
    stopping = threading.Event()
    with embedded.start_broker(config, log, trusted=()) as process:
        socket = enrolment_listener.socket_path(home)
        deadline = time.monotonic() + START_DEADLINE_S
        while not socket.exists():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            threading.Event().wait(0.01)
        link = MqttDeviceLink(
            LocalEndpoint(socket, enrolment_listener.desk_name(home)),
            subscriptions=SUBSCRIPTIONS,
            on_message=desk.receive,
        )
        thread = threading.Thread(target=desk.run, args=(link, stopping))
        if has_desk:
            link.start()
            assert link.wait_ready(START_DEADLINE_S), log.read_text()
        thread.start()
        try:
            yield EnrolmentListener(context, port, log, desk)
        finally:
            stopping.set()
            desk.wake()
            thread.join()
            link.close()
            process.terminate()
