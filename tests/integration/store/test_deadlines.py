"""Transactions that hold locks past their deadline: named in the log and rolled back, and nobody else is hurt."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from cms.platform.store import deadlines, postgresql, sqlite
from cms.platform.store.deadlines import GIVES_WAY_S, HOLD_S, Watchdog
from cms.platform.store.engine import make_engine, outage_of
from tests.databases import database_url

__all__ = ["database_url"]

LONG_ENOUGH_S = 20


class Times:
    """Watchdog whose clock the test moves; its thread looks once, at once."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.dog = Watchdog(lambda: self.now_s)
        self.dog._run = lambda: None  # type: ignore[method-assign]


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Times:
    times = Times()
    for module in (deadlines, postgresql, sqlite):
        monkeypatch.setattr(module, "WATCHDOG", times.dog)
    return times


@pytest.fixture
def engine(database_url: str, times: Times) -> Iterator[Engine]:
    engine = make_engine(database_url)
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
        times.now_s += HOLD_S
        assert times.dog.look() == 0
        times.now_s += 0.1
        with caplog.at_level(logging.ERROR):
            assert times.dog.look() == 1
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
        times.now_s += HOLD_S + 1
        assert times.dog.look() == 1
        with pytest.raises(OperationalError) as late:
            connection.commit()
    assert outage_of(late.value)
    write(engine, "the pool's next")
    assert notes(engine) == ["the pool's next"]


def test_a_statement_that_runs_past_the_deadline_is_interrupted(engine: Engine, times: Times) -> None:
    is_lite = engine.dialect.name == "sqlite"
    failed: list[Exception] = []
    runs = Event()

    def run() -> None:
        try:
            with engine.begin() as connection:
                connection.execute(text("INSERT INTO notes VALUES ('endless')"))
                own = connection.connection.driver_connection
                if isinstance(own, sqlite.SqliteConnection):
                    own.set_progress_handler(runs.set, 1000)
                else:
                    runs.set()
                connection.execute(text(_ENDLESS if is_lite else "SELECT pg_sleep(300)"))
        except OperationalError as error:
            failed.append(error)

    owner = Thread(target=run)
    owner.start()
    assert runs.wait(LONG_ENOUGH_S)
    times.now_s += HOLD_S + 1
    while times.dog.look() == 0:
        assert owner.is_alive()
    owner.join(LONG_ENOUGH_S)
    assert outage_of(failed[0])
    write(engine, "another's")
    assert notes(engine) == ["another's"]


_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def test_a_long_job_says_its_own_deadline(engine: Engine, times: Times) -> None:
    patient = engine.execution_options(loa_hold_s=60.0)
    with patient.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES ('long')"))
        times.now_s += 59
        assert times.dog.look() == 0
    times.now_s += 60
    assert times.dog.look() == 0  # it has ended
    assert notes(engine) == ["long"]


def test_a_commit_that_fails_frees_the_lock(lite: Engine) -> None:
    with lite.begin() as connection:
        connection.execute(text("CREATE TABLE kinds (name TEXT PRIMARY KEY)"))
        reference = "REFERENCES kinds DEFERRABLE INITIALLY DEFERRED"
        connection.execute(text(f"CREATE TABLE kept (kind TEXT {reference})"))
    with lite.connect() as connection:
        connection.execute(text("INSERT INTO kept VALUES ('no such kind')"))
        with pytest.raises(IntegrityError):
            connection.commit()
    write(lite, "afterwards")
    assert notes(lite) == ["afterwards"]


def test_a_turn_of_the_watchdog_that_fails_is_not_its_last(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    dog, failures = Watchdog(), [RuntimeError("once"), SystemExit()]

    def fail() -> int:
        raise failures.pop(0)

    monkeypatch.setattr(dog, "look", fail)
    monkeypatch.setattr(deadlines, "LOOK_S", 0)
    with pytest.raises(SystemExit):
        dog._run()
    assert "could not be looked at" in caplog.text


@pytest.fixture
def lite(tmp_path: Path, times: Times) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path / 'loa.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (words TEXT)"))
    yield engine
    engine.dispose()


def test_an_ordinary_transaction_gives_way_to_an_urgent_writer(lite: Engine, times: Times) -> None:
    urgent = lite.execution_options(loa_urgent=True)
    alert = Thread(target=write, args=(urgent, "alert"))
    with lite.connect() as connection:
        connection.execute(text("INSERT INTO notes VALUES ('report')"))
        times.now_s += GIVES_WAY_S + 0.1
        assert times.dog.look() == 0  # nobody waits yet
        alert.start()
        while times.dog.look() == 0:
            assert alert.is_alive()
        alert.join(LONG_ENOUGH_S)
        assert notes(lite) == ["alert"]
        with pytest.raises(OperationalError, match="locked"):
            connection.commit()


def test_an_urgent_transaction_gives_way_to_none(lite: Engine, times: Times) -> None:
    urgent = lite.execution_options(loa_urgent=True)
    second = Thread(target=write, args=(urgent, "second"))
    with urgent.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES ('first')"))
        second.start()
        while not connection.connection.driver_connection.is_in_the_way():  # type: ignore[union-attr]
            assert second.is_alive()
        times.now_s += GIVES_WAY_S + 0.1
        assert times.dog.look() == 0
    second.join(LONG_ENOUGH_S)
    assert notes(lite) == ["first", "second"]


def test_a_transaction_that_ends_at_this_moment_is_left_alone(lite: Engine, times: Times) -> None:
    with lite.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES ('just in time')"))
        own = connection.connection.driver_connection
        times.now_s += HOLD_S + 1
        with own._guard:  # type: ignore[union-attr]
            assert times.dog.look() == 0
    assert notes(lite) == ["just in time"]
