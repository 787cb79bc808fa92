"""Sibling watch: processes of one pool watch each other; a frozen one is killed, and Celery replaces it.

A supervisor, ours or systemd, receives heartbeats of the pool as a whole: while one process sends them, another may
hang and keep its job. Each proves twice a second, in shared memory, that it turns. In a pool of one process the
supervisor sees the silence.
"""

import logging
import mmap
import os
import signal
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cms.platform.process.liveness import Liveness, SilenceMeter

log = logging.getLogger(__name__)

FROZEN_AFTER_S: Final = 12.0
EVERY_S: Final = 0.5
SLOTS: Final = 64
_SLOT: Final = struct.Struct("<qq")
_PARENT, _USER, _SYSTEM = 1, 11, 12
"""Fields of ``/proc/PID/stat`` after the program's name, counted from its state."""


def shared_slots() -> mmap.mmap:
    """Make the shared slots, before the fork: each process's id, and how often it has turned."""
    # No lock, which a killed process could hold forever: each writes its own slot only.
    return mmap.mmap(-1, SLOTS * _SLOT.size)


@dataclass
class _Sibling:
    pid: int
    turns: int
    meter: SilenceMeter


class SiblingWatch:
    """Watch of one process over its siblings. ``index`` is its place in the pool, which a replacement takes over."""

    def __init__(
        self,
        slots: mmap.mmap,
        index: int,
        *,
        frozen_s: float = FROZEN_AFTER_S,
        kill: Callable[[int, int], None] = os.kill,
    ) -> None:
        self._slots = slots
        self._index = index % SLOTS
        self._liveness = Liveness(sends_heartbeats=True, idle_s=frozen_s)
        self._kill = kill
        self._turns = 0
        self._known: dict[int, _Sibling] = {}

    def step(self, now_s: float) -> None:
        """Prove that this process turns, and check the others."""
        self._turns += 1
        _SLOT.pack_into(self._slots, self._index * _SLOT.size, os.getpid(), self._turns)
        for place in range(SLOTS):
            if place != self._index:
                self._look(place, now_s)

    def run(self, stopping: threading.Event) -> None:
        """Step until stopped; the caller does the first step, before any work that could freeze."""
        while not stopping.wait(EVERY_S):
            self.step(time.monotonic())

    def _look(self, place: int, now_s: float) -> None:
        pid, turns = _SLOT.unpack_from(self._slots, place * _SLOT.size)
        known = self._known.get(place)
        if known is None or known.pid != pid:
            known = self._known[place] = _Sibling(pid, turns, SilenceMeter(self._liveness, 0))
            known.meter.heard()
        if known.turns != turns:
            known.turns = turns
            known.meter.heard()
        if pid and (why := known.meter.look(now_s, _processor_ticks(pid))) and _is_sibling(pid):
            log.critical("pool process %s %s and is killed", pid, why)
            known.meter.heard()
            self._kill(pid, signal.SIGKILL)


def _processor_ticks(pid: int) -> int | None:
    """Return the processor time of all threads of a process: one that computes may send no sign for a while."""
    told = _stat(pid)
    return int(told[_USER]) + int(told[_SYSTEM]) if told else None


def _is_sibling(pid: int) -> bool:
    """Return whether our own parent started the process: its id may have been reused."""
    told = _stat(pid)
    return bool(told) and int(told[_PARENT]) == os.getppid()


def _stat(pid: int) -> list[str]:
    """Read ``/proc/PID/stat``; empty where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
