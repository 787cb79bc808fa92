"""Processes of a parallel run, forked from one that has imported all tests.

To import them takes a process seven seconds of processor time, and each of five did.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import shutil
import tempfile
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, Final

import coverage
import pytest
from execnet import gateway_io
from execnet.gateway_base import Popen2IO

from tests.open_streams import OpenStream
from tests.programs import LentServer, new_server

if TYPE_CHECKING:
    from execnet.gateway_base import ExecModel

PATHS: Final = "TEST_PATHS"
"""Environment variable with the paths to collect, a line each."""
SHARED: Final = "TEST_SHARED"
"""Environment variable with the folder of what one process of a run makes for all."""
_CONTEXT: Final = multiprocessing.get_context("forkserver")


class ForkedIO(Popen2IO):
    """Streams to a forked process, in place of those to one that execnet starts."""

    programs: LentServer

    def __init__(self, args: list[str], execmodel: ExecModel) -> None:
        del args
        orders, answers = os.pipe(), os.pipe()
        given = (OpenStream(orders[0]), OpenStream(answers[1]), self.programs)
        self._process = _CONTEXT.Process(target=_serve, args=given)
        self._process.start()
        os.close(orders[0])
        os.close(answers[1])
        super().__init__(os.fdopen(orders[1], "wb"), os.fdopen(answers[0], "rb"), execmodel=execmodel)

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()


def fork_workers(paths: list[str]) -> None:
    """Have the workers of this process's run forked from one server, which collects these paths."""
    shared = Path(tempfile.mkdtemp(prefix="loa-tests-"))
    shared.chmod(0o755)  # PostgreSQL does not run as root
    atexit.register(shutil.rmtree, shared, ignore_errors=True)
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv(SHARED, str(shared))
        changed.setenv(PATHS, "\n".join(paths))
        _CONTEXT.set_forkserver_preload(["tests.collected"])
        forkserver.ensure_running()
    ForkedIO.programs = new_server()
    vars(gateway_io)["Popen2IOMaster"] = ForkedIO


def _serve(orders: OpenStream, answers: OpenStream, programs: LentServer) -> None:
    """Do what execnet has a started Python do: execute the line that it sends."""
    for number, stream in ((0, orders), (1, answers)):
        os.dup2(stream.number, number)
        os.close(stream.number)
    coverage.process_startup(force=True)
    programs.use()
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(0, 1)
    exec(eval(line), {"__name__": "__main__"})
