"""Host with a home and one gateway at a time, which is killed, frozen or cut off and replaced.

Gateways are forked from a process that has imported everything: an interpreter that starts takes seconds of processor.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from bench.chaos.hosts import NetworkHost
from cms.platform.cli import embedded
from cms.platform.cli.up import APP_DIR
from cms.platform.settings import Settings

_NURSERY: Final = """
import os, signal, sys
from cms import bootstrap, gateway
from cms.features import FEATURES
from cms.platform.cli.command_context import wired
from cms.platform.settings import Settings
from cms.platform.store import postgresql
from cms.platform.store.engine import THREADED_CACHE_KIB
import sqlalchemy.dialects.postgresql.psycopg

for feature in FEATURES:
    if feature.outbox:
        feature.resolve(feature.outbox)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in sys.stdin:
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(0)
        try:
            status = bootstrap.run_gateway(wired(Settings(), cache_kib=THREADED_CACHE_KIB))
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            status = 1
        os._exit(status)
    print(pid, flush=True)
"""


class GatewayHost:
    """Host whose gateway ``start`` replaces when it has ended; ``close`` ends everything."""

    def __init__(self, network: NetworkHost, settings: Settings) -> None:
        self.network = network
        self.settings = settings
        self._lock = settings.run_dir / "gateway.lock"
        self._seen = ""
        self._pid = 0
        with (settings.log_dir / "gateway.log").open("ab") as log:
            self._nursery = subprocess.Popen(
                network.command([sys.executable, "-c", _NURSERY]),
                env={**os.environ, **embedded.environment(settings, APP_DIR)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def start(self) -> None:
        """Start a gateway."""
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._seen = self._written()
        (self.settings.run_dir / "gateway.ready").unlink(missing_ok=True)
        self._nursery.stdin.write("start\n")
        self._nursery.stdin.flush()
        self._pid = int(self._nursery.stdout.readline())

    @property
    def is_up(self) -> bool:
        """Return whether it has come as far as asking for the lease."""
        return not self.has_ended and self._written() != self._seen

    @property
    def is_active(self) -> bool:
        return not self.has_ended and (self.settings.run_dir / "gateway.ready").exists()

    @property
    def has_ended(self) -> bool:
        return not self._pid or not Path(f"/proc/{self._pid}").exists()

    def strike(self, fault: str) -> None:
        """Kill, freeze or cut off this host."""
        match fault:
            case "kill":
                self._signal(signal.SIGKILL)
            case "freeze":
                self._signal(signal.SIGSTOP)
            case _:
                self.network.cut()

    def mend(self, fault: str) -> None:
        """Undo it: a frozen gateway wakes up, a cut one is connected again."""
        if fault == "freeze":
            self._signal(signal.SIGCONT)
        elif fault == "cut":
            self.network.mend()

    def end(self) -> None:
        """Kill the gateway where it has not ended."""
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        self.end()
        self._nursery.kill()
        self._nursery.communicate()

    def _signal(self, kind: signal.Signals) -> None:
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, kind)

    def _written(self) -> str:
        try:
            return self._lock.read_text()
        except FileNotFoundError:
            return ""
