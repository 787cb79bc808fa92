"""Rows that name content, on both databases; and that no column of the schema is forgotten."""

from __future__ import annotations

import hashlib

from sqlalchemy import LargeBinary, insert

from cms.bulletins.repository.content_names import NAMES_NOTHING, naming_columns, strike_named
from cms.platform.store.columns import Base, stored_type
from cms.platform.store.kinds import JobKind
from cms.platform.store.tables import IdempotencyRow, JobRow
from cms.platform.store.uow import UowFactory
from tests.databases import units
from tests.fakes.programme import NOW

__all__ = ["units"]

BYTES = {
    "device_hourly": "measurements",
    "device_log_parts": "parts of a log on their way from a device; the whole is content",
    "device_raw": "measurements",
    "passkeys": "public keys",
    "speech_previews": "clips that stand in the row itself, for a day",
    "telemetry_snapshots": "measurements",
}
"""Tables with a column of bytes, in which no hash is looked for, with what they hold."""
MENTIONS = {("as_runs", "sha256"), ("bulletin_sounds", "sha256"), ("sent_recordings", "sha256")}


WITHIN_VALUES = (
    "alerts.wordings",
    "bulletin_papers.paper",
    "bulletins.board",
    "bulletins.sound",
    "chimes.sound",
    "day_plans.plan",
    "jobs.payload",
    "listening_tests.clips",
    "live_sessions.recording",
    "live_sessions.sound",
    "offers.sound",
    "orders.spoken",
    "review_snapshots.shown",
    "transmissions.board",
    "transmissions.frames",
    "transmissions.rendition",
)
"""Columns whose values hold hashes under other names."""


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_every_column_that_is_called_a_hash_of_content_is_searched() -> None:
    searched = {(table.name, column.key) for table, columns in naming_columns() for column in columns}
    called = {
        (table.name, column.key)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if "sha256" in column.key
    }
    assert called - searched == MENTIONS
    assert searched >= {tuple(each.split(".")) for each in WITHIN_VALUES}


def test_tables_that_are_not_searched_are_there_and_no_bytes_are_forgotten() -> None:
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    with_bytes = {
        name
        for name, table in tables.items()
        if any(isinstance(stored_type(column.type), LargeBinary) for column in table.columns)
    }
    assert set(NAMES_NOTHING) <= set(tables)
    assert with_bytes == set(BYTES), "a new column of bytes: does it name content?"


def test_hashes_are_found_in_columns_and_inside_of_values(units: UowFactory) -> None:
    """In jobs within JSON, in answers kept within a text, over more than one page, by keys of one and two columns."""
    inside, answered, unnamed = hash_of("inside"), hash_of("answered"), hash_of("unnamed")
    joined = hash_of("without anything between")
    job = {
        "kind": JobKind.MAKE_SOUND,
        "subject_id": "b1",
        "state": "done",
        "progress_pct": 100,
        "step": "",
        "attempts": 1,
        "lease": "",
        "lease_until_at": NOW,
        "created_at": NOW,
        "started_at": None,
        "finished_at": NOW,
        "error": "",
    }
    answer = {"user_id": "u1", "request_hash": "", "status": 201, "headers": {}, "body": "", "created_at": NOW}
    with units() as unit:
        jobs = [{**job, "id": f"j{n:03}", "payload": {"made_from": f"audio:{hash_of(str(n))}:0"}} for n in range(205)]
        jobs[-1]["payload"] = {"parts": [{"x": f"audio:{inside}|0|0"}, f"ab{joined}cd"]}
        unit.session.execute(insert(JobRow), jobs)
        answers = [{**answer, "key": f"k{n:03}"} for n in range(205)]
        answers[-1]["body"] = f'{{"sha256": "{answered}"}}'
        unit.session.execute(insert(IdempotencyRow), answers)
        unit.commit()
    looked_for = {inside, answered, joined, unnamed, hash_of("0"), hash_of("100"), hash_of("203")}

    pages = sum(1 for _ in strike_named(units.reading, looked_for))

    assert looked_for == {unnamed}
    assert pages > len(list(naming_columns()))


def test_a_look_ends_when_everything_is_found(units: UowFactory) -> None:
    assert list(strike_named(units.reading, set())) == []
