"""Cheap look at the outbox: it misses no row, and asks the database only after a commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, StaticPool, create_engine, event

from cms.platform.store.heartbeats import ProcessHeartbeat, write_heartbeat
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.pending_look import REST_S, PendingLook, outbox_look
from cms.platform.store.uow import UowFactory, make_uow_factory
from cms.tables import Base
from tests.databases import engine_of, new_sqlite

PLANS = frozenset({OutboxKind.PLAN})


@pytest.fixture
def queries() -> list[str]:
    return []


@pytest.fixture
def engine(tmp_path: Path, queries: list[str]) -> Iterator[Engine]:
    with engine_of(new_sqlite(tmp_path / "loa.db")) as found:
        event.listen(found, "before_cursor_execute", lambda *what: queries.append(what[2]))
        yield found


def add(units: UowFactory, kind: OutboxKind = OutboxKind.PLAN) -> None:
    with units() as unit:
        unit.outbox.add(kind, "xa-1")
        unit.commit()


def send_all(units: UowFactory) -> None:
    with units() as unit:
        due = unit.outbox.take(unit.now())
        unit.outbox.mark_sent([row for message in due for row in message.ids], unit.now())
        unit.commit()


def test_a_row_is_seen_after_its_commit_and_until_it_is_sent(engine: Engine) -> None:
    units, look = make_uow_factory(engine), outbox_look(engine, PLANS)
    for _ in range(2):
        assert not look.may_be_due()
        add(units)
        assert look.may_be_due()
        assert look.may_be_due()
        send_all(units)
        assert not look.may_be_due()


def test_rows_of_other_kinds_are_not_its_own(engine: Engine) -> None:
    look = outbox_look(engine, PLANS)
    add(make_uow_factory(engine), OutboxKind.ALERT)
    assert not look.may_be_due()


def test_nothing_is_queried_while_nothing_is_committed(engine: Engine, queries: list[str]) -> None:
    look = outbox_look(engine, PLANS)
    assert not look.may_be_due()
    queries.clear()
    assert [look.may_be_due() for _ in range(5)] == [False] * 5
    assert queries == []
    add(make_uow_factory(engine), OutboxKind.ALERT)
    queries.clear()
    assert not look.may_be_due()
    assert queries


def test_a_row_that_waits_for_its_time_is_asked_for_each_time(engine: Engine, queries: list[str]) -> None:
    units, look = make_uow_factory(engine), outbox_look(engine, PLANS)
    add(units)
    with units() as unit:
        unit.outbox.defer([row for message in unit.outbox.take(unit.now()) for row in message.ids], "away", unit.now())
        unit.commit()
    queries.clear()
    assert [look.may_be_due() for _ in range(3)] == [True] * 3
    assert len([query for query in queries if "outbox" in query]) == 3


def test_a_database_in_memory_is_asked_each_time() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    look = outbox_look(engine, PLANS)
    assert not look.may_be_due()
    add(make_uow_factory(engine))
    assert look.may_be_due()
    engine.dispose()


def test_a_heartbeat_and_a_transaction_that_changed_nothing_start_no_query(engine: Engine, queries: list[str]) -> None:
    units, look = make_uow_factory(engine), outbox_look(engine, PLANS)
    assert not look.may_be_due()
    with units().uncounted() as unit:
        write_heartbeat(unit.session, ProcessHeartbeat("gateway", unit.now(), unit.now()))
        unit.commit()
    with units() as unit:
        unit.commit()
    queries.clear()
    assert not look.may_be_due()
    assert queries == []


def test_a_transaction_that_was_rolled_back_starts_no_query_and_each_commit_does(
    engine: Engine, queries: list[str]
) -> None:
    units, look = make_uow_factory(engine), outbox_look(engine, PLANS)
    assert not look.may_be_due()
    with units() as unit:
        unit.outbox.add(OutboxKind.ALERT, "xa-1")
        unit.outbox.flush(unit.now())
    queries.clear()
    assert not look.may_be_due()
    assert queries == []
    for _ in range(3):
        add(units, OutboxKind.ALERT)
        assert not look.may_be_due()
        assert [query for query in queries if "outbox" in query]
        queries.clear()


def test_a_commit_of_a_version_that_counts_none_is_seen_too(engine: Engine, tmp_path: Path) -> None:
    units, look = make_uow_factory(engine), outbox_look(engine, PLANS)
    add(units, OutboxKind.ALERT)
    assert not look.may_be_due()
    with closing(sqlite3.connect(tmp_path / "loa.db", isolation_level=None)) as other:
        other.execute("UPDATE outbox SET kind = ?", (OutboxKind.PLAN.value,))
    assert look.may_be_due()


def test_what_no_commit_told_of_is_found_when_it_is_asked_again_or_after_a_minute(engine: Engine) -> None:
    now_s, pending = [100.0], [False]
    look = PendingLook(engine, lambda _session: pending[0], lambda: now_s[0])
    assert not look.may_be_due()
    assert look.is_empty
    pending[0] = True
    assert not look.may_be_due()
    look.ask_again()
    assert look.may_be_due()
    pending[0] = False
    assert not look.may_be_due()
    pending[0] = True
    now_s[0] += REST_S
    assert look.may_be_due()
    assert not look.is_empty
