"""Database engines, made once a process: SQLite by default, PostgreSQL when a province outgrows it."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from cms.platform.store.sqlite import HOLD_S, SqliteConnection
from media.errors import ContentAwayError

# A writer waits this long for another before it fails; the longest transaction (an approval for a whole
# province) takes well under a second.
BUSY_TIMEOUT_MS = 15_000
# Page cache of each connection to SQLite. The threads of gateway and scheduler have one each: with this much each
# they would cache the same pages several times, 18 MB of them, and answer no faster.
CACHE_KIB = 16_000
THREADED_CACHE_KIB = 2_000
ROWS_RETURNED: Final = 30
"""Most rows of one INSERT with RETURNING on SQLite; what is more goes in several.

Each number of rows is a statement of its own, and every connection keeps 128 statements with their last values: with
SQLAlchemy's 1,000 rows a fleet's as-run records filled them with 80 MB. No slower than larger ones.
"""
UNREACHABLE: Final = "DATABASE_UNREACHABLE"
_SIGNS: Final = {
    "DATABASE_FULL": ("database or disk is full", "no space left on device", "disk i/o error", "could not extend file"),
    "DATABASE_READ_ONLY": ("readonly database", "read-only transaction", "read-only file system"),
    "DATABASE_LOCKED": (
        "database is locked",
        "database table is locked",
        "lock timeout",
        "statement timeout",
        "interrupted",
    ),
    "DATABASE_SILENT": ("the database server says nothing", "connection timeout expired"),
}
"""Texts of SQLite's, PostgreSQL's and our own errors, in lower case."""
_STATES: Final = {
    "53100": "DATABASE_FULL",
    "25006": "DATABASE_READ_ONLY",
    "55P03": "DATABASE_LOCKED",
    "57014": "DATABASE_LOCKED",
}
"""SQLSTATE of PostgreSQL, whose messages are in its operator's language."""
_DEFECTS: Final = ("no such table", "no such column", "syntax error")

FULL: Final = frozenset({"DATABASE_FULL", "DISK_FULL"})
"""Outages that free space on the disk ends."""

CODES: Final = (UNREACHABLE, *_SIGNS, "DISK_FULL", ContentAwayError.code)

OUTAGES: Final[tuple[type[Exception], ...]] = (
    OperationalError,
    InterfaceError,
    InternalError,
    PoolTimeoutError,
    OSError,
    ContentAwayError,
)
"""Exceptions that an outage can raise. Not all of these are one: ask ``outage_of``."""


def make_engine(url: str, cache_kib: int = CACHE_KIB, *, is_patient: bool = False) -> Engine:
    """Build an engine; opens no connection yet. ``is_patient``: statements and locks have no timeout.

    SQLite runs in WAL with ``synchronous=FULL``: a device forgets its as-run records once they are acknowledged, so
    a commit must survive a power cut. Every transaction that may write takes the write lock when it begins, because
    a lock upgraded half-way fails at once instead of waiting. The option ``loa_urgent`` lets it
    do so before all others; with ``loa_at_once`` it waits for nobody. ``loa_uncounted``: its commit wakes no poller.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        own = {"factory": SqliteConnection}
        engine = create_engine(parsed, insertmanyvalues_page_size=ROWS_RETURNED, connect_args=own)
        event.listen(engine, "connect", partial(_prepare_sqlite, cache_kib))
        event.listen(engine, "begin", partial(_begin_sqlite, inf if is_patient else HOLD_S))
        return engine
    # Loads PostgreSQL's driver, which a process on SQLite does without.
    from cms.platform.store.postgresql import make_bounded, make_patient

    return make_patient(parsed) if is_patient else make_bounded(parsed)


def file_of(url: str) -> Path | None:
    """Return the file of a database of SQLite; None: another kind."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


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


def _begin_sqlite(hold_s: float, connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("loa_reads"):
        connection.exec_driver_sql("BEGIN")
        return
    own = cast("SqliteConnection", connection.connection.driver_connection)
    try:
        wait_s = 0.0 if "loa_at_once" in options else BUSY_TIMEOUT_MS / 1000
        begins = {"is_urgent": "loa_urgent" in options, "is_counted": "loa_uncounted" not in options}
        own.begin_write(monotonic() + wait_s, hold_s, **begins)
    except sqlite3.Error as error:
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error


def outage_of(error: BaseException) -> str:
    """Return the code of the outage behind this error; empty: a defect, or an error about a file of ours."""
    if isinstance(error, OSError):
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
        return "DISK_FULL" if is_full else ""
    if isinstance(error, ContentAwayError):
        return error.code
    if not isinstance(error, OUTAGES):
        return ""
    if code := _STATES.get(str(getattr(getattr(error, "orig", None), "sqlstate", ""))):
        return code
    words = str(error).lower()
    if any(sign in words for sign in _DEFECTS):
        return ""
    return next((code for code, signs in _SIGNS.items() if any(sign in words for sign in signs)), UNREACHABLE)
