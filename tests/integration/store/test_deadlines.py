"""Transactions that hold the write lock past their deadline: named in the log, rolled back, and harmless to others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from cms.platform.store import sqlite
from cms.platform.store.engine import make_engine, outage_of
from cms.platform.store.sqlite import GIVES_WAY_S, HOLD_S, Watchdog

LONG_ENOUGH_S = 20


class Times:
    """Watchdog whose clock the test moves; it looks when it is told to."""

    def __init__(self) -> None:
        self.dog = Watchdog()
        self.dog._run = lambda: None  # type: ignore[method-assign]
        self.later_s = 0.0

    def look(self) -> int:
        return self.dog.look(monotonic() + self.later_s)


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Times:
    times = Times()
    monkeypatch.setattr(sqlite, "WATCHDOG", times.dog)
    return times


@pytest.fixture
def engine(tmp_path: Path, times: Times) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path / 'loa.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (words TEXT)"))
    yield engine
    engine.dispose()


def notes(engine: Engine) -> list[str]:
    with engine.execution_options(loa_reads=True).connect() as connection:
        return list(connection.scalars(text("SELECT words FROM notes ORDER BY words")))


def write(engine: Engine, words: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES (:words)"), {"words": words})


def test_a_transaction_past_its_deadline_is_named_and_rolled_back(
    engine: Engine, times: Times, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO notes VALUES ('late')"))
        times.later_s = HOLD_S / 2
        assert times.look() == 0
        times.later_s = HOLD_S + 1
        with caplog.at_level(logging.ERROR):
            assert times.look() == 1
        write(engine, "another's")  # its lock is free before its owner has noticed anything
        with pytest.raises(OperationalError) as late:
            connection.execute(text("INSERT INTO notes VALUES ('too late')"))
    assert outage_of(late.value)
    assert "transaction.overdue" in caplog.text
    assert "test_a_transaction_past_its_deadline_is_named_and_rolled_back" in caplog.text
    assert notes(engine) == ["another's"]


def test_a_commit_past_the_deadline_fails(engine: Engine, times: Times) -> None:
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO notes VALUES ('late')"))
        times.later_s = HOLD_S + 1
        assert times.look() == 1
        with pytest.raises(OperationalError) as late:
            connection.commit()
    assert outage_of(late.value)
    write(engine, "the pool's next")
    assert notes(engine) == ["the pool's next"]


def test_a_statement_that_runs_past_the_deadline_is_interrupted(engine: Engine, times: Times) -> None:
    failed: list[Exception] = []
    runs = Event()

    def run() -> None:
        try:
            with engine.begin() as connection:
                connection.execute(text("INSERT INTO notes VALUES ('endless')"))
                own = connection.connection.driver_connection
                own.set_progress_handler(runs.set, 1000)  # type: ignore[union-attr]
                connection.execute(text(_ENDLESS))
        except OperationalError as error:
            failed.append(error)

    owner = Thread(target=run)
    owner.start()
    assert runs.wait(LONG_ENOUGH_S)
    times.later_s = HOLD_S + 1
    while times.look() == 0:
        assert owner.is_alive()
    owner.join(LONG_ENOUGH_S)
    assert outage_of(failed[0])
    write(engine, "another's")
    assert notes(engine) == ["another's"]


_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def test_migrations_have_no_deadline(tmp_path: Path, times: Times) -> None:
    patient = make_engine(f"sqlite:///{tmp_path / 'loa.db'}", is_patient=True)
    with patient.begin() as connection:
        connection.execute(text("CREATE TABLE notes (words TEXT)"))
        times.later_s = 100 * HOLD_S
        assert times.look() == 0
    assert notes(patient) == []
    patient.dispose()


def test_a_commit_that_fails_frees_the_lock(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kinds (name TEXT PRIMARY KEY)"))
        reference = "REFERENCES kinds DEFERRABLE INITIALLY DEFERRED"
        connection.execute(text(f"CREATE TABLE kept (kind TEXT {reference})"))
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO kept VALUES ('no such kind')"))
        with pytest.raises(IntegrityError):
            connection.commit()
    write(engine, "afterwards")
    assert notes(engine) == ["afterwards"]


def test_a_turn_of_the_watchdog_that_fails_is_not_its_last(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    dog, failures = Watchdog(), [RuntimeError("once"), SystemExit()]

    def fail(now_s: float) -> int:
        raise failures.pop(0)

    monkeypatch.setattr(dog, "look", fail)
    monkeypatch.setattr(dog, "_held", {0: None})
    dog._is_any.set()
    monkeypatch.setattr(sqlite, "LOOK_S", 0)
    with pytest.raises(SystemExit):
        dog._run()
    assert "transaction.unwatched" in caplog.text


def test_the_watchdog_rests_while_no_transaction_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    dog, looks = Watchdog(), [True, True, False]

    def look(now_s: float) -> int:
        dog._held = {0: None} if looks.pop(0) else {}  # type: ignore[dict-item]
        return 0

    monkeypatch.setattr(dog, "look", look)
    monkeypatch.setattr(dog._is_any, "wait", dog._is_any.is_set)
    monkeypatch.setattr(sqlite, "LOOK_S", 0)
    dog._run()
    assert len(looks) == 3
    dog._is_any.set()
    dog._run()
    assert looks == []


def test_an_ordinary_transaction_gives_way_to_an_urgent_writer(engine: Engine, times: Times) -> None:
    urgent = engine.execution_options(loa_urgent=True)
    alert = Thread(target=write, args=(urgent, "alert"))
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO notes VALUES ('report')"))
        times.later_s = GIVES_WAY_S + 0.1
        assert times.look() == 0  # nobody waits yet
        alert.start()
        while times.look() == 0:
            assert alert.is_alive()
        alert.join(LONG_ENOUGH_S)
        assert notes(engine) == ["alert"]
        with pytest.raises(OperationalError, match="locked"):
            connection.commit()


def test_an_urgent_transaction_gives_way_to_none(engine: Engine, times: Times) -> None:
    urgent = engine.execution_options(loa_urgent=True)
    second = Thread(target=write, args=(urgent, "second"))
    with urgent.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES ('first')"))
        second.start()
        while not connection.connection.driver_connection.is_in_the_way:  # type: ignore[union-attr]
            assert second.is_alive()
        times.later_s = GIVES_WAY_S + 0.1
        assert times.look() == 0
    second.join(LONG_ENOUGH_S)
    assert notes(engine) == ["first", "second"]


def test_a_transaction_that_ends_at_this_moment_is_left_alone(engine: Engine, times: Times) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES ('just in time')"))
        own = connection.connection.driver_connection
        times.later_s = HOLD_S + 1
        with own._guard:  # type: ignore[union-attr]
            assert times.look() == 0
    assert notes(engine) == ["just in time"]
