"""Heartbeats: which loops of a process still turn, sent about every second to the supervisor as a datagram.

A loop gets a stop event of its own. Each time it asks that event whether to stop, it has proved that it turns; when it
waits on it, it has said how long it may be quiet. Nothing is written to a disk, so a full one stops no heartbeat.
"""

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final, Self

from cms.platform.process.loops import until_turn_s
from cms.platform.process.thread_watch import EVERY_S as LOOK_S
from cms.platform.process.thread_watch import ThreadWatch, waiting
from cms.platform.process.unix_socket import Listening, Sending
from cms.platform.settings import Settings

log = logging.getLogger(__name__)

EVERY_S: Final = 2 * LOOK_S
STEP_MAX_S: Final = 300.0
"""Longest turn of a loop without a bound of its own: above every deadline of the network and of a database lock."""
NAME_VARIABLE: Final = "LOA_PROGRAM"
"""Environment variable with the name under which the supervisor runs a program: two may do the same work."""
MESSAGE_MAX_BYTES: Final = 4096
_AT_ONCE: Final = 256
_NAMED_MAX: Final = 20


def socket_of(settings: Settings) -> Path:
    """Return the socket on which the supervisor listens for heartbeats."""
    return settings.run_dir / "heartbeats.sock"


@dataclass
class _LoopProof:
    """Latest proof that a loop turns, and when the next is due. Monotonic seconds."""

    proved_s: float
    due_s: float


class Heartbeats:
    """Loops of one process. ``bounds_s``: how long one turn of a loop may take, by name.

    ``threads``: watch over its threads, which looks on the thread that sends the heartbeats.
    """

    threads: ThreadWatch | None = None

    def __init__(
        self, bounds_s: Mapping[str, float] | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._bounds_s = bounds_s or {}
        self._monotonic = monotonic
        self._turns: dict[str, _LoopProof] = {}

    def event_of(self, loop: str, stopping: threading.Event) -> threading.Event:
        """Return the stop event that this loop gets in place of ``stopping``."""
        self.note(loop)
        return _LoopEvent(stopping, lambda wait_s: self.note(loop, wait_s), lambda: self.end(loop))

    def note(self, loop: str, wait_s: float | None = 0.0) -> None:
        """Record that a loop turned and may now be quiet for ``wait_s`` (None: no limit) plus one turn."""
        now_s = self._monotonic()
        bound_s = self._bounds_s.get(loop, STEP_MAX_S)
        self._turns[loop] = _LoopProof(now_s, float("inf") if wait_s is None else now_s + wait_s + bound_s)

    def end(self, loop: str) -> None:
        """Forget a loop that ended in good order."""
        self._turns.pop(loop, None)

    def quiet_s(self) -> Mapping[str, float]:
        """Return the seconds since each loop last proved that it turns."""
        now_s = self._monotonic()
        return {name: now_s - turn.proved_s for name, turn in list(self._turns.items())}

    def overdue(self) -> Mapping[str, float]:
        """Return the loops that should have turned by now, and the seconds since."""
        now_s = self._monotonic()
        return {name: now_s - turn.proved_s for name, turn in list(self._turns.items()) if now_s > turn.due_s}


class _LoopEvent(threading.Event):
    """Stop event that records each time the loop asks it."""

    def __init__(
        self, stopping: threading.Event, note: Callable[[float | None], object], end: Callable[[], object]
    ) -> None:
        super().__init__()
        self._stopping = stopping
        self._note = note
        self._end = end

    def is_set(self) -> bool:
        return self._answer(self._stopping.is_set())

    def set(self) -> None:
        self._stopping.set()

    def wait(self, timeout: float | None = None) -> bool:
        self._note(timeout)
        with waiting(threading.TIMEOUT_MAX if timeout is None else timeout):
            is_stopping = self._stopping.wait(timeout)
        return self._answer(is_stopping)

    def _answer(self, is_stopping: bool) -> bool:  # noqa: FBT001 - the one thing it is about
        if is_stopping:
            self._end()
        else:
            self._note(0.0)
        return is_stopping


@dataclass(frozen=True, slots=True)
class Beat:
    """Heartbeat as the supervisor reads it. ``overdue``: seconds without a turn, by loop."""

    program: str
    overdue: Mapping[str, float]


class HeartbeatSender:
    """Context manager that sends this process's heartbeat about every second, on a thread of its own.

    A missing listener is fine; systemd's watchdog is served as well where it asks (``NOTIFY_SOCKET``).
    """

    def __init__(self, path: Path, program: str, beats: Heartbeats, *, every_s: float = EVERY_S) -> None:
        self._to = Sending(path)
        self._program = os.environ.get(NAME_VARIABLE, program)
        self._beats = beats
        self._every_s = every_s
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def start(self) -> None:
        """Start sending, in a process that ends without leaving a context."""
        self._thread.start()

    def beat(self) -> None:
        """Send one now."""
        overdue = self._beats.overdue()
        told = dict(list(overdue.items())[:_NAMED_MAX])
        self._to.send(json.dumps({"program": self._program, "overdue": told}).encode()[:MESSAGE_MAX_BYTES])
        if not overdue and (watchdog := os.environ.get("NOTIFY_SOCKET")):
            _notify(watchdog, b"WATCHDOG=1")

    def _run(self) -> None:
        for is_due in cycle((True, False)):
            if is_due:
                self.beat()
            if self._beats.threads is not None:
                self._beats.threads.look()
            if self._ending.wait(until_turn_s(self._every_s / 2)):
                return


class HeartbeatInbox(Listening):
    """Receiving end of heartbeats, in the supervisor."""

    def beats(self) -> list[Beat]:
        """Return the heartbeats received by now, without waiting; unreadable datagrams are dropped."""
        found = [_read(data) for data in self.datagrams(0, MESSAGE_MAX_BYTES, _AT_ONCE)]
        return [beat for beat in found if beat is not None]


def _read(data: bytes) -> Beat | None:
    try:
        told = json.loads(data)
        return Beat(str(told["program"]), {str(name): float(value) for name, value in told["overdue"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        log.warning("an unreadable heartbeat was dropped")
        return None


def _notify(address: str, word: bytes) -> None:
    """Send one message by sd_notify(3); an address that begins with @ is in the abstract namespace."""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(0)
        sender.sendto(word, "\0" + address[1:] if address.startswith("@") else address)
