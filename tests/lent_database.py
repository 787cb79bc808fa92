"""SQLite databases in memory, lent from one test to the next.

A database costs a tenth of a second: its content is prepared once, and all that a test writes stands in a transaction
that is rolled back when the test gives it back.
"""

from __future__ import annotations

import sqlite3
import tempfile
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, QueuePool, create_engine, event

from cms.platform.store.uow import UnitOfWork
from tests.databases import new_sqlite
from tests.fakes.ids import counting_ids
from tests.fakes.programme import NOW

Fill = Callable[[UnitOfWork], None]
Loan = Callable[[], object]


class _Link(sqlite3.Connection):
    """Connection whose transactions are savepoints within the lender's; it notes for each open one if it may write."""

    writes: list[bool]

    def begin(self, *, writes: bool) -> None:
        if writes and any(self.writes):
            raise RuntimeError("a unit of work that writes would wait for the other one, which is open")
        self.execute("SAVEPOINT unit")
        self.writes.append(writes)

    def commit(self) -> None:
        if self.writes:
            self.execute("RELEASE unit")
            self.writes.pop()

    def rollback(self) -> None:
        if self.writes:
            self.execute("ROLLBACK TO unit")
            self.execute("RELEASE unit")
            self.writes.pop()

    def close(self) -> None:
        """Stay open: the pool returns what the lender keeps."""


class Database:
    """Database in memory, prepared once."""

    def __init__(self, fill: Fill | None) -> None:
        # The collector takes a loan back in whichever thread it happens to run.
        self._link = sqlite3.connect(":memory:", isolation_level=None, factory=_Link, check_same_thread=False)
        self._link.writes = []
        self._link.deserialize(_migrated())
        self._link.execute("PRAGMA foreign_keys=ON")
        self.engine = create_engine(
            "sqlite://", poolclass=QueuePool, pool_reset_on_return=None, creator=lambda: self._link
        )
        event.listen(self.engine, "begin", self._begin)
        if fill is not None:
            with UnitOfWork(self.engine, (), lambda: NOW, counting_ids("prepared")) as uow:
                fill(uow)
                uow.commit()

    def _begin(self, connection: Connection) -> None:
        self._link.begin(writes=not connection.get_execution_options().get("loa_reads"))

    def lend(self) -> None:
        self._link.execute("BEGIN")

    def take_back(self) -> None:
        self._link.execute("ROLLBACK")
        self._link.writes.clear()

    @contextmanager
    def trial(self) -> Iterator[None]:
        self._link.execute("SAVEPOINT trial")
        try:
            yield
        finally:
            self._link.execute("ROLLBACK TO trial")
            self._link.execute("RELEASE trial")


_IDLE: defaultdict[Fill | None, list[Database]] = defaultdict(list)


_LOANS: list[Loan] = []


def lend(borrower: object, fill: Fill | None) -> tuple[Database, Loan]:
    """Lend a database filled by ``fill`` until the loan is called, the borrower is gone, or ``lending`` ends."""
    database = _IDLE[fill].pop() if _IDLE[fill] else Database(fill)
    database.lend()
    loan = weakref.finalize(borrower, _take_back, database, fill)
    loan.atexit = False
    _LOANS.append(loan)
    return database, loan


@contextmanager
def lending() -> Iterator[None]:
    """Take back at the end of the block what was lent in it: a refused call keeps its borrower for the collector."""
    before = len(_LOANS)
    yield
    for loan in _LOANS[before:]:
        loan()
    del _LOANS[before:]


def _take_back(database: Database, fill: Fill | None) -> None:
    database.take_back()
    _IDLE[fill].append(database)


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loa.db"
        new_sqlite(path)
        with closing(sqlite3.connect(path)) as made:
            made.execute("PRAGMA journal_mode=DELETE")  # a log for writing ahead has no place in memory
            return made.serialize()
