"""Supervisor of a set of programs: starts them in order, restarts dead ones with back-off, stops them cleanly."""

import fcntl
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from cms.platform.cli.filtered_log import Keep, SiftedLog, cut_large, turn_over
from cms.platform.process.children import ends_with_us
from cms.platform.process.heartbeats import NAME_VARIABLE, HeartbeatInbox
from cms.platform.process.kernel_tasks import ProcessTree, activity_of
from cms.platform.process.liveness import Liveness, Prober, SilenceMeter, StoppedProcesses
from cms.platform.process.lock_watch import LockWatch
from cms.platform.process.loops import until_turn_s
from cms.platform.process.program_reports import ProgramReports
from cms.platform.process.wake_up import WakeUp

log = logging.getLogger(__name__)

BACKOFF_FIRST_S = 0.2
BACKOFF_MAX_S = 10.0
# A program that ran this long is taken as healthy: its next death starts from the first back-off again.
HEALTHY_AFTER_S = 10.0
PROBER_ENDS_S = 2.0
"""Wait for the end of a probe whose program is gone."""
LOOK_EVERY_S = 0.5
# While a program is to be started, or another version takes over.
STEP_EVERY_S = 0.1
CUT_EVERY_S = 5.0
"""Interval of the check for large logs; ``LOA_HOME`` holds two files of 10 MB of each."""


class AlreadyRunningError(RuntimeError):
    """Refusal to start: another supervisor holds this LOA_HOME; stop it first, or choose another home."""


@dataclass(frozen=True)
class Program:
    """One child. ``ready`` is polled until it returns True before the next is started; ``stop_s`` is its grace.

    ``is_needed`` false: the next ones need nothing of it, and are started meanwhile.
    ``sift``: makes the filter of its output for one run of it; None: the log keeps all.
    ``mark``: file that it makes when it is ready. ``standby``: file that a second instance makes while it waits.
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
    mark: Path | None = None
    standby: Path | None = None
    liveness: Liveness | None = None


def backoff_s(deaths_in_a_row: int) -> float:
    """Return the wait before the next start: doubling from 0.2 s, at most 10 s."""
    return min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2.0 ** min(deaths_in_a_row, 16))


@dataclass
class Child:
    """Program with its running process, if it runs."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at_s: float = 0.0
    deaths: int = 0
    restart_at_s: float = 0.0
    log: SiftedLog | None = None
    meter: SilenceMeter | None = None
    prober: Prober | None = None
    stopped: StoppedProcesses = field(default_factory=StoppedProcesses)
    tree: ProcessTree | None = None
    children: Sequence[int] = ()
    kill_at_s: float = 0.0

    def take(self, successor: Self) -> None:
        """Go on with the process of a successor."""
        self.program, self.process, self.meter = successor.program, successor.process, successor.meter
        self.started_at_s, self.log, self.kill_at_s = successor.started_at_s, successor.log, 0.0
        self.stopped, self.tree, self.children = successor.stopped, successor.tree, successor.children


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
        reports: Path | None = None,
        database: Path | None = None,
    ) -> None:
        """Make it. ``heartbeats``: socket to which programs send theirs; ``reports``: file about them.

        ``database``: SQLite's file, in which none of them may hang.
        """
        self._children = [Child(program) for program in programs]
        self._log_dir = log_dir
        self._report = report
        self._heartbeats = heartbeats
        self._reports = ProgramReports(reports) if reports else None
        self._lock = LockWatch(database) if database else None
        self._rolling: Iterator[None] = iter(())
        self._stopping = threading.Event()
        self._woken = WakeUp()
        self._cut_at_s = self._looked_s = 0.0

    def stop(self) -> None:
        """Ask the running loop to end; safe from a signal handler and from any thread."""
        self._stopping.set()
        self._woken.set()

    def roll(self, steps: Iterator[None]) -> None:
        """Take these steps, one at each turn of the running loop; safe from a signal handler."""
        self._rolling = steps
        self._woken.set()

    def child(self, name: str) -> Child | None:
        """Return the child of this name, if there is one."""
        return next((child for child in self._children if child.program.name == name), None)

    @property
    def is_stopping(self) -> bool:
        """Return whether ``stop`` was called: then ``start`` returns without all being ready."""
        return self._stopping.is_set()

    def pid(self, name: str) -> int | None:
        """Return the process id of that program, or None between two runs."""
        child = self.child(name)
        process = child.process if child is not None else None
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start every program in order, each when those before that it needs are ready; return when all are.

        Raises:
            TimeoutError: a program was not ready in its time; everything is stopped again.
        """
        self._log_dir.mkdir(parents=True, exist_ok=True)
        try:
            for child in self._children:
                self.launch(child)
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
                while not self._stopping.is_set():
                    is_rolling = next(self._rolling, self) is None
                    self._look_after(time.monotonic())
                    self._end_frozen(inbox, time.monotonic())
                    self._cut_logs(time.monotonic())
                    self._wait(is_rolling=is_rolling)
            finally:
                self._stop_all()

    def _wait(self, *, is_rolling: bool) -> None:
        """Wait for the end of a program, to be woken, or for the next look; shortly, while one is to be started."""
        ends = [child.tree.ended for child in self._children if child.process and child.tree and child.tree.ended >= 0]
        is_short = is_rolling or len(ends) < len(self._children)
        self._woken.wait(ends, STEP_EVERY_S if is_short else until_turn_s(LOOK_EVERY_S))

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
        """Kill what is frozen, stopped or hangs in a transaction; terminate what has a loop that no longer turns."""
        step_s = now_s - self._looked_s
        if step_s < LOOK_EVERY_S / 2:
            return
        self._looked_s = now_s
        stuck = self._hear(inbox)
        holder = self._lock.look(step_s) if self._lock is not None else 0
        for child in self._children:
            if child.process is None or child.meter is None or child.tree is None:
                continue
            if child.prober is not None and child.prober.has_answered():
                child.meter.heard()
            if not child.kill_at_s:
                self._judge(child, child.tree, stuck.get(child.program.name, {}), holder, step_s)
            elif now_s >= child.kill_at_s:
                _kill_group(child.process.pid, signal.SIGKILL)
        self._tell()

    def _judge(self, child: Child, tree: ProcessTree, stuck: Mapping[str, float], holder: int, step_s: float) -> None:
        assert child.process is not None
        assert child.meter is not None
        name, leader = child.program.name, child.process.pid
        states = tree.look()
        why = child.meter.look(self._looked_s, activity_of(states.values()), is_exhausted=tree.is_exhausted)
        doomed = dict.fromkeys(child.stopped.look(states, step_s), "is stopped")
        if holder in states:
            doomed[holder] = "hangs in a transaction that blocks all others"
        self._note_lost(child, tree.children)
        # None of these would hear SIGTERM: a stopped process takes no other signal.
        if why or leader in doomed:
            self._report(f"{name} {why or doomed[leader]} and is killed")
            child.kill_at_s = self._looked_s
            _kill_group(leader, signal.SIGKILL)
        elif stuck:
            words = ", ".join(f"{loop} for {quiet_s:.0f} s" for loop, quiet_s in sorted(stuck.items()))
            self._report(f"{name} is ended: these no longer turn: {words}")
            child.kill_at_s = self._looked_s + child.program.stop_s
            child.process.terminate()
        else:
            for pid, what in doomed.items():
                self._report(f"{name} {what} in its process {pid}, which is killed")
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _note_lost(self, child: Child, now: Sequence[int]) -> None:
        """Report a process of a pool that ended: the pool replaces it without a word."""
        lost, child.children = set(child.children) - set(now), now
        if lost and child.program.liveness is not None and child.program.liveness.sends_heartbeats:
            self._report(f"{child.program.name} has lost its process {min(lost)}")
            if self._reports is not None:
                self._reports.away(child.program.name, has_ended=True)

    def _tell(self) -> None:
        if self._reports is None:
            return
        for child in self._children:
            name, meter, runs = child.program.name, child.meter, child.process is not None
            is_doubtful = meter is not None and (meter.is_doubtful or child.stopped.is_traced)
            if runs and not is_doubtful and (meter is None or meter.has_spoken):
                self._reports.back(name)
            elif (is_doubtful or child.deaths) and self._reports.away(name, has_ended=not runs):
                self._report(f"{name} does not work as it should")

    def _hear(self, inbox: HeartbeatInbox | None) -> Mapping[str, Mapping[str, float]]:
        """Take the heartbeats that have come; return the loops that no longer turn, by program."""
        beats = inbox.beats() if inbox is not None else []
        by_name = {child.program.name: child for child in self._children}
        for beat in beats:
            child = by_name.get(beat.program)
            if child is not None and child.meter is not None:
                child.meter.heard()
        return {beat.program: beat.overdue for beat in beats if beat.overdue}

    def _await_ready(self, child: Child) -> None:
        deadline = time.monotonic() + child.program.start_s
        while not self._stopping.is_set() and not child.program.ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{child.program.name} is not ready; see {self._log_path(child.program.name)}")
            self._stopping.wait(0.05)
            self._look_after(time.monotonic(), only=child)

    def _look_after(self, now_s: float, only: Child | None = None) -> None:
        for child in self._children if only is None else [only]:
            if child.process is None:
                if child.restart_at_s and now_s >= child.restart_at_s:
                    self.launch(child)
            elif child.process.poll() is not None:
                self._bury(child, now_s)

    def _bury(self, child: Child, now_s: float) -> None:
        assert child.process is not None
        _kill_group(child.process.pid, signal.SIGKILL)
        if now_s - child.started_at_s > HEALTHY_AFTER_S:
            child.deaths = 0
        wait_s = backoff_s(child.deaths)
        child.deaths += 1
        self._report(f"{child.program.name} ended with {child.process.returncode}; next start in {wait_s:.1f} s")
        child.process = None
        child.restart_at_s = now_s + wait_s
        if self._reports is not None:
            self._reports.away(child.program.name, has_ended=True)

    def launch(self, child: Child) -> None:
        """Start a process for this child."""
        path = self._log_path(child.program.name)
        turn_over(path)
        if child.program.mark is not None:
            child.program.mark.unlink(missing_ok=True)
        # The child must not outlive us, even when we are killed: the kernel then sends it SIGTERM.
        with _opened(child, path) as out:
            child.process = subprocess.Popen(
                [*ends_with_us("TERM"), *child.program.argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **child.program.env, NAME_VARIABLE: child.program.name},
                start_new_session=True,
            )
        child.started_at_s, child.tree, child.children = time.monotonic(), ProcessTree(child.process.pid), ()
        child.restart_at_s = child.kill_at_s = 0.0
        if child.prober is not None:
            child.prober.has_answered()  # the answer of the one before
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
def _opened(child: Child, path: Path) -> Iterator[int]:
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
