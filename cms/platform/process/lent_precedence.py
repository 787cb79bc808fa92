"""Share of the processor lent to a process that an alert waits for.

Programs of less urgency yield the processor by the niceness of their session. On a busy machine one that holds the
database's lock may then not run for seconds, and not even end when it is killed.
"""

import logging
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

_ORDINARY = 0
"""Niceness of the programs that alerts pass. The kernel lets everybody set it, though not below."""


class LentPrecedence:
    """Lender to one process at a time; where the kernel knows no niceness of sessions, nothing is lent."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._lent: tuple[int, int] | None = None

    def lend(self, pid: int) -> None:
        """Let the session of this process have as much of the processor as those that alerts pass."""
        if self._lent is not None and self._lent[0] == pid:
            return
        self.take_back()
        with suppress(OSError, ValueError):
            niceness = int(self._of(pid).read_text(encoding="ascii").rpartition(" ")[2])
            if self._lent is None and niceness > _ORDINARY:
                self._set(pid, _ORDINARY)
                self._lent = pid, niceness
                log.warning("process %s yields the processor no longer, as an alert waits for it", pid)

    def take_back(self) -> None:
        """Let it yield again. The kernel may refuse a change that follows another: then the next call does it."""
        if self._lent is None:
            return
        with suppress(BlockingIOError):
            with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                self._set(*self._lent)
            self._lent = None

    def _of(self, pid: int) -> Path:
        return self._proc / str(pid) / "autogroup"

    def _set(self, pid: int, niceness: int) -> None:
        self._of(pid).write_text(str(niceness), encoding="ascii")
