"""Liveness of supervised programs: signs of life, and how long a program may give none.

Silence is counted in the supervisor's own steps, each of which counts for ``STEP_MAX_S`` at most: while the machine is
suspended, or so busy that the supervisor itself gets no processor, no program grows silent. A program without a sign
that still uses the processor, or waits for it or for a disk, is slow rather than frozen, and gets far longer.

A process that a signal stopped is known at once by its state. A debugger's stop is another state: it is told, and
left alone.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cms.platform.process.kernel_tasks import TaskState
from cms.platform.process.loops import until_turn_s

log = logging.getLogger(__name__)

STEP_MAX_S: Final = 0.5
PROBE_EVERY_S: Final = 1.0
STOPPED_AFTER_S: Final = 0.75
DOUBTED_AFTER_S: Final = 1.8
"""Silence of which people are told; what is short of memory or file descriptors besides is frozen."""
_STOPPED: Final = frozenset("Tt")


@dataclass(frozen=True, slots=True)
class Liveness:
    """Signs of life: answers to ``probe``, which has a deadline of its own, or heartbeats that the program sends.

    ``idle_s`` without a sign and without using the processor, or ``silent_s`` without a sign at all: it is frozen. Of a
    program that gives no signs only the processor counts.
    """

    probe: Callable[[], bool] | None = None
    sends_heartbeats: bool = False
    idle_s: float = 12.0
    silent_s: float = 90.0
    close: Callable[[], None] | None = None
    """Closes what the probe holds open."""

    @property
    def gives_signs(self) -> bool:
        return self.probe is not None or self.sends_heartbeats


class SilenceMeter:
    """Silence of one run of one program. ``start_s``: so long it may take to its first sign."""

    def __init__(self, liveness: Liveness, start_s: float) -> None:
        self._liveness = liveness
        self._start_s = start_s
        self._has_spoken = False
        self._silent_s = self._idle_s = self._exhausted_s = 0.0
        self._activity: object = None
        self._looked_s: float | None = None

    @property
    def is_doubtful(self) -> bool:
        """Return whether the program, heard before, has been silent or without files or memory for a moment."""
        return self._is_silent or self._exhausted_s > DOUBTED_AFTER_S / 2

    @property
    def _is_silent(self) -> bool:
        return self._liveness.gives_signs and self._has_spoken and self._silent_s > DOUBTED_AFTER_S

    @property
    def has_spoken(self) -> bool:
        """Return whether the program works, as far as it can be known."""
        return self._has_spoken or not self._liveness.gives_signs

    def heard(self) -> None:
        """Record a sign of life."""
        self._has_spoken = True
        self._silent_s = self._idle_s = 0.0

    def look(self, now_s: float, activity: object, *, is_exhausted: bool = False) -> str:
        """Count one step; returns why the program counts as frozen, or nothing.

        ``activity``: see ``activity_of``; ``is_exhausted``: see ``kernel_tasks``.
        """
        step_s = min(STEP_MAX_S, now_s - self._looked_s) if self._looked_s is not None else 0.0
        self._looked_s = now_s
        self._silent_s += step_s
        has_run = activity is not None and activity != self._activity
        self._activity = activity
        self._idle_s = 0.0 if has_run else self._idle_s + step_s
        grace_s = 0.0 if self._has_spoken else self._start_s
        if self._idle_s > max(self._liveness.idle_s, grace_s):
            return f"has done nothing for {self._idle_s:.0f} s"
        self._exhausted_s = self._exhausted_s + step_s if is_exhausted else 0.0
        if is_exhausted and self._is_silent:
            return "has no memory or no file descriptors left and gives no sign of life"
        if self._liveness.gives_signs and self._silent_s > max(self._liveness.silent_s, grace_s):
            return f"has given no sign of life for {self._silent_s:.0f} s"
        return ""


class StoppedProcesses:
    """Count of how long each process of one program has been stopped, in the supervisor's steps.

    ``is_traced``: a tracer has held one of them for longer than a moment.
    """

    def __init__(self) -> None:
        self._stopped_s: dict[int, float] = {}
        self.is_traced = False

    def look(self, states: Mapping[int, TaskState], step_s: float) -> Sequence[int]:
        """Count one step; return the processes that a signal has stopped for longer than a moment."""
        stopped = {pid: state for pid, state in states.items() if state.letter in _STOPPED}
        self._stopped_s = {pid: self._stopped_s.get(pid, 0.0) + min(step_s, STEP_MAX_S) for pid in stopped}
        long = [pid for pid, seconds in self._stopped_s.items() if seconds > STOPPED_AFTER_S]
        self.is_traced = any(stopped[pid].is_traced for pid in long)
        return [pid for pid in long if not stopped[pid].is_traced]


class Prober:
    """Prober of one program, every second, on a thread of its own: a probe that hangs blocks nothing else."""

    def __init__(
        self,
        name: str,
        probe: Callable[[], bool],
        close: Callable[[], None] | None = None,
        *,
        every_s: float = PROBE_EVERY_S,
    ) -> None:
        self._probe = probe
        self._close = close
        self._every_s = every_s
        self._answered = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"probe of {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end, without waiting: it may hang in a probe."""
        self._stopping.set()

    def join(self, wait_s: float) -> None:
        """Wait, so long at most, until the thread has ended and closed what it held."""
        self._thread.join(wait_s)

    def has_answered(self) -> bool:
        """Return whether the program answered since the last call."""
        answered = self._answered.is_set()
        self._answered.clear()
        return answered

    def _run(self) -> None:
        while not self._stopping.wait(until_turn_s(self._every_s)):
            try:
                if self._probe():
                    self._answered.set()
            except Exception:
                log.exception("%s failed", self._thread.name)
        if self._close is not None:
            self._close()
