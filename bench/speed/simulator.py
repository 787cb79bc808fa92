"""A process of the simulator that the bench drives: it says when it is connected, and takes its orders line by line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from bench.speed.field import BenchError


class SimulatorProcess:
    """``python -m bench.load`` with these arguments, running within its ``with`` block.

    ``rest`` holds the lines that it printed after it was asked to end; known when the block was left.
    """

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        self._command = [sys.executable, "-m", "bench.load", *arguments]
        self._log = log
        self.rest: Sequence[str] = ()

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        if "connected" not in self._process.stdout.readline():
            self._process.wait()
            raise BenchError(f"the simulated devices did not connect: {self._log.read_text()}")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self.rest = list(self._process.stdout)
        self._process.stdout.close()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def yield_to_all(self) -> None:
        """Take only the processor time that nothing else wants: what the clients cost is not the server's."""
        os.setpriority(os.PRIO_PROCESS, self.pid, 19)
        with suppress(OSError):
            Path(f"/proc/{self.pid}/autogroup").write_text("19", encoding="ascii")

    def tell(self, order: str) -> None:
        """Give it one order, at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
