"""Cheap look at the outbox: it misses no row, and asks the database only after a commit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, StaticPool, create_engine, event

from cms.platform.store.kinds import OutboxKind
from cms.platform.store.pending_look import QUIET_S, QuietStep, outbox_look
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


def test_a_step_is_left_out_while_nothing_is_committed_but_not_for_long(engine: Engine) -> None:
    done: list[float] = []
    now_s = [100.0]
    step = QuietStep(lambda: done.append(now_s[0]), engine, lambda: now_s[0])
    for after_s in (0, 2, 4):
        now_s[0] = 100.0 + after_s
        step()
    assert done == [100]
    add(make_uow_factory(engine))
    step()
    step()
    assert done == [100, 104]
    now_s[0] += QUIET_S
    step()
    assert done == [100, 104, 104 + QUIET_S]


def test_a_step_that_failed_or_that_committed_is_done_again(engine: Engine) -> None:
    units, turns = make_uow_factory(engine), [add, add, lambda _: None]
    failures = [RuntimeError("once")]

    def work() -> None:
        if failures:
            raise failures.pop()
        turns.pop(0)(units)

    step = QuietStep(work, engine, lambda: 0.0)
    with pytest.raises(RuntimeError):
        step()
    for left in (2, 1, 0, 0):
        step()
        assert len(turns) == left


def test_a_database_that_counts_no_commits_has_every_step_done() -> None:
    engine, done = create_engine("sqlite://", poolclass=StaticPool), []
    step = QuietStep(lambda: done.append(1), engine, lambda: 0.0)
    step()
    step()
    engine.dispose()
    assert done == [1, 1]
