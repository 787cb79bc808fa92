"""Disk guard: free space, the order of refusals, and a reserve for indispensable writes.

The reserve is a file of allocated blocks. Under pressure it is emptied, and database, log and alert path go on writing
in its space; once there is space again, it is refilled. Recordings are refused long before that, an alert's last.
"""

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cms.platform.process.loops import keep_doing
from cms.platform.settings import Settings

log = logging.getLogger(__name__)

MB: Final = 1024 * 1024
URGENT_SHARE: Final = 8
"""An alert's recordings are accepted down to this fraction of the free space that all others need: an eighth."""
HELD_AGAIN_FROM: Final = 4
"""Multiple of the reserve that has to be free before it is refilled, so that it does not flap."""
RESERVE: Final = "disk-reserve"
SYNC_EVERY_S: Final = 1.5
SYNC_AGAIN_FROM_S: Final = 0.1
SYNC_AGAIN_AFTER_S: Final = 0.5
"""A time that is unusual is soon followed by others, so that the interval may be long where the disk is fast."""


@dataclass(frozen=True, slots=True)
class Disk:
    """Free space at one moment. ``upload_min_bytes``: recordings are refused where less is free.

    ``is_reserve_spent``: the reserve was given up, or never had room.
    """

    free_bytes: int
    total_bytes: int
    upload_min_bytes: int = 0
    is_reserve_spent: bool = False

    @property
    def free_pct(self) -> float:
        return 100.0 * self.free_bytes / self.total_bytes if self.total_bytes else 100.0

    def takes(self, size: int, *, is_urgent: bool = False) -> bool:
        """Return whether a recording of that size is accepted. ``is_urgent``: an alert's, or a live address's."""
        least = self.upload_min_bytes // URGENT_SHARE if is_urgent else self.upload_min_bytes
        return self.free_bytes - size >= least


DiskMeter = Callable[[], Disk]
"""Called at each decision; returns the free space now."""


def meter_of(settings: Settings) -> DiskMeter:
    """Build the meter of the disk that holds LOA_HOME."""
    reserve = settings.root / RESERVE

    def look() -> Disk:
        usage = shutil.disk_usage(settings.root)
        # A missing file means that no process that keeps the reserve has run here.
        is_spent = bool(settings.disk_reserve_mb) and reserve.exists() and not reserve.stat().st_size
        return Disk(usage.free, usage.total, settings.upload_disk_min_mb * MB, is_spent)

    return look


class DiskReserve:
    """Reserve file. One process calls ``tend`` every few seconds; any that finds the disk full calls ``release``."""

    def __init__(self, settings: Settings, meter: DiskMeter) -> None:
        self._path = settings.root / RESERVE
        self._size = settings.disk_reserve_mb * MB
        self._meter = meter

    def tend(self) -> None:
        """Empty the file where less than its size is free; refill it where there is space."""
        if not self._size:
            return
        free = self._meter().free_bytes
        if free < self._size:
            self.release()
        elif not self._held_bytes():
            if free >= HELD_AGAIN_FROM * self._size:
                self._hold()
            else:
                self._path.touch()

    def release(self) -> None:
        """Free the reserve's space for writers. Empties the file in place: on a full disk no new file can be made."""
        held = self._held_bytes()
        if held or self._size:
            with self._path.open("ab") as file:
                file.truncate(0)
        if held:
            log.error("disk.reserve_released %d MB; free the disk of LOA_HOME", held // MB)

    def _held_bytes(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0

    def _hold(self) -> None:
        fresh = self._path.with_name(f".{RESERVE}.{os.getpid()}")
        try:
            with fresh.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
            fresh.replace(self._path)
        finally:
            fresh.unlink(missing_ok=True)
        log.info("disk.reserve_held %d MB", self._size // MB)


class SyncWatch:
    """Watch of how long the disk takes to store a byte; ``run`` is a loop of a thread that does nothing else."""

    def __init__(self, path: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._monotonic = monotonic
        self._took_s = (0.0, 0.0)
        self._since_s: float | None = None

    def seconds(self) -> float:
        """Return the shorter of the last two times; or how long it has hung."""
        # One time alone may have waited for the processor.
        since_s = self._since_s
        return max(min(self._took_s), 0.0 if since_s is None else self._monotonic() - since_s)

    def step(self) -> None:
        """Store a byte. Raises OSError."""
        file = os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            self._since_s = began_s = self._monotonic()
            os.pwrite(file, b"0", 0)
            os.fdatasync(file)
            self._took_s = self._took_s[1], self._monotonic() - began_s
        finally:
            self._since_s = None
            os.close(file)

    def run(self, stopping: threading.Event) -> None:
        def look() -> None:
            self.step()
            while self._took_s[1] >= SYNC_AGAIN_FROM_S and not stopping.wait(SYNC_AGAIN_AFTER_S):
                self.step()

        keep_doing(look, stopping, "watching the disk", look_s=SYNC_EVERY_S)
