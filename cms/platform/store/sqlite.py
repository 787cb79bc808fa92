"""SQLite connections whose write transactions have their turn (``write_queue``), and a deadline.

A transaction that holds the write lock past its deadline is named in the log and rolled back by a thread that looks at
all of the process; the first transaction starts it.
"""

import logging
import os
import sqlite3
import sys
import threading
import traceback
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Final, NoReturn

from cms.platform.store.write_queue import TRY_S, WriteQueue

log = logging.getLogger(__name__)

HOLD_S: Final = 10.0
"""Longest that a transaction holds the write lock: well below the time that others wait for it."""
GIVES_WAY_S: Final = 2.0
"""Longest that an ordinary one holds it while an urgent writer waits."""
LOOK_S: Final = 0.25
OVERDUE: Final = "database is locked: this transaction held it for too long and was rolled back"
UNCOUNTED: Final = 0x1_0000
"""Step of the number of commits for one that makes no work: the lower half counts the others, the upper half these."""
_NUMBER_MAX: Final = 0x7FFF_FFFF
_BREAKS: Final = 50
_PLACES: Final = 5
_OUTSIDE: Final = ("/cms/platform/store/", "/sqlalchemy/", "/contextlib.py")


@dataclass(slots=True)
class _Held:
    """Transaction that holds the write lock: its thread, and since when.

    ``changes``: rows that the connection had changed before; ``step``: what its commit adds to the number of commits.
    """

    connection: "SqliteConnection"
    thread_id: int
    since_s: float
    hold_s: float
    is_urgent: bool
    changes: int
    step: int


class SqliteConnection(sqlite3.Connection):
    """Connection of one thread at a time; only ``break_off`` is another thread's."""

    _queue: WriteQueue | None = None
    _held: _Held | None = None
    _is_broken = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guard = threading.Lock()

    def begin_write(self, until_s: float, hold_s: float, *, is_urgent: bool, is_counted: bool = True) -> None:
        """Take the write lock. Raises sqlite3.Error; OperationalError, if others hold it until ``until_s`` too.

        ``is_counted``: its commit may make work; ``CommitCounter`` reads the number of these, and of the others.
        """
        queue = self._queue = self._queue or self._opened_queue()
        try:
            if is_urgent:
                self._begin_at_once(queue, until_s)
            else:
                queue.enter(until_s)
                self.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            queue.leave()
            raise
        step = 1 if is_counted else UNCOUNTED
        thread_id = threading.get_ident()
        self._held = _Held(self, thread_id, monotonic(), hold_s, is_urgent, self.total_changes, step)
        WATCHDOG.watch(self._held)

    def commit(self) -> None:
        with self._guard:
            try:
                if self._is_broken:
                    raise sqlite3.OperationalError(OVERDUE)
                if self._held is not None and self._held.changes != self.total_changes:
                    self._count(self._held.step)
                super().commit()
            except sqlite3.Error:
                self._end()  # SQLAlchemy rolls back no transaction whose commit has failed
                raise
            self._leave()

    def rollback(self) -> None:
        with self._guard:
            self._end()

    def close(self) -> None:
        self._leave()
        super().close()
        if self._queue is not None:
            self._queue.close()

    @property
    def is_in_the_way(self) -> bool:
        """Return whether an urgent writer waits for this transaction."""
        return self._queue is not None and self._queue.is_urgent_waiting

    def break_off(self, held: _Held) -> bool:
        """Roll back for the owner, who may be in a statement or between two; return whether that was possible.

        Until the owner rolls back too, it can open no cursor, and a statement that it had ready writes nothing.
        """
        if not self._guard.acquire(blocking=False):
            return False  # it ends at this moment
        try:
            if self._held is not held:
                return False
            self._is_broken = True
            self.__dict__["cursor"] = _refuse
            self.interrupt()
            for _ in range(_BREAKS):
                try:
                    # A cursor past ``_refuse``. Interrupted is what runs, and with it all that begins before its end.
                    sqlite3.Connection.cursor(self).execute("PRAGMA query_only=ON")
                    super().rollback()
                except sqlite3.OperationalError:
                    sleep(TRY_S)
                else:
                    self._leave()
                    return True
            return False
        finally:
            self._guard.release()

    def _count(self, step: int) -> None:
        """Raise the number of commits that pollers look at: in the file's header, so in this very transaction."""
        ((number,),) = self.execute("PRAGMA user_version").fetchall()
        self.execute(f"PRAGMA user_version={(number + step) & _NUMBER_MAX}")

    def _end(self) -> None:
        try:
            super().rollback()
        finally:
            self._leave()
            if self._is_broken:
                self._is_broken = False
                del self.__dict__["cursor"]
                self.execute("PRAGMA query_only=OFF")

    def _begin_at_once(self, queue: WriteQueue, until_s: float) -> None:
        ((wait_ms,),) = self.execute("PRAGMA busy_timeout").fetchall()
        queue.keep_back(others=True)
        self.execute("PRAGMA busy_timeout=0")  # SQLite would sleep for up to a tenth of a second between its tries
        try:
            while True:
                try:
                    self.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    if "database is locked" not in str(error) or monotonic() > until_s:
                        raise
                    sleep(TRY_S)
                else:
                    return
        finally:
            queue.keep_back(others=False)
            self.execute(f"PRAGMA busy_timeout={wait_ms}")

    def _opened_queue(self) -> WriteQueue:
        file = next(row[2] for row in self.execute("PRAGMA database_list") if row[1] == "main")
        try:
            return WriteQueue(file)
        except OSError as error:
            raise sqlite3.OperationalError(f"the queue of writers of {file}: {error}") from error

    def _leave(self) -> None:
        held, self._held = self._held, None
        if held is not None and self._queue is not None:
            WATCHDOG.forget(held)
            self._queue.leave()


class Watchdog:
    """Watchdog over the write transactions of one process; ``look`` is one turn."""

    def __init__(self) -> None:
        self._held: dict[int, _Held] = {}
        self._is_any = threading.Event()
        self._looks_in = 0

    def watch(self, held: _Held) -> None:
        self._held[id(held)] = held
        if self._looks_in != os.getpid():  # a fork has no threads but its first, and perhaps a lock of another
            self._looks_in, self._is_any = os.getpid(), threading.Event()
            threading.Thread(target=self._run, name="transaction deadlines", daemon=True).start()
        self._is_any.set()

    def forget(self, held: _Held) -> None:
        self._held.pop(id(held), None)

    def look(self, now_s: float) -> int:
        """Break off what is overdue; return the number."""
        return sum(self._break_off(held, now_s - held.since_s) for held in list(self._held.values()))

    def _break_off(self, held: _Held, spent_s: float) -> bool:
        gives_way = spent_s > GIVES_WAY_S and not held.is_urgent and held.connection.is_in_the_way
        if spent_s <= held.hold_s and not gives_way:
            return False
        stack = traceback.extract_stack(sys._current_frames().get(held.thread_id))  # noqa: SLF001 - documented
        ours = [each for each in reversed(stack) if not any(part in each.filename for part in _OUTSIDE)]
        where = " < ".join(f"{each.name} ({each.filename}:{each.lineno})" for each in ours[:_PLACES])
        is_done = held.connection.break_off(held)
        if is_done:
            log.error("transaction.overdue: rolled back after %.1f s in %s", spent_s, where)
        return is_done

    def _run(self) -> None:
        while self._is_any.wait():
            sleep(LOOK_S)
            self._is_any.clear()
            try:
                self.look(monotonic())
            except Exception:
                log.exception("transaction.unwatched: retry in %.2f s", LOOK_S)
            if self._held:
                self._is_any.set()


WATCHDOG: Final = Watchdog()


def _refuse(*_: object) -> NoReturn:
    raise sqlite3.OperationalError(OVERDUE)
