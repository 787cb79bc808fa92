"""Rolling restart: a running set goes over to another version, one program after the other.

The gateway's successor starts beside it and waits for its lock with everything loaded; only then is the old one ended.
Where a successor does not come so far, the old one goes on, and so do all that were to follow. The standby rests
meanwhile: of two that wait, the wrong one could take over.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from cms.platform.cli.embedded import STANDBY
from cms.platform.cli.supervisor import Child, Program, Supervisor

ORDER: Final = (
    *("signer", "gateway", "scheduler", "replicator", "worker", "urgent"),
    *("front", "web", "background_web", "urgent_web"),
)
"""Brokers and queue stay: they are no code of ours, and devices stay connected. The front reads its new configuration
before a page of the other version can ask it for a file."""


class RestartError(RuntimeError):
    """Program of the other version that does not start."""


def restart(supervisor: Supervisor, loa: Path, done: Callable[[str], object]) -> Iterator[None]:
    """Go over to the version of this ``loa`` command, a step at each ``next``; ``done`` gets the problem, if any."""
    standby = supervisor.child(STANDBY)
    if standby is not None:
        yield from _rest(standby)
    try:
        for child in filter(None, map(supervisor.child, ORDER)):
            program = _of(child.program, loa)
            if child.program.name == "front" and child.process is not None:
                child.process.send_signal(signal.SIGHUP)
            elif child.program.standby is not None:
                yield from _hand_over(supervisor, child, program)
            else:
                yield from _replace(child, program)
            if standby is not None and standby.process is None:
                standby.program = _of(standby.program, loa)
                supervisor.launch(standby)
    except RestartError as error:
        if standby is not None and standby.process is None:
            supervisor.launch(standby)
        done(str(error))
    else:
        done("")


def _of(program: Program, loa: Path) -> Program:
    """Return the same program of the other version."""
    argv = [str(loa), "run", program.name]
    return replace(program, argv=argv, env={**program.env, "PYTHONPATH": str(loa.parents[2])})


def _rest(child: Child) -> Iterator[None]:
    """End its process; it is not started again by itself."""
    old, child.process, child.restart_at_s = child.process, None, 0.0
    if old is not None:
        old.terminate()
        yield from _ended(old, child.program.stop_s)


def _hand_over(supervisor: Supervisor, child: Child, program: Program) -> Iterator[None]:
    old, successor = child.process, Child(program)
    assert program.standby is not None
    program.standby.unlink(missing_ok=True)
    supervisor.launch(successor)
    assert successor.process is not None
    deadline_s = time.monotonic() + program.start_s
    while not program.standby.exists():
        if successor.process.poll() is not None or time.monotonic() > deadline_s:
            successor.process.kill()
            successor.process.wait()
            raise RestartError(f"{program.name} of {program.argv[0]} does not start; the old one goes on")
        yield
    child.take(successor)
    if old is not None:
        old.terminate()
        yield from _ended(old, program.stop_s)


def _replace(child: Child, program: Program) -> Iterator[None]:
    old, child.program = child.process, program
    if old is not None:
        old.terminate()
        yield from _ended(old, program.stop_s)
    deadline_s = time.monotonic() + program.start_s
    while child.process is None or child.process is old or not program.ready():
        if time.monotonic() > deadline_s:
            raise RestartError(f"{program.name} of {program.argv[0]} does not start")
        yield


def _ended(process: subprocess.Popen[bytes], stop_s: float) -> Iterator[None]:
    deadline_s = time.monotonic() + stop_s
    while process.poll() is None:
        if time.monotonic() > deadline_s:
            process.kill()
        yield
