"""PostgreSQL that is frozen, slow or locked: every wait on it ends, and the reason has a code."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from cms.platform.store import postgresql
from cms.platform.store.engine import make_engine, outage_of, reading
from tests.postgres import PostgresServer, running_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Server of this module: that of the run serves other tests."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def engine(server: PostgresServer) -> Iterator[Engine]:
    engine = make_engine(server.new_empty_database())
    yield engine
    engine.dispose()


def test_a_statement_on_a_server_that_is_frozen_is_given_up(
    server: PostgresServer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "SILENT_S", 0.2)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        with server.frozen(), pytest.raises(OperationalError) as given_up:
            connection.execute(text("SELECT 2"))
        assert connection.invalidated
    assert outage_of(given_up.value) == "DATABASE_SILENT"
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 3")) == 3


def test_a_connection_that_was_kept_is_not_trusted_while_the_server_is_frozen(
    server: PostgresServer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "PING_S", 0.2)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    with server.frozen(), pytest.raises(OperationalError) as refused, engine.connect():
        pytest.fail("a connection was given")
    assert outage_of(refused.value) == "DATABASE_SILENT"


def test_a_slow_statement_goes_on_where_the_server_lives(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    ask = postgresql.BoundedConnection._ask

    def note(self: postgresql.BoundedConnection, waited_s: float) -> None:
        asked.append(waited_s)
        ask(self, waited_s)

    monkeypatch.setattr(postgresql, "SILENT_S", 0.05)
    monkeypatch.setattr(postgresql.BoundedConnection, "_ask", note)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 4 FROM pg_sleep(0.6)")) == 4
    assert asked


def test_a_server_that_refuses_the_question_lives(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise psycopg.OperationalError("sorry, too many clients already")

    monkeypatch.setattr(postgresql, "SILENT_S", 0.05)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        monkeypatch.setattr(psycopg, "connect", refuse)
        assert connection.scalar(text("SELECT 5 FROM pg_sleep(0.6)")) == 5


@pytest.mark.parametrize("setting", ["statement_timeout", "lock_timeout"])
def test_what_takes_too_long_is_told_as_busy(engine: Engine, setting: str) -> None:
    with engine.connect() as holder, engine.connect() as waiter:
        holder.execute(text("SELECT pg_advisory_xact_lock(1)"))
        waiter.execute(text(f"SET LOCAL {setting} = '20ms'"))
        with pytest.raises(DBAPIError) as ended:
            waiter.execute(text("SELECT pg_advisory_xact_lock(1)"))
    assert outage_of(ended.value) == "DATABASE_LOCKED"


def test_a_connection_has_its_bounds_and_what_the_operator_asked_for(server: PostgresServer) -> None:
    url = server.new_empty_database()
    bounded = make_engine(f"{url}&options=-c%20work_mem%3D8MB&connect_timeout=9")
    patient = make_engine(url, is_patient=True)
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "work_mem")
    with bounded.connect() as connection:
        assert [connection.scalar(text(f"SHOW {name}")) for name in names] == ["2min", "15s", "10s", "8MB"]
        found = connection.connection.dbapi_connection.info.get_parameters()  # type: ignore[union-attr]
        assert (found["connect_timeout"], found["tcp_user_timeout"], found["keepalives_idle"]) == ("9", "20000", "15")
    with patient.connect() as connection:
        assert [connection.scalar(text(f"SHOW {name}")) for name in names[:2]] == ["0", "0"]
    bounded.dispose()
    patient.dispose()


def test_a_database_that_is_read_only_is_told_so_in_any_language(server: PostgresServer) -> None:
    url = server.new_empty_database()
    engine = make_engine(f"{url}&options=-c%20default_transaction_read_only%3Don")
    with pytest.raises(DBAPIError) as refused, engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a int)"))
    assert outage_of(refused.value) == "DATABASE_READ_ONLY"
    engine.dispose()


def test_a_client_that_is_frozen_in_a_transaction_loses_its_locks(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (words TEXT)"))
    monkeypatch.setattr(postgresql, "HOLD_S", 1.0)
    with engine.connect() as frozen:
        frozen.execute(text("LOCK TABLE notes"))
        with engine.begin() as other:
            other.execute(text("INSERT INTO notes VALUES ('after a second')"))
        with pytest.raises(DBAPIError) as late:
            frozen.execute(text("INSERT INTO notes VALUES ('late')"))
    assert outage_of(late.value)
    with reading(engine) as session:
        assert session.scalars(text("SELECT words FROM notes")).all() == ["after a second"]


def test_a_client_that_reads_may_think(engine: Engine) -> None:
    with reading(engine) as session:
        allowed = session.scalar(text("SHOW idle_in_transaction_session_timeout"))
    assert allowed == f"{postgresql.IDLE_TRANSACTION_S // 60}min"
