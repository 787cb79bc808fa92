"""Real mosquitto on a free port with an installation's own keys, for all tests that need one."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from pathlib import Path

from bench.fault_injection import processes
from bench.ports import free_port
from bench.signing import local_keyring
from cms.platform.cli import embedded
from cms.platform.settings import Settings
from devices.mqtt import broker
from devices.mqtt.link import Endpoint

START_DEADLINE_S = 120


class RealBroker:
    """``settings.home`` holds keys, broker folder and device bundles. ``kill`` is kill -9; ``start`` brings it back.

    ``name``: that of its folder, where several share a home.
    """

    def __init__(self, home: Path, name: str = "broker") -> None:
        self.port = free_port()
        self._name = name
        self.settings = Settings(home=home, mqtt_port=self.port)
        self.keyring = local_keyring(self.settings)
        # The supervisor's path of the log: the gateway reads the refused clients there.
        self.log = self.settings.log_dir / f"{name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        config = broker.write_config(self.settings.root, port=self.port, host=self.settings.mqtt_host, name=self._name)
        self._process = embedded.start_broker(config, self.log)
        deadline = time.monotonic() + START_DEADLINE_S
        while not self._is_listening():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            threading.Event().wait(0.01)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        assert self._process is not None
        processes.freeze([self._process.pid])

    def thaw(self) -> None:
        assert self._process is not None
        processes.thaw([self._process.pid])

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait()

    def gateway_endpoint(self) -> Endpoint:
        return self._own_endpoint("gateway")

    def ear_endpoint(self) -> Endpoint:
        return self._own_endpoint("gateway.ear")

    def _own_endpoint(self, name: str) -> Endpoint:
        keys = self.keyring.folder
        return Endpoint(
            host=self.settings.mqtt_host,
            port=self.port,
            client_id=name,
            ca=keys / "ca.pem",
            certificate=keys / f"{name}.pem",
            key=keys / f"{name}.key",
        )

    def device_endpoint(self, device_id: str, *, client_id: str | None = None) -> Endpoint:
        """Return the broker endpoint and credentials of a device; its bundle is made where it is missing."""
        folder = self.keyring.provision(device_id, f"sn-{device_id}", "area-1", self.settings)
        return Endpoint(
            host=self.settings.mqtt_host,
            port=self.port,
            client_id=client_id or device_id,
            ca=folder / "ca.pem",
            certificate=folder / "device.pem",
            key=folder / "device.key",
        )

    def _is_listening(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False
