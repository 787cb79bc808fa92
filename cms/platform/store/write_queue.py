"""Queue of SQLite's writers, across threads and processes: urgent ones first.

SQLite has no queue. A writer that finds the lock taken sleeps up to a tenth of a second between its tries, and one that
writes again and again is always faster. Here ordinary writers pass two places, each for one at a time: the next one
waits in the first, the one that writes has the second until its transaction ends. An urgent writer passes neither: it
tries every millisecond, and while it waits the next ordinary one stays back. So at most one is ahead of it.

The places are locks on bytes of a file beside the database: the kernel frees those of a process that is gone.
"""

import fcntl
import os
import sqlite3
import struct
from time import monotonic, sleep
from typing import Final

TRY_S: Final = 0.001
TRY_MAX_S: Final = 0.01
"""Longest pause between two tries of those that are not next."""
STAYS_BACK_S: Final = 2.0
"""Urgent writers keep an ordinary one back for so long: one that is frozen while it waits stops nobody."""


def _lock(kind: int, byte: int) -> bytes:
    return struct.pack("hhqqi0q", kind, os.SEEK_SET, byte, 1, 0)


_NEXT, _NOT_NEXT = _lock(fcntl.F_WRLCK, 0), _lock(fcntl.F_UNLCK, 0)
_TURN, _NO_TURN = _lock(fcntl.F_WRLCK, 1), _lock(fcntl.F_UNLCK, 1)
_URGENT, _NOT_URGENT, _ANY_URGENT = _lock(fcntl.F_RDLCK, 2), _lock(fcntl.F_UNLCK, 2), _lock(fcntl.F_WRLCK, 2)
_FREE: Final = struct.pack("h", fcntl.F_UNLCK)


class WriteQueue:
    """Queue as one connection sees it: ``enter`` before it takes the write lock, ``leave`` after its transaction."""

    def __init__(self, database: str) -> None:
        self._file = -1
        its = os.stat(database)  # noqa: PTH116 - beside os.open
        self._file = os.open(f"{database}-queue", os.O_RDWR | os.O_CREAT, its.st_mode & 0o666)
        if os.geteuid() == 0:
            os.fchown(self._file, its.st_uid, its.st_gid)  # an operator's command must not lock out the service

    def __del__(self) -> None:
        """Close the file with its connection, where the pool of an engine is forgotten rather than emptied."""
        self.close()

    def enter(self, until_s: float) -> None:
        """Wait for the ordinary writer's turn. Raises sqlite3.OperationalError after ``until_s``."""
        self._take(_NEXT, until_s, TRY_MAX_S)
        try:
            self._take(_TURN, until_s, TRY_S)
        finally:
            self._set(_NOT_NEXT)
        until_s = min(until_s, monotonic() + STAYS_BACK_S)
        while self.is_urgent_waiting and monotonic() < until_s:
            sleep(TRY_S)

    def leave(self) -> None:
        self._set(_NO_TURN)

    @property
    def is_urgent_waiting(self) -> bool:
        """Return whether an urgent writer on another connection waits for the write lock."""
        return not fcntl.fcntl(self._file, fcntl.F_OFD_GETLK, _ANY_URGENT).startswith(_FREE)

    def keep_back(self, *, others: bool) -> None:
        """Keep ordinary writers back while this one waits, or no longer."""
        self._set(_URGENT if others else _NOT_URGENT)

    def close(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    def _take(self, lock: bytes, until_s: float, pause_max_s: float) -> None:
        pause_s = TRY_S
        while True:
            try:
                return self._set(lock)
            except BlockingIOError:
                if monotonic() > until_s:
                    raise sqlite3.OperationalError("database is locked: other writers were first") from None
            sleep(pause_s)
            pause_s = min(pause_s * 2, pause_max_s)

    def _set(self, lock: bytes) -> None:
        fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, lock)
