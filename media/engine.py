"""Speech engines: the text as each is given it, and the runners of one, bounded in time."""

import os
import re
import select
import subprocess
import tempfile
import threading
import time
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from media.errors import ToolError

_PHONEME_BRACKETS = re.compile(r"(\[(?=\[)|\](?=\]))")
_KEPT_CONTROLS = "\n"
TIMEOUT_S = 120.0
_TAIL_CHARS = 600
_SENTENCE = re.compile(r"[^.!?…\n]*(?:[.!?…\n][\s.!?…\"'”’»)]*|$)")
_TRIES = 2


def speakable(text: str) -> str:
    """Return ``text`` fit for an engine: composed letters, no control characters, no phoneme brackets.

    espeak-ng reads a letter and a loose tone mark as two things, obeys commands that start with U+0001 and takes
    ``[[…]]`` for phonemes; neural voices have their text read by it too.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    kept = "".join(c for c in composed if c in _KEPT_CONTROLS or not unicodedata.category(c).startswith("C"))
    return _PHONEME_BRACKETS.sub(r"\1 ", kept)


def sentences(text: str) -> tuple[str, ...]:
    """Cut a text, exactly, after each sentence; a piece without a word belongs to the one before it."""
    found: list[str] = []
    for piece in filter(None, _SENTENCE.findall(text)):
        if found and not (any(map(str.isalnum, piece)) and any(map(str.isalnum, found[-1]))):
            found[-1] += piece
        else:
            found.append(piece)
    return tuple(found) or (text,)


def primary(language: str) -> str:
    """Return the primary subtag of a BCP 47 tag: voices of that language may speak it."""
    return language.split("-", maxsplit=1)[0].lower()


def run(name: str, *command: str, text: str = "", timeout_s: float | None = None) -> str:
    """Return its standard output; ``text`` goes to its standard input. Raises ToolError with ``name``."""
    limit_s = TIMEOUT_S if timeout_s is None else timeout_s
    try:
        done = subprocess.run(
            list(command),
            input=text.encode(),
            capture_output=True,
            timeout=max(0.0, limit_s),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(name, f"killed after {limit_s:g} s") from error
    except FileNotFoundError as error:
        raise ToolError(name, "not installed") from error
    if done.returncode != 0:
        raise ToolError(name, done.stderr.decode("utf-8", "replace").strip()[-_TAIL_CHARS:])
    return done.stdout.decode("utf-8", "replace")


URGENT_NICE = -5
"""Three times the share of another busy process; a gateway that wakes up has its turn as well."""


class EngineProcess:
    """Process that keeps an engine's model: started when first asked, it says ``ready``, then answers line for line.

    One that dies is started again once; one that is late is killed. A fork starts its own. An urgent one goes before
    other processes where the system permits it (``LimitNICE`` of the unit).
    """

    def __init__(self, name: str, command: Sequence[str], *, is_urgent: bool = False) -> None:
        self._name = name
        self._is_urgent = is_urgent
        self._command = command
        self._lock = threading.Lock()
        self._owner_pid = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None

    def ask(self, request: str, timeout_s: float) -> str:
        """Send one line and return the answer, within a time that includes starting. Raises ToolError."""
        until_s = time.monotonic() + timeout_s
        if not self._lock.acquire(timeout=max(0.0, timeout_s)):
            raise ToolError(self._name, f"at work for others for {timeout_s:g} s")
        try:
            return self._answer(request, until_s, timeout_s)
        finally:
            self._lock.release()

    def wake(self, timeout_s: float) -> None:
        """Have it ready for the next request, by an empty one, unless it is at work. Raises ToolError."""
        if self._lock.acquire(blocking=False):
            try:
                self._answer("", time.monotonic() + timeout_s, timeout_s)
            finally:
                self._lock.release()

    def _answer(self, request: str, until_s: float, timeout_s: float) -> str:
        for _ in range(_TRIES):
            try:
                child = self._running(until_s)
                assert child.stdin is not None
                child.stdin.write(f"{request}\n".encode())
                child.stdin.flush()
                return _line(child, until_s)
            except TimeoutError as error:
                self._end()
                raise ToolError(self._name, f"killed after {timeout_s:g} s") from error
            except (EOFError, BrokenPipeError):
                tail = self._tail()
                self._end()
        raise ToolError(self._name, f"ended: {tail}")

    def close(self) -> None:
        """End the process; it is started again when it is asked."""
        with self._lock:
            self._end()

    def _running(self, until_s: float) -> "subprocess.Popen[bytes]":
        if self._owner_pid != os.getpid():
            if self._child is not None:
                # Of the process that this one was forked from: not ours to end, to talk to or to wait for.
                self._child.returncode = 0
            if self._errors is not None:
                self._errors.close()
            self._child, self._owner_pid = None, os.getpid()
        if self._child is None:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
            self._child = subprocess.Popen(
                list(self._command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                start_new_session=self._is_urgent,
            )
            if self._is_urgent:
                _prefer(self._child.pid)
            _line(self._child, until_s)
        return self._child

    def _tail(self) -> str:
        assert self._errors is not None
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace").strip()[-_TAIL_CHARS:]

    def _end(self) -> None:
        if self._child is None or self._errors is None:
            return
        self._child.kill()
        with suppress(BrokenPipeError):
            self._child.communicate()
        self._errors.close()
        self._child = None


def _prefer(pid: int) -> None:
    """Raise a process before others of its session, and its session before other sessions."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, URGENT_NICE)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(f"{URGENT_NICE}", encoding="ascii")


def _line(child: "subprocess.Popen[bytes]", until_s: float) -> str:
    """Read a line of its output. Raises TimeoutError, EOFError."""
    assert child.stdout is not None
    ready = select.poll()
    ready.register(child.stdout, select.POLLIN)
    line = b""
    while not line.endswith(b"\n"):
        if not ready.poll(max(0.0, until_s - time.monotonic()) * 1000):
            raise TimeoutError
        part = os.read(child.stdout.fileno(), 65_536)
        if not part:
            raise EOFError
        line += part
    return line.decode().strip()
