"""SQLite connection whose write transactions have their turn, and their end."""

import logging
import sqlite3
import threading
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, NoReturn

from cms.platform.store.deadlines import WATCHDOG, HeldTransaction
from cms.platform.store.write_queue import TRY_S, WriteQueue

log = logging.getLogger(__name__)

OVERDUE: Final = "database is locked: this transaction held it for too long and was rolled back"
_BREAKS: Final = 50
_BUSY: Final = "database is locked"


class SqliteConnection(sqlite3.Connection):
    """Connection of one thread at a time; only ``break_off`` is another thread's."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guard = threading.Lock()
        self._queue: WriteQueue | None = None
        self._held: HeldTransaction | None = None
        self._has_turn = False
        self._is_broken = False

    def begin_write(self, until_s: float, hold_s: float, *, is_urgent: bool) -> None:
        """Take the write lock. Raises sqlite3.OperationalError, if others hold it until ``until_s`` too."""
        queue = self._queue or self._opened_queue()
        if queue is None:
            self.execute("BEGIN IMMEDIATE")
        elif is_urgent:
            self._begin_urgent(queue, until_s)
        else:
            queue.enter(until_s)
            self._has_turn = True
            try:
                self.execute("BEGIN IMMEDIATE")
            except sqlite3.Error:
                self._leave()
                raise
        self._held = WATCHDOG.watch(self, hold_s=hold_s, is_urgent=is_urgent)

    def commit(self) -> None:
        with self._guard:
            try:
                if self._is_broken:
                    raise sqlite3.OperationalError(OVERDUE)
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
        if self._queue is not None:
            self._queue.close()
            self._queue = None
        super().close()

    def is_in_the_way(self) -> bool:
        queue = self._queue
        return queue is not None and queue.is_urgent_waiting

    def break_off(self, held: HeldTransaction) -> bool:
        """Roll back this transaction for its owner, who may be in a statement, or between two of them.

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
            return self._rolled_back()
        finally:
            self._guard.release()

    def _rolled_back(self) -> bool:
        for _ in range(_BREAKS):
            try:
                # A cursor is made past ``_refuse``. What runs is interrupted, and with it what begins before its end.
                sqlite3.Connection.cursor(self).execute("PRAGMA query_only=ON")
                super().rollback()
            except sqlite3.OperationalError:
                sleep(TRY_S)
            else:
                self._leave()
                return True
        return False

    def _end(self) -> None:
        try:
            super().rollback()
        finally:
            self._leave()
            if self._is_broken:
                self._is_broken = False
                self.__dict__.pop("cursor", None)
                self.execute("PRAGMA query_only=OFF")

    def _begin_urgent(self, queue: WriteQueue, until_s: float) -> None:
        ((wait_ms,),) = self.execute("PRAGMA busy_timeout").fetchall()
        queue.ask()
        self.execute("PRAGMA busy_timeout=0")  # SQLite would sleep for up to a tenth of a second between its tries
        try:
            while True:
                try:
                    self.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    if _BUSY not in str(error) or monotonic() > until_s:
                        raise
                    sleep(TRY_S)
                else:
                    return
        finally:
            queue.ask_no_more()
            self.execute(f"PRAGMA busy_timeout={wait_ms}")

    def _opened_queue(self) -> WriteQueue | None:
        file = next(row[2] for row in self.execute("PRAGMA database_list") if row[1] == "main")
        try:
            self._queue = WriteQueue(Path(file)) if file else None
        except OSError as error:
            log.warning("no queue of writers beside %s, SQLite's own waits serve: %s", file, error)
        return self._queue

    def _leave(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            WATCHDOG.forget(held)
        if self._has_turn and self._queue is not None:
            self._has_turn = False
            self._queue.leave()


def _refuse(*_: object) -> NoReturn:
    raise sqlite3.OperationalError(OVERDUE)
