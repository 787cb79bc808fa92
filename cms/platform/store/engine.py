"""Database engines, made once a process: SQLite by default, PostgreSQL when a province outgrows it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session

# A writer waits this long for another before it fails; the longest transaction (an approval for a whole
# province) takes well under a second.
BUSY_TIMEOUT_MS = 15_000
# Page cache of each connection to SQLite. The threads of gateway and scheduler have one each: with this much each
# they would cache the same pages several times, 18 MB of them, and answer no faster.
CACHE_KIB = 16_000
THREADED_CACHE_KIB = 2_000


def make_engine(url: str, cache_kib: int = CACHE_KIB, *, is_patient: bool = False) -> Engine:
    """Build an engine; opens no connection yet. ``is_patient``: statements and locks have no timeout.

    SQLite runs in WAL with ``synchronous=FULL``: a device forgets its as-run records once they are acknowledged, so
    a commit must survive a power cut. Every transaction that may write takes the write lock when it begins, because
    a lock upgraded half-way fails at once instead of waiting.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed)
        event.listen(engine, "connect", partial(_prepare_sqlite, cache_kib))
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # Loads PostgreSQL's driver, which a process on SQLite does without.
    from cms.platform.store.postgresql import make_bounded, make_patient

    return make_patient(parsed) if is_patient else make_bounded(parsed)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session on one snapshot that holds no write lock and is rolled back at the end."""
    with Session(engine.execution_options(loa_reads=True), autoflush=False) as session:
        yield session


def _prepare_sqlite(cache_kib: int, connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None  # we say BEGIN ourselves
    try:
        with closing(connection.cursor()) as cursor:
            for pragma in (
                f"busy_timeout={BUSY_TIMEOUT_MS}",
                "synchronous=FULL",
                "foreign_keys=ON",
                f"cache_size=-{cache_kib}",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            _switch_to_wal(cursor)
    except sqlite3.Error:
        connection.close()  # here, as the pool does not own it yet
        raise


def _switch_to_wal(cursor: Any) -> None:
    # The one statement that does not wait for others by itself; it matters only when processes meet on a new file.
    deadline = monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if monotonic() > deadline:
                raise
            sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("loa_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
