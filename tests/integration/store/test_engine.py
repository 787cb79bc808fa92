"""SQLite settings of the engine: durability, foreign keys, and waiting for locks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Column, Engine, MetaData, String, Table, event, insert, text
from sqlalchemy.exc import OperationalError

from cms.platform.store import engine as engine_module
from cms.platform.store.engine import ROWS_RETURNED, make_engine, reading

LONG_ENOUGH_S = 20


def test_a_commit_survives_a_power_cut_and_keys_are_checked(lite: Engine) -> None:
    with lite.connect() as connection:
        asked = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in _PRAGMAS}
    assert asked == _PRAGMAS


_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_reader_neither_waits_for_a_writer_nor_sees_what_is_not_committed(lite: Engine) -> None:
    with lite.connect() as writer:
        writer.execute(text("INSERT INTO notes VALUES ('half done')"))
        with reading(lite) as session:
            assert session.execute(text("SELECT count(*) FROM notes")).scalar() == 0
        writer.rollback()


def test_a_second_writer_waits_for_the_first(lite: Engine) -> None:
    begun, done = Event(), Event()

    def second() -> None:
        begun.set()
        with lite.begin() as connection:
            connection.execute(text("INSERT INTO notes VALUES ('second')"))
        done.set()

    waiting = Thread(target=second)
    with lite.begin() as first:
        first.execute(text("INSERT INTO notes VALUES ('first')"))
        waiting.start()
        assert begun.wait(LONG_ENOUGH_S)
        assert not done.is_set()
    waiting.join(LONG_ENOUGH_S)
    with reading(lite) as session:
        assert session.scalars(text("SELECT words FROM notes")).all() == ["first", "second"]


def test_a_new_file_that_another_process_holds_is_waited_for(file: Path) -> None:
    holder = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    engine, tried, entered = make_engine(f"sqlite:///{file}"), Event(), Event()

    def enter() -> None:
        tried.set()
        with engine.connect():
            entered.set()

    waiting = Thread(target=enter)
    waiting.start()
    assert tried.wait(LONG_ENOUGH_S)
    assert not entered.wait(0.2)
    holder.execute("ROLLBACK")
    assert entered.wait(LONG_ENOUGH_S)
    waiting.join(LONG_ENOUGH_S)
    holder.close()
    engine.dispose()


def test_waiting_for_a_file_ends(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 1)
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        engine = make_engine(f"sqlite:///{file}")
        with pytest.raises(OperationalError, match="locked"):
            engine.connect()
        engine.dispose()


def test_batches_of_any_size_share_few_statements(lite: Engine) -> None:
    """Each is kept by its connection with its last values: one of each size took 80 MB of a gateway."""
    notes = Table("notes", MetaData(), Column("words", String))
    said: set[str] = set()
    event.listen(lite, "before_cursor_execute", lambda *call: said.add(call[2]))
    with lite.begin() as connection:
        for size in range(1, 3 * ROWS_RETURNED):
            rows = [{"words": f"{size}.{number}"} for number in range(size)]
            returned = connection.execute(insert(notes).returning(notes.c.words), rows)
            assert sorted(returned.scalars()) == sorted(row["words"] for row in rows)
    assert len([each for each in said if each.startswith("INSERT")]) == ROWS_RETURNED
