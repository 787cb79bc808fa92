"""One gateway works at a time: a second waits beside it and takes over when the first ends, however it ends."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path
from typing import IO

_RETRY_S = 0.5


class GatewayLock:
    """A lock on a file, which the kernel opens when its holder dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self, stopping: threading.Event) -> bool:
        """Wait for it; False if ``stopping`` was set first."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a")
        while not stopping.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stopping.wait(_RETRY_S)
            else:
                self._file = file
                return True
        file.close()
        return False

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
