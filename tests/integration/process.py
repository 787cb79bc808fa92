"""Server process on a LOA_HOME: started, stopped, killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from bench.signing import running_signer
from cms.platform.settings import Settings
from tests.programs import PythonProgram

DEADLINE_S = 120


class Process:
    """Process ``python -m cms.platform.cli NAME``; a gateway has a signer beside it, on a thread here."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._log = settings.root / f"{name}.log"
        self._ready = settings.run_dir / f"{name}.ready"
        self._process: PythonProgram | None = None
        self._signer: ExitStack | None = None

    @property
    def is_ready(self) -> bool:
        return self._ready.exists()

    def start(self) -> None:
        self._ready.unlink(missing_ok=True)
        environment = {
            **os.environ,
            "LOA_HOME": str(self._settings.root),
            "LOA_MQTT_PORT": str(self._settings.mqtt_port),
            "LOA_BROKERS": self._settings.brokers,
            "LOA_PLAN_DAYS": "3",
        }
        if self._name == "gateway" and self._signer is None:
            self._signer = ExitStack()
            self._signer.enter_context(running_signer(self._settings))
        with self._log.open("ab") as out:
            self._process = PythonProgram("cms.platform.cli", self._name, env=environment, stdout=out, stderr=out)

    def wait_ready(self) -> None:
        until(lambda: self.is_ready, self._log)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._end_signer()

    def stop(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(DEADLINE_S)
        self._end_signer()
        return status

    def _end_signer(self) -> None:
        if self._signer is not None:
            self._signer.close()
            self._signer = None


def until(holds: Callable[[], bool], log: Path | None = None) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, log.read_text() if log else "too late"
        threading.Event().wait(0.02)


def commands_of(home: Path) -> list[bytes]:
    """Return the command lines of running processes that name this folder; other processes may end meanwhile."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found.append(path.read_bytes())
    return [command for command in found if str(home).encode() in command]
