"""Watch of SQLite's write lock: a process that holds it, does nothing and never commits, blocks every alert.

The kernel tells who holds the lock, and each commit writes to the log beside the database. Where both stay the same and
no thread of the holder runs, or waits for the processor or a disk, its transaction hangs.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cms.platform.process.kernel_tasks import threads_of
from cms.platform.process.liveness import STEP_MAX_S

DEADLINE_S: Final = 1.5
"""A transaction waits for nothing but processor and disk, and that does not count."""
_WRITE_LOCK: Final = r" WRITE +(\d+) \S+:{inode} 120 120\n"
"""Line of the lock on that byte of the ``-shm`` file of a database in WAL mode."""


@dataclass
class LockWatch:
    """Watch over one database file, counted in the caller's steps."""

    database: Path
    _seen: tuple[int, int] = (0, 0)
    _held_s: float = 0.0

    def look(self, step_s: float) -> int:
        """Count one step; return the process that hangs in a transaction, or 0."""
        with suppress(OSError):
            pid = self._holder()
            seen = (pid, Path(f"{self.database}-wal").stat().st_mtime_ns)
            if not pid or seen != self._seen:
                self._held_s = 0.0
            elif not any(each.look().is_runnable for each in threads_of(pid)):
                self._held_s += min(step_s, STEP_MAX_S)
            self._seen = seen
            return pid if self._held_s > DEADLINE_S else 0
        return 0

    def _holder(self) -> int:
        inode = Path(f"{self.database}-shm").stat().st_ino
        found = re.search(_WRITE_LOCK.format(inode=inode), Path("/proc/locks").read_text(encoding="ascii"))
        return int(found[1]) if found else 0
