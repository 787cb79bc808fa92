"""The log file of a program that says far more than is kept: a pipe, and a thread that lets through what is.

The pipe never holds the program up. What it says while nobody reads, beyond what the pipe holds, is lost; a broker that
waited for its log would keep an alert waiting. If this process dies, the program writes into nothing and goes on.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from cms.long_logs import KEEP_BYTES, cut

log = logging.getLogger(__name__)

PIPE_BYTES: Final = 1024 * 1024
"""What a user may have without being asked: 12,000 lines."""
LOOK_S: Final = 0.05
"""Read so often rather than with each line: it would take the processor from whoever talks."""

LINE_MAX: Final = 4096
"""What is longer without an end is let through as if it had one: mosquitto cuts its lines at 1,000."""

Keep = Callable[[bytes], bytes]
"""What is kept of some more whole lines of the program."""


def turn_over(path: Path) -> None:
    """Put a log aside that has grown large, as ``NAME.log.1``."""
    if path.exists() and path.stat().st_size > KEEP_BYTES:
        path.replace(path.with_suffix(f"{path.suffix}.1"))


def cut_large(folder: Path, but: Collection[str] = ()) -> None:
    """Put aside what logs that their programs write themselves have grown to. ``but``: logs looked after elsewhere."""
    for path in folder.glob("*.log"):
        if path.stem not in but:
            cut(path, KEEP_BYTES)


class WholeLines:
    """A pipe is read in pieces that end anywhere: the lines that are whole, in order; the last waits for its end."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> bytes:
        """The lines that this piece completes, with their ends; perhaps none."""
        whole, end, self._rest = (self._rest + piece).rpartition(b"\n")
        return whole + end + (self.end() if len(self._rest) > LINE_MAX else b"")

    def end(self) -> bytes:
        """What waits, given the end that it lacks: nothing more will come, or nobody can wait for it."""
        last, self._rest = self._rest, b""
        return last and last + b"\n"


class SiftedLog:
    """A context around the start of the program, whose standard output it names; ``join`` after the program's end."""

    def __init__(self, path: Path, keep: Keep) -> None:
        self._path = path
        self._keep = keep
        self._is_writable = True
        self._read, self._write = os.pipe()
        with suppress(OSError):
            fcntl.fcntl(self._write, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.set_blocking(self._write, False)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"log of {path.stem}", daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        return self._write

    def __exit__(self, *_: object) -> None:
        # The program has an end of its own by now: when it closes that one, the log is complete.
        os.close(self._write)

    def join(self, timeout_s: float = 5.0) -> None:
        """Until the last word of the program, whose end has come, is in the file."""
        self._is_over.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        lines = WholeLines()
        try:
            while words := os.read(self._read, PIPE_BYTES):
                self._take(lines.feed(words))
                if len(words) < PIPE_BYTES // 2:
                    self._is_over.wait(LOOK_S)
            self._take(lines.end())
        finally:
            os.close(self._read)

    def _take(self, lines: bytes) -> None:
        if lines and (kept := self._sifted(lines)):
            self._append(kept)

    def _sifted(self, lines: bytes) -> bytes:
        try:
            return self._keep(lines)
        except Exception:
            log.exception("what is kept in %s could not be chosen: all of it is", self._path)
            return lines

    def _append(self, kept: bytes) -> None:
        try:
            turn_over(self._path)
            with self._path.open("ab") as file:
                file.write(kept)
            self._is_writable = True
        except OSError:
            if self._is_writable:
                log.exception("%s cannot be written: what its program says is lost", self._path)
            self._is_writable = False
