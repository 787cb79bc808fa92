"""Deadlines of transactions that hold locks: one that passes its own is named in the log and rolled back.

One thread in each process looks at all of them, and is started by the first.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

log = logging.getLogger(__name__)

HOLD_S: Final = 10.0
"""Longest that a transaction holds its locks, unless it says more: well below the time that others wait for them."""
GIVES_WAY_S: Final = 2.0
"""An ordinary one is rolled back after this already where an urgent writer waits for it."""
LOOK_S: Final = 0.25
FRAMES: Final = 5
_OUTSIDE: Final = (f"{__package__}.", "sqlalchemy.", "contextlib")


class Breakable(Protocol):
    """Connection with a transaction that another thread may end."""

    def is_in_the_way(self) -> bool:
        """Return whether an urgent writer waits for this transaction."""

    def break_off(self, held: "HeldTransaction") -> bool:
        """Roll back, so that its owner's next statement or commit fails; False if that is not possible now."""


@dataclass(frozen=True, slots=True)
class HeldTransaction:
    """Transaction that holds locks, the thread that began it, and the instant of the process's clock."""

    connection: Breakable
    thread_id: int
    since_s: float
    hold_s: float
    is_urgent: bool


class Watchdog:
    """Watchdog over the transactions of one process; ``look`` is one turn."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._held: dict[int, HeldTransaction] = {}
        self._looks_in = 0

    def watch(self, connection: Breakable, *, hold_s: float = HOLD_S, is_urgent: bool = False) -> HeldTransaction:
        """Watch this transaction of the calling thread until ``forget``."""
        held = HeldTransaction(connection, threading.get_ident(), self._monotonic(), hold_s, is_urgent)
        self._held[id(held)] = held
        if self._looks_in != os.getpid():  # a fork has no threads but its first
            self._looks_in = os.getpid()
            threading.Thread(target=self._run, name="transaction deadlines", daemon=True).start()
        return held

    def forget(self, held: HeldTransaction) -> None:
        self._held.pop(id(held), None)

    def look(self) -> int:
        """Break off what is overdue; return the number."""
        return sum(self._break_off(held) for held in list(self._held.values()) if self._is_overdue(held))

    def _is_overdue(self, held: HeldTransaction) -> bool:
        spent_s = self._monotonic() - held.since_s
        if spent_s > held.hold_s:
            return True
        return spent_s > GIVES_WAY_S and not held.is_urgent and held.connection.is_in_the_way()

    def _break_off(self, held: HeldTransaction) -> bool:
        where = _whereabouts(held.thread_id)
        if not held.connection.break_off(held):
            return False
        self.forget(held)
        log.error("transaction.overdue: rolled back after %.1f s in %s", self._monotonic() - held.since_s, where)
        return True

    def _run(self) -> None:
        while True:
            time.sleep(LOOK_S)
            try:
                self.look()
            except Exception:
                log.exception("the deadlines of transactions could not be looked at; retry in %.2f s", LOOK_S)


def _whereabouts(thread_id: int) -> str:
    """Return the functions in which this thread is, the innermost first, without the store's own."""
    frame = sys._current_frames().get(thread_id)  # noqa: SLF001 - documented
    names: list[str] = []
    while frame is not None and len(names) < FRAMES:
        module = f"{frame.f_globals.get('__name__', '?')}"
        if not f"{module}.".startswith(_OUTSIDE):
            names.append(f"{module}.{frame.f_code.co_qualname}")
        frame = frame.f_back
    return " < ".join(names) or "a thread that has ended"


WATCHDOG: Final = Watchdog()
