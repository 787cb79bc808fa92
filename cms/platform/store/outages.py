"""Outages of the database, the disk and the content store, distinguished from defects by the errors that they raise."""

import errno
from typing import Final

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from media.errors import ContentAwayError

UNREACHABLE: Final = "DATABASE_UNREACHABLE"
_SIGNS: Final = {
    "DATABASE_FULL": ("database or disk is full", "no space left on device", "disk i/o error", "could not extend file"),
    "DATABASE_READ_ONLY": ("readonly database", "read-only transaction", "read-only file system"),
    "DATABASE_LOCKED": ("database is locked", "database table is locked", "lock timeout", "statement timeout"),
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
