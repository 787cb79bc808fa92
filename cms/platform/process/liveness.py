"""Liveness of supervised programs: signs of life, and how long a program may give none.

Silence is counted in the supervisor's own steps, each of which counts for ``STEP_MAX_S`` at most: while the machine is
suspended, or so busy that the supervisor itself gets no processor, no program grows silent. A program without a sign
that still uses the processor is slow rather than frozen, and gets far longer.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

STEP_MAX_S: Final = 0.5
PROBE_EVERY_S: Final = 1.0


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
        self._silent_s = self._idle_s = 0.0
        self._ran_ns: int | None = None
        self._looked_s: float | None = None

    def heard(self) -> None:
        """Record a sign of life."""
        self._has_spoken = True
        self._silent_s = self._idle_s = 0.0

    def look(self, now_s: float, ran_ns: int | None) -> str:
        """Count one step; returns why the program counts as frozen, or nothing. ``ran_ns``: see ``processor_ns``."""
        step_s = min(STEP_MAX_S, now_s - self._looked_s) if self._looked_s is not None else 0.0
        self._looked_s = now_s
        self._silent_s += step_s
        has_run = ran_ns is not None and ran_ns != self._ran_ns
        self._ran_ns = ran_ns
        self._idle_s = 0.0 if has_run else self._idle_s + step_s
        grace_s = 0.0 if self._has_spoken else self._start_s
        if self._idle_s > max(self._liveness.idle_s, grace_s):
            return f"has done nothing for {self._idle_s:.0f} s"
        if self._liveness.gives_signs and self._silent_s > max(self._liveness.silent_s, grace_s):
            return f"has given no sign of life for {self._silent_s:.0f} s"
        return ""


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
        while not self._stopping.wait(self._every_s):
            try:
                if self._probe():
                    self._answered.set()
            except Exception:
                log.exception("%s failed", self._thread.name)
        if self._close is not None:
            self._close()


def processor_ns(pid: int) -> int | None:
    """Return the processor time of a process's main thread; None where the kernel does not say."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
