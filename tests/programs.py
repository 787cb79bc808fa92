"""Python programs of the tests, forked from one process that has imported them already.

To import Loa takes a second and a half of processor time; a fork takes some hundredths.
"""

from __future__ import annotations

import faulthandler
import gc
import multiprocessing
import os
import resource
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import IO, Any, Final, Self
from unittest.mock import patch

import coverage
import pytest

from cms.platform.cli import supervisor
from cms.platform.cli.supervisor import Program, Supervisor
from tests.branch_coverage import MEASURED
from tests.open_streams import OpenStream

_CONTEXT: Final = multiprocessing.get_context("forkserver")


class PythonProgram:
    """Running ``python -m MODULE ARGUMENTS``, with the interface of ``subprocess.Popen``.

    ``stdout`` may be ``subprocess.PIPE``: then the attribute of that name reads its text. ``open_files``: its soft and
    hard limit. ``is_measured_alone``: coverage does not measure the programs that it starts, which makes them slower.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdout: int | IO[bytes] | IO[str],
        stderr: int | IO[bytes] | IO[str],
        start_new_session: bool = False,
        open_files: tuple[int, int] | None = None,
        is_measured_alone: bool = False,
    ) -> None:
        start_server()
        ends = os.pipe() if stdout == subprocess.PIPE else None
        self.stdout = os.fdopen(ends[0]) if ends else None
        output = OpenStream(ends[1] if ends else stdout)
        errors = output if stderr == subprocess.STDOUT else OpenStream(stderr)
        variables = dict(os.environ if env is None else env)
        self._process = _CONTEXT.Process(
            target=_run,
            args=(
                _Order(module, arguments, variables, output, errors, start_new_session, open_files, is_measured_alone),
            ),
            name=module,
            daemon=True,  # else the end of the tests would wait for its end
        )
        self._process.start()
        if ends:
            os.close(ends[1])
        assert self._process.pid is not None
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.stdout is not None:
            self.stdout.close()
        self.wait()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # another process is its parent, and may have reaped it
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@contextmanager
def forked_by_supervisor(*others: ModuleType) -> Iterator[None]:
    """Have the supervisor, and others that start programs as it does, fork their Python programs in the block."""
    forking = SimpleNamespace(**{**vars(subprocess), "Popen": _started})
    with ExitStack() as stack:
        for each in (supervisor, *others):
            stack.enter_context(patch.object(each, "subprocess", forking))
        yield


@contextmanager
def supervised(programs: list[Program], logs: Path) -> Iterator[Supervisor]:
    """Run programs under a supervisor, restarted when they end, until the end of the block."""
    running = Supervisor(programs, logs)
    running.start()
    loop = threading.Thread(target=running.run, name="supervisor")
    loop.start()
    try:
        yield running
    finally:
        running.stop()
        loop.join()


def _started(argv: Sequence[str], **options: Any) -> PythonProgram | subprocess.Popen[bytes]:
    """Start a program: forked, if it is a module of Python's and is given nothing to read."""
    flag, module, *arguments = argv[argv.index(sys.executable) + 1 :] if sys.executable in argv else ("", "")
    if flag != "-m" or options.get("stdin") == subprocess.PIPE:
        return subprocess.Popen(argv, **options)
    options.pop("stdin", None)
    return PythonProgram(module, *arguments, **options)


@dataclass(frozen=True)
class LentServer:
    """Server that forks programs, of another process of the same run."""

    address: str
    alive: OpenStream
    """It ends when the last process that holds this is gone."""

    def use(self) -> None:
        """Have this process's programs forked by it. Without this, each process starts one, as it does not know it."""
        here = vars(forkserver)["_forkserver"]
        vars(here).update(_forkserver_address=self.address, _forkserver_alive_fd=self.alive.number)
        here.ensure_running = forkserver.ensure_running = lambda: None


def new_server() -> LentServer:
    """Start a server that forks programs for other processes."""
    server = forkserver.ForkServer()
    _start(server)
    return LentServer(vars(server)["_forkserver_address"], OpenStream(vars(server)["_forkserver_alive_fd"]))


@cache
def start_server() -> None:
    """Start the process that imports and forks, or use the one that is lent; wait until it has imported."""
    _start(forkserver)
    first = _CONTEXT.Process(target=gc.collect)
    first.start()
    first.join()


def _start(server: forkserver.ForkServer | ModuleType) -> None:
    # Its own imports are not measured; each process that it forks measures itself.
    with pytest.MonkeyPatch.context() as changed:
        changed.delenv(MEASURED, raising=False)
        server.set_forkserver_preload(["tests.program_imports"])
        server.ensure_running()


@dataclass(frozen=True)
class _Order:
    """Program that one process is to run."""

    module: str
    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    output: OpenStream
    errors: OpenStream
    is_leader: bool
    open_files: tuple[int, int] | None
    is_measured_alone: bool


def _run(order: _Order) -> None:
    if order.is_leader:
        os.setsid()
    if order.open_files is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, order.open_files)
    for number, stream in ((1, order.output), (2, order.errors)):
        os.dup2(stream.number, number)
    for number in {order.output.number, order.errors.number}:
        os.close(number)
    faulthandler.enable(2)  # SIGABRT writes where each thread is
    os.environ.clear()
    os.environ.update(order.variables)
    coverage.process_startup(force=True)
    if order.is_measured_alone:
        os.environ.pop(MEASURED, None)
    sys.argv = [order.module, *order.arguments]
    runpy.run_module(order.module, run_name="__main__", alter_sys=True)
