"""Searches of the event log, on both databases: the lines that a plain filter would find, by indexes alone."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from cms.accounts.model import User
from cms.accounts.repository import People
from cms.audit.queries import AuditFilter, EventLine, audit_count, audit_page, latest_events
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from province.events import Event
from province.people import UserId

START = datetime(2026, 11, 1, tzinfo=UTC)
NAMES = ("bulletin.created", "bulletin.approved", "device.moved", "user.signed_in", "user_x.made", "right.refused")


@pytest.fixture
def log(units: UowFactory) -> UowFactory:
    """Return a store with 300 events, whose times go back now and then."""
    dice = random.Random(7)
    with units() as unit:
        for login, name in (("lan", "Trần Thị Lan"), ("lan2", "Trần Thị Lan"), ("hoa", "Lê Hoa")):
            unit[People].add(User(UserId(f"u-{login}"), login, name, "x", START))
        for number in range(300):
            by = dice.choice(["u-lan", "u-lan2", "u-hoa", "gateway"])
            subject = dice.choice(["b-1", "b-2", "u-lan", by])
            at = START + timedelta(hours=number, minutes=dice.randrange(-90, 90))
            unit.record(Event(dice.choice(NAMES), subject, at, by, by))
        unit.commit()
    return units


def expected(lines: list[EventLine], chosen: AuditFilter) -> list[int]:
    people = {"lan": {"u-lan"}, "Trần Thị Lan": {"u-lan", "u-lan2"}, "gateway": {"gateway"}}.get(chosen.person, set())
    users = people - {"gateway"}
    return [
        line.seq
        for line in sorted(lines, key=lambda line: (line.at, line.seq), reverse=True)
        if (not chosen.kind or line.name.startswith(f"{chosen.kind}."))
        and (not chosen.subject or line.subject_id == chosen.subject)
        and (not chosen.person or line.by in people or (not chosen.subject and line.subject_id in users))
        and (chosen.from_at is None or line.at >= chosen.from_at)
        and (chosen.until_at is None or line.at < chosen.until_at)
    ]


def test_each_filter_finds_what_it_says_in_the_order_of_time_page_by_page(log: UowFactory) -> None:
    day = START + timedelta(days=3)
    people, kinds = ("", "lan", "Trần Thị Lan", "gateway", "nobody"), ("", "bulletin", "user", "none")
    subjects, spans = ("", "b-1"), ((None, None), (day, None), (day, day + timedelta(days=2)))
    with reading(log.engine) as session:
        lines = [*latest_events(session, limit=1000)]
        for person, kind, subject, (from_at, until_at) in itertools.product(people, kinds, subjects, spans):
            chosen = AuditFilter(person, kind, subject, from_at, until_at)
            found, after = [], ""
            for _page in range(20):
                page = audit_page(session, chosen, after, 40)
                found += [line.seq for line in page.rows]
                after = page.next_cursor
                if not after:
                    break
            assert found == expected(lines, chosen), chosen
            assert audit_count(session, chosen, 10) == min(10, len(found)), chosen


def test_a_cursor_that_is_none_shows_the_first_page(log: UowFactory) -> None:
    with reading(log.engine) as session:
        first = audit_page(session, AuditFilter(), "", 5)
        for after in ("x", "1~", "1~x", "~1"):
            assert audit_page(session, AuditFilter(), after, 5) == first


def test_no_search_reads_or_sorts_the_whole_log(log: UowFactory) -> None:
    """SQLite tells its plan; PostgreSQL's depends on the size of the table."""
    if log.engine.dialect.name != "sqlite":
        return
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if " events " in statement and not statement.startswith("EXPLAIN"):
            asked.append((statement, parameters))

    event.listen(log.engine, "before_cursor_execute", note)
    try:
        with reading(log.engine) as session:
            for person, kind, until_at in itertools.product(("", "lan"), ("", "user"), (None, START)):
                audit_page(session, AuditFilter(person, kind, "", None, until_at), "", 40)
            explain = session.connection().exec_driver_sql
            told = [explain(f"EXPLAIN QUERY PLAN {statement}", values).all() for statement, values in [*asked]]
    finally:
        event.remove(log.engine, "before_cursor_execute", note)
    assert len(told) >= 16
    for rows in told:
        plan = [str(row[-1]) for row in rows]
        assert [step for step in plan if step.startswith("SCAN events") and "INDEX" not in step] == [], plan
