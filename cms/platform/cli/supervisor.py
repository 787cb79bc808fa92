"""Supervisor of a set of programs: starts them in order, restarts dead ones with back-off, stops them cleanly."""

import fcntl
import logging
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from cms.platform.cli.filtered_log import Keep, SiftedLog, cut_large, turn_over
from cms.platform.process.heartbeats import HeartbeatInbox
from cms.platform.process.liveness import Liveness, Prober, SilenceMeter, processor_ns

log = logging.getLogger(__name__)

BACKOFF_FIRST_S = 0.2
BACKOFF_MAX_S = 10.0
# A program that ran this long is taken as healthy: its next death starts from the first back-off again.
HEALTHY_AFTER_S = 10.0
PROBER_ENDS_S = 2.0
"""Wait for the end of a probe whose program is gone."""
LOOK_S = 0.25
CUT_EVERY_S = 5.0
"""Interval of the check for large logs; ``LOA_HOME`` holds two files of 10 MB of each."""


class AlreadyRunningError(RuntimeError):
    """Refusal to start: another supervisor holds this LOA_HOME; stop it first, or choose another home."""


@dataclass(frozen=True)
class Program:
    """One child. ``ready`` is polled until it returns True before the next is started; ``stop_s`` is its grace.

    ``is_needed`` false: the next ones need nothing of it, and are started meanwhile.
    ``sift``: makes the filter of its output for one run of it; None: the log keeps all.
    ``liveness``: detects a frozen process, which is killed and restarted; None: it is only restarted when it dies.
    """

    name: str
    argv: Sequence[str]
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    stop_s: float = 10.0
    start_s: float = 120.0
    is_needed: bool = True
    sift: Callable[[], Keep] | None = None
    liveness: Liveness | None = None


def backoff_s(deaths_in_a_row: int) -> float:
    """Return the wait before the next start: doubling from 0.2 s, at most 10 s."""
    return min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2.0 ** min(deaths_in_a_row, 16))


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at_s: float = 0.0
    deaths: int = 0
    restart_at_s: float = 0.0
    log: SiftedLog | None = None
    meter: SilenceMeter | None = None
    prober: Prober | None = None
    kill_at_s: float = 0.0


class HomeLock:
    """Lock held by the one supervisor of a LOA_HOME; the kernel releases it, however the holder ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip()
            self._file.close()
            raise AlreadyRunningError(holder) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._file is not None
        self._file.truncate(0)
        self._file.close()


class Supervisor:
    """Runner of programs until ``stop`` is called. Each is its own process group and dies with this process."""

    def __init__(
        self,
        programs: Sequence[Program],
        log_dir: Path,
        *,
        report: Callable[[str], None] = log.info,
        heartbeats: Path | None = None,
    ) -> None:
        """Make it. ``heartbeats``: socket to which programs send theirs."""
        self._children = [_Child(program) for program in programs]
        self._log_dir = log_dir
        self._report = report
        self._heartbeats = heartbeats
        self._stopping = threading.Event()
        self._cut_at_s = 0.0

    def stop(self) -> None:
        """Ask the running loop to end; safe from a signal handler and from any thread."""
        self._stopping.set()

    @property
    def is_stopping(self) -> bool:
        """Return whether ``stop`` was called: then ``start`` returns without all being ready."""
        return self._stopping.is_set()

    def pid(self, name: str) -> int | None:
        """Return the process id of that program, or None between two runs."""
        child = next(c for c in self._children if c.program.name == name)
        process = child.process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start every program in order, each when those before that it needs are ready; return when all are.

        Raises:
            TimeoutError: a program was not ready in its time; everything is stopped again.
        """
        self._log_dir.mkdir(parents=True, exist_ok=True)
        try:
            for child in self._children:
                self._launch(child)
                if child.program.is_needed:
                    self._await_ready(child)
            for child in self._children:
                self._await_ready(child)
        except BaseException:
            self._stop_all()
            raise

    def run(self) -> None:
        """Watch and restart until stopped, then stop everything, last started first."""
        with HeartbeatInbox(self._heartbeats) if self._heartbeats else nullcontext() as inbox:
            try:
                self._start_probers()
                while not self._stopping.wait(LOOK_S):
                    self._look_after(time.monotonic())
                    self._end_frozen(inbox, time.monotonic())
                    self._cut_logs(time.monotonic())
            finally:
                self._stop_all()

    def _cut_logs(self, now_s: float) -> None:
        if now_s < self._cut_at_s:
            return
        self._cut_at_s = now_s + CUT_EVERY_S
        try:
            cut_large(self._log_dir, [child.program.name for child in self._children if child.program.sift])
        except OSError as error:
            self._report(f"logs could not be cut: {error}")

    def _start_probers(self) -> None:
        for child in self._children:
            if (liveness := child.program.liveness) is not None and liveness.probe is not None:
                child.prober = Prober(child.program.name, liveness.probe, liveness.close)
                child.prober.start()

    def _end_frozen(self, inbox: HeartbeatInbox | None, now_s: float) -> None:
        """Kill programs without a sign of life, and terminate programs with a loop that no longer turns."""
        stuck = self._hear(inbox)
        for child in self._children:
            if child.process is None or child.meter is None:
                continue
            if child.prober is not None and child.prober.has_answered():
                child.meter.heard()
            if child.kill_at_s:
                if now_s >= child.kill_at_s:
                    _kill_group(child.process.pid, signal.SIGKILL)
            elif why := child.meter.look(now_s, processor_ns(child.process.pid)):
                # It would not hear SIGTERM: a stopped process takes no other signal.
                self._report(f"{child.program.name} {why} and is killed")
                child.kill_at_s = now_s
                _kill_group(child.process.pid, signal.SIGKILL)
            elif loops := stuck.get(child.program.name):
                words = ", ".join(f"{name} for {quiet_s:.0f} s" for name, quiet_s in sorted(loops.items()))
                self._report(f"{child.program.name} is ended: these no longer turn: {words}")
                child.kill_at_s = now_s + child.program.stop_s
                child.process.terminate()

    def _hear(self, inbox: HeartbeatInbox | None) -> Mapping[str, Mapping[str, float]]:
        """Take the heartbeats that have come; return the loops that no longer turn, by program."""
        beats = inbox.beats() if inbox is not None else []
        by_name = {child.program.name: child for child in self._children}
        for beat in beats:
            child = by_name.get(beat.program)
            if child is not None and child.meter is not None:
                child.meter.heard()
        return {beat.program: beat.overdue for beat in beats if beat.overdue}

    def _await_ready(self, child: _Child) -> None:
        deadline = time.monotonic() + child.program.start_s
        while not self._stopping.is_set() and not child.program.ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{child.program.name} is not ready; see {self._log_path(child.program.name)}")
            self._stopping.wait(0.05)
            self._look_after(time.monotonic(), only=child)

    def _look_after(self, now_s: float, only: _Child | None = None) -> None:
        for child in self._children if only is None else [only]:
            if child.process is None:
                if child.restart_at_s and now_s >= child.restart_at_s:
                    self._launch(child)
            elif child.process.poll() is not None:
                self._bury(child, now_s)

    def _bury(self, child: _Child, now_s: float) -> None:
        assert child.process is not None
        _kill_group(child.process.pid, signal.SIGKILL)
        if now_s - child.started_at_s > HEALTHY_AFTER_S:
            child.deaths = 0
        wait_s = backoff_s(child.deaths)
        child.deaths += 1
        self._report(f"{child.program.name} ended with {child.process.returncode}; next start in {wait_s:.1f} s")
        child.process = None
        child.restart_at_s = now_s + wait_s

    def _launch(self, child: _Child) -> None:
        path = self._log_path(child.program.name)
        turn_over(path)
        # The child must not outlive us, even when we are killed: the kernel then sends it SIGTERM.
        guard = [setpriv, "--pdeathsig", "TERM", "--"] if (setpriv := shutil.which("setpriv")) else []
        with _opened(child, path) as out:
            child.process = subprocess.Popen(
                [*guard, *child.program.argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **child.program.env},
                start_new_session=True,
            )
        child.started_at_s = time.monotonic()
        child.restart_at_s = child.kill_at_s = 0.0
        liveness = child.program.liveness
        if liveness is not None and (self._heartbeats or not liveness.sends_heartbeats):
            child.meter = SilenceMeter(liveness, child.program.start_s)

    def _stop_all(self) -> None:
        for child in reversed(self._children):
            if child.prober is not None:
                child.prober.stop()
            process = child.process
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(child.program.stop_s)
            except subprocess.TimeoutExpired:
                self._report(f"{child.program.name} did not stop in {child.program.stop_s:.0f} s and is killed")
            _kill_group(process.pid, signal.SIGKILL)
            process.wait()
            if child.log is not None:
                child.log.join()
            if child.prober is not None:
                child.prober.join(PROBER_ENDS_S)
            child.process = None

    def _log_path(self, name: str) -> Path:
        return self._log_dir / f"{name}.log"


@contextmanager
def _opened(child: _Child, path: Path) -> Iterator[int]:
    """Yield the file descriptor for the output of the program."""
    if child.program.sift is None:
        with path.open("ab") as out:
            yield out.fileno()
        return
    child.log = SiftedLog(path, child.program.sift())
    with child.log as sifted:
        yield sifted


def _kill_group(leader_pid: int, kind: signal.Signals) -> None:
    """Signal what is left of a child's own process group; an empty group is fine."""
    try:
        os.killpg(leader_pid, kind)
    except (ProcessLookupError, PermissionError):
        log.debug("process group %s is gone", leader_pid)
