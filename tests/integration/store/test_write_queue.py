"""Queue of SQLite's writers: who comes first, and what becomes of those that wait."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from cms.platform.store import engine as engine_module
from cms.platform.store import write_queue
from cms.platform.store.engine import outage_of
from cms.platform.store.write_queue import WriteQueue

LONG_ENOUGH_S = 20


def write(engine: Engine, words: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES (:words)"), {"words": words})


def notes(engine: Engine) -> list[str]:
    with engine.execution_options(loa_reads=True).connect() as connection:
        return list(connection.scalars(text("SELECT words FROM notes")))


@contextmanager
def another(file: Path) -> Iterator[WriteQueue]:
    with closing(WriteQueue(str(file))) as queue:
        yield queue


def until(is_so: Callable[[], bool]) -> None:
    waited = Event()
    for _ in range(LONG_ENOUGH_S * 1000):
        if is_so():
            return
        waited.wait(0.001)
    pytest.fail("it never came to be")


def test_an_urgent_writer_passes_all_that_wait(lite: Engine, file: Path) -> None:
    """Four ordinary writers wait for one that holds the lock; the alert comes last and is written first."""
    waiting = [Thread(target=write, args=(lite, f"ordinary {number}")) for number in range(4)]
    alert = Thread(target=write, args=(lite.execution_options(loa_urgent=True), "alert"))
    with another(file) as seen:
        with lite.begin() as holder:
            holder.execute(text("INSERT INTO notes VALUES ('holder')"))
            for each in waiting:
                each.start()
            alert.start()
            until(lambda: seen.is_urgent_waiting)
        for each in (*waiting, alert):
            each.join(LONG_ENOUGH_S)
        assert not seen.is_urgent_waiting
    assert notes(lite)[:2] == ["holder", "alert"]
    assert len(notes(lite)) == 6


def test_a_writer_that_writes_again_and_again_lets_others_in_between(lite: Engine) -> None:
    """After each of its commits the one that is next has the turn: it cannot win twice while another waits."""
    stop, turns = Event(), 0

    def hog() -> None:
        nonlocal turns
        while not stop.is_set():
            write(lite, "hog")
            turns += 1

    hogging = Thread(target=hog)
    hogging.start()
    until(lambda: turns > 0)
    for number in range(5):
        write(lite, f"patient {number}")
    stop.set()
    hogging.join(LONG_ENOUGH_S)
    assert [each for each in notes(lite) if each != "hog"] == [f"patient {number}" for number in range(5)]


def test_one_that_is_next_stops_the_last_one_from_coming_again(file: Path, lite: Engine) -> None:
    with another(file) as first, another(file) as second:
        first.enter(0)
        taking = Thread(target=second.enter, args=(float("inf"),))
        taking.start()
        with another(file) as third:
            until(lambda: not _is_free(third))
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                third.enter(0)
        first.leave()
        taking.join(LONG_ENOUGH_S)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            first.enter(0)
        second.leave()


def _is_free(queue: WriteQueue) -> bool:
    """Return whether nobody is next."""
    try:
        queue._take(write_queue._NEXT, 0, 0)
    except sqlite3.OperationalError:
        return False
    queue._set(write_queue._NOT_NEXT)
    return True


def test_ordinary_writers_stay_back_for_a_limited_time(
    lite: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is frozen while it waits urgently does not stop all others."""
    monkeypatch.setattr(write_queue, "STAYS_BACK_S", 0.05)
    with another(file) as frozen:
        frozen.keep_back(others=True)
        write(lite, "ordinary")
    assert notes(lite) == ["ordinary"]


def test_waiting_for_the_turn_ends(lite: Engine, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 1)
    with another(file) as frozen:
        frozen.enter(0)
        with pytest.raises(OperationalError, match="locked"):
            write(lite, "never")
    write(lite, "after it was killed")
    assert notes(lite) == ["after it was killed"]


@pytest.mark.parametrize("is_urgent", [False, True])
def test_waiting_for_a_program_that_is_not_ours_ends(
    lite: Engine, file: Path, monkeypatch: pytest.MonkeyPatch, *, is_urgent: bool
) -> None:
    event.listen(lite, "checkout", lambda own, *_: own.execute("PRAGMA busy_timeout=1"))
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 1)
    with closing(sqlite3.connect(file, isolation_level=None)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            write(lite.execution_options(loa_urgent=is_urgent), "never")
    write(lite, "afterwards")
    assert notes(lite) == ["afterwards"]


def test_an_urgent_writer_waits_as_long_for_reads_as_before(lite: Engine) -> None:
    with lite.execution_options(loa_urgent=True).begin() as connection:
        waits_ms = connection.scalar(text("PRAGMA busy_timeout"))
    assert waits_ms == engine_module.BUSY_TIMEOUT_MS


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.EROFS, "DATABASE_READ_ONLY"), (errno.ENOSPC, "DATABASE_FULL"), (errno.EACCES, "DATABASE_UNREACHABLE")],
)
def test_a_file_that_cannot_be_made_is_an_outage(
    lite: Engine, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    lite.dispose()
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OperationalError) as failed:
        write(lite, "never")
    assert outage_of(failed.value) == code


def test_the_file_belongs_to_the_owner_of_the_database(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator's command as root must not lock the service out."""
    given: list[tuple[int, int]] = []
    file.touch(0o640)
    its = file.stat()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", lambda _fd, user, group: given.append((user, group)))
    with another(file):
        assert given == [(its.st_uid, its.st_gid)]
    assert file.with_name("loa.db-queue").stat().st_mode & 0o777 == 0o640
