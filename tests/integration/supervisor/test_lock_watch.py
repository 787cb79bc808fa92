"""A process that hangs in a transaction of SQLite: it is named, and one that works is not."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cms.platform.cli.supervisor import Program
from cms.platform.process import lock_watch
from cms.platform.process.kernel_tasks import TaskState
from cms.platform.process.lent_precedence import LentPrecedence
from cms.platform.process.liveness import Liveness
from cms.platform.process.lock_watch import AT_WORK_MAX_S, DEADLINE_S, URGENT_MAX_S, WORKS_FROM, LockWatch
from cms.platform.store.engine import file_of
from cms.platform.store.write_queue import WriteQueue
from tests.integration.process import until
from tests.integration.supervisor.test_frozen import supervised

HOLDS = """
import pathlib, signal, sqlite3, sys
database, mark, works = sys.argv[1:4]
held = sqlite3.connect(database, isolation_level=None)
held.execute("BEGIN IMMEDIATE")
pathlib.Path(mark).touch()
while works == "yes":
    pass
signal.pause()
"""
STEP_S = 0.25


class FakeTask:
    """Thread whose state is given."""

    def __init__(self, state: TaskState) -> None:
        self._state = state

    def look(self) -> TaskState:
        return self._state


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """Yield a database that somebody else has open: the last one to close it would remove its lock file."""
    path = tmp_path / "loa.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as link:
        link.execute("PRAGMA journal_mode=WAL")
        link.execute("CREATE TABLE t (n)")
        yield path


@contextmanager
def holder(database: Path, *, works: bool = False) -> Iterator[int]:
    mark = database.with_name("held")
    command = [sys.executable, "-c", HOLDS, str(database), str(mark), "yes" if works else "no"]
    with subprocess.Popen(command) as child:
        try:
            until(mark.exists)
            yield child.pid
        finally:
            child.kill()
            mark.unlink()


def looks(watch: LockWatch, seconds: float) -> int:
    return max(watch.look(STEP_S) for _ in range(int(seconds / STEP_S) + 1))


def test_one_that_holds_the_lock_and_sleeps_is_named(database: Path) -> None:
    watch = LockWatch(database)
    with holder(database) as pid:
        until(lambda: looks(watch, DEADLINE_S) == pid)
    assert watch.look(STEP_S) == 0


def test_a_commit_begins_the_count_anew(database: Path) -> None:
    watch = LockWatch(database)
    with holder(database) as pid:
        until(lambda: looks(watch, DEADLINE_S) == pid)
        wal = database.with_name("loa.db-wal")
        wal.touch()
        assert watch.look(STEP_S) == 0


def test_one_that_works_in_its_transaction_is_left_alone_until_it_should_have_rolled_back(database: Path) -> None:
    watch = LockWatch(database)
    with holder(database, works=True) as pid:
        assert looks(watch, AT_WORK_MAX_S - STEP_S) == 0
        assert looks(watch, 2 * STEP_S) == pid


def test_an_urgent_writer_waits_for_no_transaction_of_a_process_at_work(database: Path) -> None:
    watch, queue = LockWatch(database), WriteQueue(str(database))
    with holder(database, works=True) as pid:
        assert looks(watch, AT_WORK_MAX_S / 2) == 0
        queue.keep_back(others=True)
        assert looks(watch, URGENT_MAX_S - STEP_S) == 0
        assert looks(watch, 2 * STEP_S) == pid
        queue.keep_back(others=False)
        assert looks(watch, STEP_S) == 0
    queue.close()


def test_one_thread_that_only_looks_at_a_clock_does_not_hide_the_one_that_hangs(database: Path) -> None:
    """On a busy machine a thread that wakes up waits for the processor at some look, but not from look to look."""
    states = iter([*(TaskState("R" if turn % 2 else "S", b"%d 0 1" % turn) for turn in range(100))])
    watch = LockWatch(database)
    with holder(database) as pid, pytest.MonkeyPatch.context() as patch:
        patch.setattr(lock_watch, "threads_of", lambda _: [("1", FakeTask(next(states)))])
        assert looks(watch, DEADLINE_S + 2 * STEP_S) == pid


def test_threads_that_take_turns_are_at_work(database: Path) -> None:
    """Threads of one interpreter run one after the other: none is seen twice, and all of them together work."""
    ran_ns = iter(range(0, 10**12, round(WORKS_FROM * STEP_S * 1e9)))
    watch = LockWatch(database)
    with holder(database), pytest.MonkeyPatch.context() as patch:
        patch.setattr(lock_watch, "threads_of", lambda _: [("1", FakeTask(TaskState("S", b"%d 0 1" % next(ran_ns))))])
        assert looks(watch, AT_WORK_MAX_S - STEP_S) == 0


def test_one_that_yields_the_processor_is_lent_a_share_while_an_urgent_writer_waits(
    database: Path, tmp_path: Path
) -> None:
    watch, queue = LockWatch(database, LentPrecedence(tmp_path)), WriteQueue(str(database))
    with holder(database, works=True) as pid:
        (tmp_path / str(pid)).mkdir()
        share = tmp_path / str(pid) / "autogroup"
        share.write_text("/autogroup-7 nice 15\n")
        looks(watch, 4 * STEP_S)
        assert share.read_text().endswith("15\n")
        queue.keep_back(others=True)
        looks(watch, STEP_S)
        assert share.read_text() == "0"
    watch.look(STEP_S)
    assert share.read_text() == "15"
    queue.close()


def test_without_a_lock_or_a_database_nobody_is_named(database: Path, tmp_path: Path) -> None:
    assert looks(LockWatch(database), 10) == 0
    assert looks(LockWatch(tmp_path / "other.db"), 10) == 0


def test_only_sqlite_has_such_a_file(tmp_path: Path) -> None:
    assert file_of(f"sqlite:///{tmp_path}/loa.db") == tmp_path / "loa.db"
    assert file_of("sqlite://") is None
    assert file_of("postgresql+psycopg://loa@localhost/loa") is None


def test_the_supervisor_ends_one_that_hangs_in_a_transaction(database: Path, tmp_path: Path) -> None:
    mark = tmp_path / "held"
    argv = [sys.executable, "-c", HOLDS, str(database), str(mark), "no"]
    program = Program("child", argv, mark.exists, liveness=Liveness())
    with supervised(program, tmp_path, listens=False, database=database) as (supervisor, said):
        first = supervisor.pid("child")
        until(lambda: any("hangs in a transaction" in words for words in said))
        until(lambda: supervisor.pid("child") not in {None, first})
