"""The simulator's process that sends health of thousands of devices over a few connections, as fast as it is asked."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from cms.cli.bench_field import BenchError
from cms.keyring import Keyring
from cms.settings import Settings
from devices import enrolment
from devices.protocol.topics import ROOT

SENDERS: Final = 4
RIGHTS: Final = "".join(f"\nuser sender-{number}\ntopic write {ROOT}/d/+/tel\n" for number in range(SENDERS))
"""What the broker's access list has to say of them."""

TELLS_EVERY_S: Final = 300
BEAT_S: Final = 0.1


class Heartbeats:
    """Each of the bench's devices in turn, a full record of its instant; the broker must be there."""

    def __init__(self, settings: Settings, keyring: Keyring, devices: int) -> None:
        folder = _furnished(settings.root / "heartbeats", keyring)
        self._command = [sys.executable, "-m", "firmware_sim", "heartbeats", "--folder", str(folder)]
        self._command += ["--port", str(settings.mqtt_port), "--devices", str(devices)]
        self._log = folder / "heartbeats.log"

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        if "connected" not in self._process.stdout.readline():
            self._process.wait()
            raise BenchError(f"the senders did not connect: {self._log.read_text()}")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, more: int) -> None:
        """Have so many more sent, at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{more}\n")
        self._process.stdin.flush()


class Rhythm:
    """A fleet's usual health, each device every five minutes; ``burst`` is all of them at once besides."""

    def __init__(self, poles: Heartbeats, devices: int) -> None:
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
    (folder / "ca.pem").write_bytes(keyring.ca.certificate)
    for number in range(SENDERS):
        credential = enrolment.issue_device(keyring.ca, f"sender-{number}", datetime.now(UTC))
        (folder / f"sender-{number}.pem").write_bytes(credential.certificate + credential.key)
    return folder
