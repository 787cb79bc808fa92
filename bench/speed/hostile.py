"""The simulator's process of hostile devices: certificates of the bench with which the server is flooded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, Self

from bench.speed.simulator import SimulatorProcess
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices import enrolment
from province.machine_clock import utc_now

RATE: Final = 20.0
"""Messages a second of each: 130 kB/s, ten times the rate that once kept people from approving."""


class HostileDevices:
    """Connections of these devices, each with a certificate of its own; the broker has to run.

    ``with HostileDevices(settings, keyring, ids) as hostile: hostile.go() … hostile.stop()``. They are born when the
    block is entered, and send nothing more before ``go``.
    """

    def __init__(self, settings: Settings, keyring: Keyring, ids: Sequence[str], rate: float = RATE) -> None:
        folder = settings.root / "hostile"
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob("*.pem"):
            left.unlink()
        (folder / "ca.pem").write_bytes(keyring.ca_certificate)
        issuer = keyring.issuer()
        for device_id in ids:
            own = enrolment.issue_device(issuer, device_id, utc_now())
            (folder / f"{device_id}.pem").write_bytes(own.certificate + own.key)
        arguments = [
            "hostile",
            "--folder",
            str(folder),
            "--host",
            settings.mqtt_host,
            "--port",
            str(settings.mqtt_port),
        ]
        self._simulator = SimulatorProcess([*arguments, "--rate", str(rate)], folder / "hostile.log")
        self.sent = 0
        """Number of messages; known when the block was left."""

    def __enter__(self) -> Self:
        self._simulator.__enter__()
        self._simulator.yield_to_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._simulator.__exit__()
        for line in self._simulator.rest:
            self.sent = int(json.loads(line)["sent"])

    def go(self) -> None:
        """Start flooding."""
        self._simulator.tell("go")

    def stop(self) -> None:
        """Stop flooding, and stay connected."""
        self._simulator.tell("stop")
