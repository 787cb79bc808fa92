"""Filtered log file of a verbose program: a pipe, and a thread that writes the lines to keep.

The pipe never holds the program up. Output beyond the pipe's size, while the thread does not read, is lost; a broker
that waited for its log would keep an alert waiting. If this process dies, the program writes into nothing and goes on.
"""

import fcntl
import logging
import os
import subprocess
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from cms.platform.process.logs import KEEP_BYTES, cut

log = logging.getLogger(__name__)

PIPE_BYTES: Final = 1024 * 1024
"""The most that a user without privileges may have: 12,000 lines."""
LOOK_S: Final = 0.05
"""Interval of reading: a read at each line would take the processor from the program that writes."""

LINE_MAX: Final = 4096
"""A longer piece without a line end is let through as if it had one: mosquitto cuts its lines at 1,000."""

Keep = Callable[[bytes], bytes]
"""Filter: takes some whole lines of the program and returns those to keep."""


def turn_over(path: Path) -> None:
    """Put a log aside that has grown large, as ``NAME.log.1``."""
    if path.exists() and path.stat().st_size > KEEP_BYTES:
        path.replace(path.with_suffix(f"{path.suffix}.1"))


def cut_large(folder: Path, but: Collection[str] = ()) -> None:
    """Put aside large logs that programs write themselves. ``but``: names of logs that are rotated elsewhere."""
    for path in folder.glob("*.log"):
        if path.stem not in but:
            cut(path, KEEP_BYTES)


class WholeLines:
    """Splitter of a pipe's pieces, which end anywhere, into whole lines, in order; the last one waits for its end."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> bytes:
        """Return the lines that this piece completes, with their ends; perhaps none."""
        whole, end, self._rest = (self._rest + piece).rpartition(b"\n")
        return whole + end + (self.end() if len(self._rest) > LINE_MAX else b"")

    def end(self) -> bytes:
        """Return the waiting rest with a line end: no more will come, or it is too long to wait."""
        last, self._rest = self._rest, b""
        return last and last + b"\n"


class SiftedLog:
    """Context manager around the start of the program: yields its standard output; ``join`` after the program's end."""

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
        """Wait until the last output of the program, which has ended, is in the file."""
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
            log.exception("the filter of %s failed: all lines are kept", self._path)
            return lines

    def _append(self, kept: bytes) -> None:
        try:
            turn_over(self._path)
            with self._path.open("ab") as file:
                file.write(kept)
            self._is_writable = True
        except OSError:
            if self._is_writable:
                log.exception("%s cannot be written: the output of its program is lost", self._path)
            self._is_writable = False


class LoggedProcess(subprocess.Popen[bytes]):
    """Process with a filtered log. Waiting for its end waits for the end of its log too: nothing is written later."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], output: SiftedLog) -> None:
        self._output = output
        with output as words:
            super().__init__(argv, stdout=words, stderr=words, env=env, start_new_session=True)

    def wait(self, timeout: float | None = None) -> int:
        code = super().wait(timeout)
        self._output.join()
        return code
