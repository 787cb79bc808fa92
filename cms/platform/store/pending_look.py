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
from cms.platform.store.sqlite import UNCOUNTED

REST_S: Final = 60.0
"""Longest rest while nothing is pending: what an uncounted commit left behind is found then."""
_MAX: Final = 0x7FFF_FFFF


class CommitCounter:
    """Counter of the commits of a SQLite file that may have made work, for one thread; heartbeats make none.

    A commit that is none of a version that counts, as while one takes over from another, counts as well: unless it
    comes between the same two looks as a heartbeat.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_counted = engine.dialect.name == "sqlite"
        self._counter: sqlite3.Connection | None = None
        self._seen = (-1, -1)
        self._number = 0

    def look(self) -> int | None:
        """Return a number that rises if others committed what may make work; None: there is none.

        PostgreSQL, and a database in memory, have none.
        """
        if self._counter is None and self._is_counted:
            self._connect()
        if self._counter is None:
            return None
        before, version = self._seen, self._pragma(self._counter, "data_version")
        if version != before[0]:
            self._seen = version, self._pragma(self._counter, "user_version")
            added = (self._seen[1] - before[1]) & _MAX
            if not added or added % UNCOUNTED:
                self._number += 1
        return self._number

    def _pragma(self, counter: sqlite3.Connection, name: str) -> int:
        with closing(counter.execute(f"PRAGMA {name}")) as found:
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

    As long as nothing was committed and nothing was pending, nothing is. That takes a twentieth of a query. After
    ``REST_S`` it is asked all the same.
    """

    def __init__(
        self,
        engine: Engine,
        is_pending: Callable[[Session], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._is_pending = is_pending
        self._monotonic = monotonic
        self._commits = CommitCounter(engine)
        self._empty: tuple[int | None, float] = (None, 0.0)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was pending when it was last asked."""
        return self._empty[0] is not None

    def ask_again(self) -> None:
        """Have the next look ask, whatever was committed."""
        self._empty = (None, 0.0)

    def may_be_due(self) -> bool:
        """Return False if nothing is pending."""
        commits = self._commits.look()
        empty_at, until_s = self._empty
        if commits is not None and commits == empty_at and self._monotonic() < until_s:
            return False
        with reading(self._engine) as session:
            is_pending = self._is_pending(session)
        self._empty = (None, 0.0) if is_pending else (commits, self._monotonic() + REST_S)
        return is_pending


def outbox_look(engine: Engine, kinds: Collection[OutboxKind]) -> PendingLook:
    """Make a look for rows of these kinds in the outbox."""
    wanted = frozenset(kinds)
    return PendingLook(engine, lambda session: Outbox(session).is_waiting(wanted))
