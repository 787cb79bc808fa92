"""Cheap looks at the store for threads that poll it, and mostly find nothing to do."""

import sqlite3
import time
import weakref
from collections.abc import Callable, Collection
from contextlib import closing
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox

QUIET_S: Final = 12.0
"""Interval of steps while nothing is committed: some work becomes due by time alone."""


class CommitCounter:
    """Counter of the commits of a SQLite file, for one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_counted = engine.dialect.name == "sqlite"
        self._counter: sqlite3.Connection | None = None

    def look(self) -> int | None:
        """Return a number that changes with each commit of any other connection; None: there is none.

        PostgreSQL, and a database in memory, have none.
        """
        if self._counter is None and self._is_counted:
            self._connect()
        if self._counter is None:
            return None
        with closing(self._counter.execute("PRAGMA data_version")) as found:
            (number,) = found.fetchone()
        return int(number)

    def _connect(self) -> None:
        with reading(self._engine) as session:
            (_, _, path), *_temporary = session.connection().exec_driver_sql("PRAGMA database_list").all()
        self._is_counted = bool(path)
        if path:
            self._counter = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            weakref.finalize(self, self._counter.close)


class PendingLook:
    """Look for pending work. Each thread that polls has one of its own; ``is_pending`` asks for work of any time.

    As long as nothing was committed and nothing was pending, nothing is. That takes a twentieth of a query.
    """

    def __init__(self, engine: Engine, is_pending: Callable[[Session], bool]) -> None:
        self._engine = engine
        self._is_pending = is_pending
        self._commits = CommitCounter(engine)
        self._empty_at: int | None = None

    def may_be_due(self) -> bool:
        """Return False if nothing is pending."""
        commits = self._commits.look()
        if commits is not None and commits == self._empty_at:
            return False
        with reading(self._engine) as session:
            is_pending = self._is_pending(session)
        self._empty_at = None if is_pending else commits
        return is_pending


class QuietStep:
    """Step of a job that is left out while nothing is committed, except every ``QUIET_S``."""

    def __init__(
        self, step: Callable[[], object], engine: Engine, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._step = step
        self._commits = CommitCounter(engine)
        self._monotonic = monotonic
        self._done: tuple[int | None, float] = (None, 0.0)

    def __call__(self) -> None:
        commits, now_s = self._commits.look(), self._monotonic()
        before, until_s = self._done
        if commits is None or commits != before or now_s >= until_s:
            self._done = (None, 0.0)  # one that fails is tried again
            self._step()
            self._done = (commits, now_s + QUIET_S)


def outbox_look(engine: Engine, kinds: Collection[OutboxKind]) -> PendingLook:
    """Make a look for rows of these kinds in the outbox."""
    wanted = frozenset(kinds)
    return PendingLook(engine, lambda session: Outbox(session).is_waiting(wanted))
