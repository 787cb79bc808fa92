"""The simulator's process that sends health of thousands of devices over a few connections, as fast as it is asked."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final, Self

from bench.speed.simulator import SimulatorProcess
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices import enrolment
from devices.protocol.topics import ROOT
from province.machine_clock import utc_now

SENDERS: Final = 4
RIGHTS: Final = "".join(f"\nuser sender-{number}\ntopic write {ROOT}/d/+/tel\n" for number in range(SENDERS))
"""Rules for the senders in the broker's access list."""

TELLS_EVERY_S: Final = 300
BEAT_S: Final = 0.1


class HeartbeatLoad(SimulatorProcess):
    """Sender of full records, of each of the bench's devices in turn; the broker has to run."""

    def __init__(self, settings: Settings, keyring: Keyring, devices: int) -> None:
        folder = _furnished(settings.root / "heartbeats", keyring)
        arguments = [
            "heartbeats",
            "--folder",
            str(folder),
            "--port",
            str(settings.mqtt_port),
            "--devices",
            str(devices),
        ]
        super().__init__(arguments, folder / "heartbeats.log")

    def ask(self, more: int) -> None:
        """Have that many more sent, at once."""
        self.tell(str(more))


class Rhythm:
    """Usual telemetry of a fleet, each device every five minutes; ``burst`` sends all of them at once in addition."""

    def __init__(self, poles: HeartbeatLoad, devices: int) -> None:
        self._poles = poles
        self._devices = devices
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run)
        self.sent = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def burst(self) -> None:
        self._ask(self._devices)

    def _run(self) -> None:
        owed = 0.0
        while not self._stopping.wait(BEAT_S):
            owed += self._devices * BEAT_S / TELLS_EVERY_S
            self._ask(int(owed))
            owed -= int(owed)

    def _ask(self, more: int) -> None:
        with self._lock:
            if more:
                self._poles.ask(more)
                self.sent += more


def _furnished(folder: Path, keyring: Keyring) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.pem").write_bytes(keyring.ca_certificate)
    issuer = keyring.issuer()
    for number in range(SENDERS):
        credential = enrolment.issue_device(issuer, f"sender-{number}", utc_now())
        (folder / f"sender-{number}.pem").write_bytes(credential.certificate + credential.key)
    return folder
