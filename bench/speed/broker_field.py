"""Brokers of a bench: started, killed and started again, each in a folder of its own."""

from __future__ import annotations

import resource
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from bench.speed.field import DEADLINE_S, BenchError
from cms.platform.cli import embedded
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices.enrolment import GATEWAY_NAME
from devices.mqtt import broker
from devices.mqtt.fan_out import FanOutLink
from devices.mqtt.link import Endpoint, MqttDeviceLink

LOOK_EVERY_S = 0.1


class BenchBroker:
    """One broker as in production, without old data."""

    def __init__(self, settings: Settings, name: str, port: int) -> None:
        self._settings, self.name, self.port = settings, name, port
        self._process: subprocess.Popen[bytes] | None = None
        shutil.rmtree(settings.root / name / "data", ignore_errors=True)

    def start(self) -> None:
        """Start it; return when it listens."""
        settings = self._settings
        config = broker.write_config(settings.root, port=self.port, host=settings.mqtt_host, name=self.name)
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self._process = embedded.start_broker(config, settings.root / f"{self.name}.log")
        await_that(lambda: embedded.is_listening(settings.mqtt_host, self.port), DEADLINE_S, f"{self.name} is away")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@contextmanager
def running_brokers(settings: Settings) -> Iterator[Sequence[BenchBroker]]:
    """Run those of the settings."""
    made = [BenchBroker(settings, name, port) for name, port in settings.broker_programs.items()]
    with ExitStack() as stack:
        for each in made:
            each.start()
            stack.callback(each.kill)
        yield made


@contextmanager
def fan_out_link(settings: Settings, keyring: Keyring) -> Iterator[FanOutLink]:
    """Connect to all brokers as the gateway does."""
    keys, stopping = keyring.folder, threading.Event()
    credentials = keys / "ca.pem", keys / f"{GATEWAY_NAME}.pem", keys / f"{GATEWAY_NAME}.key"
    ends = [Endpoint(host, port, GATEWAY_NAME, *credentials) for host, port in settings.broker_list]
    link = FanOutLink(
        (str(each.port), MqttDeviceLink(each, subscriptions={}, on_message=lambda _: None)) for each in ends
    )
    link.start()
    thread = threading.Thread(target=link.run, args=(stopping,))
    thread.start()
    try:
        await_that(lambda: not link.away, DEADLINE_S, "a broker did not take the gateway")
        yield link
    finally:
        stopping.set()
        thread.join()
        link.close()


def await_that(holds: Callable[[], bool], deadline_s: float, told: str) -> None:
    """Wait until it holds. Raises BenchError."""
    until_s = time.monotonic() + deadline_s
    while not holds():
        if time.monotonic() > until_s:
            raise BenchError(f"after {deadline_s:g} s: {told}")
        threading.Event().wait(LOOK_EVERY_S)
