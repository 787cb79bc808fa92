"""The simulator's process of hostile devices: certificates of the bench with which the server is flooded."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Self

from cms.cli.bench_field import BenchError
from cms.keyring import Keyring
from cms.settings import Settings
from devices import enrolment

RATE: Final = 20.0
"""Messages a second of each: 130 kB/s, ten times what kept people from approving."""


class HostileDevices:
    """Connects as these devices, each with a certificate of its own; the broker must be there.

    ``with HostileDevices(settings, keyring, ids) as hostile: hostile.go() … hostile.stop()``. They are born when the
    block is entered, and send nothing more before ``go``.
    """

    def __init__(self, settings: Settings, keyring: Keyring, ids: Sequence[str], rate: float = RATE) -> None:
        folder = settings.root / "hostile"
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob("*.pem"):
            left.unlink()
        (folder / "ca.pem").write_bytes(keyring.ca.certificate)
        for device_id in ids:
            own = enrolment.issue_device(keyring.ca, device_id, datetime.now(UTC))
            (folder / f"{device_id}.pem").write_bytes(own.certificate + own.key)
        self._command = [sys.executable, "-m", "firmware_sim", "hostile", "--folder", str(folder)]
        self._command += ["--host", settings.mqtt_host, "--port", str(settings.mqtt_port), "--rate", str(rate)]
        self._log = folder / "hostile.log"
        self.sent = 0
        """How many messages; known when the block was left."""

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        if "connected" not in self._process.stdout.readline():
            self._process.wait()
            raise BenchError(f"the hostile devices did not connect: {self._log.read_text()}")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        for line in self._process.stdout:
            self.sent = int(json.loads(line)["sent"])
        self._process.stdout.close()
        self._process.wait()

    def go(self) -> None:
        """Flood from now on."""
        self._tell("go")

    def stop(self) -> None:
        """Stay connected, and send nothing."""
        self._tell("stop")

    def _tell(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
