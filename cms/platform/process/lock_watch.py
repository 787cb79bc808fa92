"""Watch of SQLite's write lock: a process that holds it, does nothing and never commits, blocks every alert.

The kernel tells who holds the lock, and each commit writes to the log beside the database. Where both stay the same and
the holder does nothing, its transaction hangs. On a busy machine some thread of it always waits for the processor that
has but looked at a clock: it works only if it runs for a part of the time, or one thread waits from look to look.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cms.platform.process.kernel_tasks import TaskState, threads_of
from cms.platform.process.lent_precedence import LentPrecedence
from cms.platform.process.liveness import STEP_MAX_S
from cms.platform.store.write_queue import WriteQueue

DEADLINE_S: Final = 1.5
"""A transaction waits for nothing but processor and disk, and that does not count."""
AT_WORK_MAX_S: Final = 12.0
"""For the transaction of a process at work, which rolls it back after 10 s itself."""
URGENT_MAX_S: Final = 3.0
"""The same while an urgent writer waits, for whom it does so after 2 s."""
WORKS_FROM: Final = 0.2
"""Share of a step that the threads of a process at work run for, together; one at rest takes a hundredth."""
_WRITE_LOCK: Final = r" WRITE +(\d+) \S+:{inode} 120 120\n"
"""Line of the lock on that byte of the ``-shm`` file of a database in WAL mode."""


@dataclass
class LockWatch:
    """Watch over one database file, counted in the caller's steps."""

    database: Path
    _precedence: LentPrecedence = field(default_factory=LentPrecedence)
    _seen: tuple[int, int] = (0, 0)
    _idle_s: float = 0.0
    _held_s: float = 0.0
    _urgent_s: float = 0.0
    _queue: WriteQueue | None = None
    _threads: dict[str, TaskState] = field(default_factory=dict)

    def look(self, step_s: float) -> int:
        """Count one step; return the process that hangs in a transaction, or 0."""
        with suppress(OSError):
            pid = self._holder()
            seen = (pid, Path(f"{self.database}-wal").stat().st_mtime_ns)
            threads = {name: task.look() for name, task in threads_of(pid)} if pid else {}
            if not pid or seen != self._seen:
                self._idle_s = self._held_s = self._urgent_s = 0.0
            else:
                self._count(min(step_s, STEP_MAX_S), works=_works(self._threads, threads, step_s))
            self._seen, self._threads = seen, threads
            if self._urgent_s:
                self._precedence.lend(pid)
            else:
                self._precedence.take_back()
            return pid if self._is_over else 0
        return 0

    def _count(self, counted_s: float, *, works: bool) -> None:
        self._queue = self._queue or WriteQueue(str(self.database))
        self._held_s += counted_s
        self._idle_s += 0.0 if works else counted_s
        self._urgent_s = self._urgent_s + counted_s if self._queue.is_urgent_waiting else 0.0

    @property
    def _is_over(self) -> bool:
        return self._idle_s > DEADLINE_S or self._held_s > AT_WORK_MAX_S or self._urgent_s > URGENT_MAX_S

    def _holder(self) -> int:
        inode = Path(f"{self.database}-shm").stat().st_ino
        found = re.search(_WRITE_LOCK.format(inode=inode), Path("/proc/locks").read_text(encoding="ascii"))
        return int(found[1]) if found else 0


def _works(before: Mapping[str, TaskState], now: Mapping[str, TaskState], step_s: float) -> bool:
    """Return whether a process is at work, by the states of its threads at two looks."""
    both = before.keys() & now.keys()
    ran_ns = sum(now[name].ran_ns - before[name].ran_ns for name in both)
    is_waiting = any(before[name].is_runnable and now[name].is_runnable for name in both)
    return is_waiting or ran_ns >= WORKS_FROM * step_s * 1e9
