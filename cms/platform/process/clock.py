"""Server clock: the machine's clock, held where it jumps.

A wall clock set wrong for a minute would make a province's broadcasts missed, signed with a false time and refused. So
the time is counted on from before the jump, by a counter that cannot be set, until the machine's clock is back or is
vouched for: by the kernel (an NTP client says that it is synchronised), or by a person (``loa clock accept``).
A difference between the two is a **doubt**: screens and ``/health/ready`` show it.

All processes of an installation count from one mark in ``LOA_HOME/run``, so that one started in between is not fooled.
"""

import contextlib
import ctypes
import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from cms.platform.process.atomic_file import write_whole
from cms.platform.settings import Settings

JUMP_S: Final = 2.0
"""A clock that moves by more against the steady counter has jumped: an NTP client slews less between two looks."""
LOOK_EVERY_S: Final = 1.0
"""While in doubt, kernel and mark are asked no oftener."""
MARK_DRIFT_S: Final = 0.5
"""Largest error of the mark; beyond it the mark is rewritten."""
MARK_NAME: Final = "clock.json"
TOLD_NAME: Final = "clock-doubt.json"
TOLD_HOLDS_S: Final = 30.0
"""Age up to which the gateway's doubt counts; the gateway rewrites it every few seconds."""
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_TIME_ERROR: Final = 5
_MAX_ERROR_US: Final = 1_000_000
_TIMEX_BYTES: Final = 256

log = logging.getLogger(__name__)


class DoubtKind(StrEnum):
    """Reasons to doubt the machine's clock.

    JUMPED: its own count · EVENTS_AHEAD: the database holds later events · DEVICES_DISAGREE: most devices that keep a
    time of their own have another · NOT_SYNCHRONISED: no NTP client, though the installation asks for one.
    """

    JUMPED = "jumped"
    EVENTS_AHEAD = "events_ahead"
    DEVICES_DISAGREE = "devices_disagree"
    NOT_SYNCHRONISED = "not_synchronised"


@dataclass(frozen=True, slots=True)
class ClockDoubt:
    """Finding that the machine's clock is ahead of its evidence by so much; negative: behind."""

    ahead_s: float
    why: DoubtKind = DoubtKind.JUMPED


class SteadyClock:
    """Clock that returns aware UTC time when called. ``doubt`` is the finding of the last call."""

    def __init__(
        self,
        mark: Path | None = None,
        *,
        wall_s: Callable[[], float] = time.time,
        steady_s: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        is_synchronised: Callable[[], bool] | None = None,
        boot_id: Callable[[], str] | None = None,
    ) -> None:
        self._wall_s, self._steady_s = wall_s, steady_s
        self._is_synchronised = is_synchronised or kernel_is_synchronised
        self._mark = mark
        self._boot_id = (boot_id or _read_boot_id)()
        self._lock = threading.Lock()
        self._looked_s = float("-inf")
        self._doubt: ClockDoubt | None = None
        self._told: Callable[[], ClockDoubt | None] = lambda: None
        self.is_accepted = False
        """True if a person has accepted the clock since the machine's start."""
        held = self._read_mark()
        self._offset_s = wall_s() - steady_s() if held is None else held
        self._marked_s = held

    @property
    def doubt(self) -> ClockDoubt | None:
        self()
        return self._doubt or self._told()

    def also(self, told: Callable[[], ClockDoubt | None]) -> None:
        """Add a second source of doubts: the findings of another process."""
        self._told = told

    def __call__(self) -> datetime:
        with self._lock:
            wall, steady = self._wall_s(), self._steady_s()
            ahead = wall - steady - self._offset_s
            if abs(ahead) <= JUMP_S or self._is_vouched_for(wall - steady, steady):
                self._offset_s, self._doubt = wall - steady, None
                self._write_mark()
                return datetime.fromtimestamp(wall, UTC)
            if self._doubt is None:
                log.error("the machine's clock jumped by %+.1f s: the time is counted on from before", ahead)
            self._doubt = ClockDoubt(ahead)
            return datetime.fromtimestamp(steady + self._offset_s, UTC)

    def accept(self) -> None:
        """Accept the machine's clock as right, for every process; called when a person vouches for it."""
        with self._lock:
            self._offset_s, self._doubt = self._wall_s() - self._steady_s(), None
            self._marked_s = None
            self.is_accepted = True
            self._write_mark()

    def _is_vouched_for(self, offset_s: float, steady_s: float) -> bool:
        if steady_s - self._looked_s < LOOK_EVERY_S:
            return False
        self._looked_s = steady_s
        marked = self._read_mark()
        return (marked is not None and abs(marked - offset_s) <= JUMP_S) or self._is_synchronised()

    def _read_mark(self) -> float | None:
        if self._mark is None:
            return None
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            held = json.loads(self._mark.read_text(encoding="ascii"))
            if held["boot"] == self._boot_id:
                self.is_accepted = bool(held.get("accepted", False))
                return float(held["offset_s"])
        return None

    def _write_mark(self) -> None:
        if self._mark is None or (self._marked_s is not None and abs(self._marked_s - self._offset_s) <= MARK_DRIFT_S):
            return
        self._marked_s = self._offset_s
        # An unwritable folder must not stop the clock.
        with contextlib.suppress(OSError):
            data = json.dumps({"boot": self._boot_id, "offset_s": self._offset_s, "accepted": self.is_accepted})
            write_whole(self._mark, data)


def steady_clock(settings: Settings) -> SteadyClock:
    """Build the clock that every process of this installation shares."""
    clock = SteadyClock(settings.run_dir / MARK_NAME)
    clock.also(TellDoubt(settings).read)
    return clock


class TellDoubt:
    """File of the gateway's doubt about the clock, for the other processes; it counts only while it is fresh."""

    def __init__(
        self,
        settings: Settings,
        steady_s: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    ) -> None:
        self._path = settings.run_dir / TOLD_NAME
        self._steady_s = steady_s
        self._looked_s = float("-inf")
        self._doubt: ClockDoubt | None = None

    def write(self, doubt: ClockDoubt | None) -> None:
        """Replace the doubt in the file, or delete the file. An unwritable folder raises nothing."""
        with contextlib.suppress(OSError):
            if doubt is None:
                self._path.unlink(missing_ok=True)
                return
            told = {"at_s": self._steady_s(), "why": doubt.why.value, "ahead_s": doubt.ahead_s}
            write_whole(self._path, json.dumps(told))

    def read(self) -> ClockDoubt | None:
        """Read the doubt, if it was written within ``TOLD_HOLDS_S``; the file is read once a second at most."""
        now_s = self._steady_s()
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            self._doubt = None
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                told = json.loads(self._path.read_text(encoding="ascii"))
                if 0 <= now_s - float(told["at_s"]) <= TOLD_HOLDS_S:
                    self._doubt = ClockDoubt(float(told["ahead_s"]), DoubtKind(told["why"]))
        return self._doubt


def doubt_of(now: Callable[[], datetime]) -> ClockDoubt | None:
    """Return the doubt about a context's clock; None: no doubt, or a test's clock."""
    return now.doubt if isinstance(now, SteadyClock) else None


def kernel_is_synchronised() -> bool:
    """Return whether an NTP client keeps the kernel's clock within a second, by adjtimex(2); False where none runs."""
    buffer = (ctypes.c_byte * _TIMEX_BYTES)()
    try:
        state = int(ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(buffer)))
    except (OSError, AttributeError):
        return False
    fields = (ctypes.c_long * 4).from_buffer(buffer)  # modes (padded), offset, freq, maxerror
    return state not in {-1, _TIME_ERROR} and fields[3] <= _MAX_ERROR_US


def _read_boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
