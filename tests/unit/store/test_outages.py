"""Classification of errors of the database driver and the operating system: outages and defects."""

from __future__ import annotations

import errno

import pytest
from psycopg import errors
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from cms.platform.store.engine import CODES, outage_of
from media.errors import ContentAwayError


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("database or disk is full", "DATABASE_FULL"),
        ("could not extend file: No space left on device", "DATABASE_FULL"),
        ("attempt to write a readonly database", "DATABASE_READ_ONLY"),
        ("cannot execute INSERT in a read-only transaction", "DATABASE_READ_ONLY"),
        ("database is locked", "DATABASE_LOCKED"),
        ("canceling statement due to statement timeout", "DATABASE_LOCKED"),
        ("(sqlite3.OperationalError) interrupted", "DATABASE_LOCKED"),
        ("connection timeout expired", "DATABASE_SILENT"),
        ("connection refused", "DATABASE_UNREACHABLE"),
        ("no such table: alerts", ""),
    ],
)
def test_an_outage_is_told_by_its_words(words: str, code: str) -> None:
    for kind in (OperationalError, InternalError):
        assert outage_of(kind("INSERT", {}, Exception(words))) == code
    assert code in {*CODES, ""}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.DiskFull, "DATABASE_FULL"),
        (errors.ReadOnlySqlTransaction, "DATABASE_READ_ONLY"),
        (errors.LockNotAvailable, "DATABASE_LOCKED"),
        (errors.QueryCanceled, "DATABASE_LOCKED"),
        (errors.AdminShutdown, "DATABASE_UNREACHABLE"),
    ],
)
def test_postgresql_is_understood_in_the_language_of_its_operator(error: type[Exception], code: str) -> None:
    assert outage_of(OperationalError("INSERT", {}, error("không được"))) == code


def test_a_pool_without_connections_is_an_outage_and_a_broken_rule_is_none() -> None:
    assert outage_of(PoolTimeoutError()) == "DATABASE_UNREACHABLE"
    assert outage_of(IntegrityError("INSERT", {}, Exception("UNIQUE"))) == ""


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "DISK_FULL"), (errno.EROFS, "DISK_FULL"), (errno.ENOENT, "")]
)
def test_a_full_disk_is_an_outage_and_a_missing_file_is_none(number: int, code: str) -> None:
    assert outage_of(OSError(number, "x")) == code


def test_a_content_store_that_is_away_is_an_outage() -> None:
    assert outage_of(ContentAwayError("nobody answers")) == "CONTENT_AWAY"
    assert "CONTENT_AWAY" in CODES
