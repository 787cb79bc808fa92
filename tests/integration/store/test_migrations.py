from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from threading import Barrier, Thread
from typing import Any, Final

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, MetaData, inspect, text

from cms import migrations
from cms.platform.store.columns import Base
from cms.platform.store.engine import make_engine
from tests.postgres import PostgresServer

WITH_DATA_FROM: Final = "0012"
"""Revision on which the rows are inserted: every later one is applied to them."""
PARTITIONED: Final = frozenset({"device_raw", "device_raw_default"})
AT: Final = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_empty_database()


def test_the_migrations_make_the_tables_that_the_code_expects(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_again_changes_nothing(engine: Engine, database_url: str) -> None:
    before = inspect(engine).get_table_names()
    migrations.upgrade(database_url)
    assert inspect(engine).get_table_names() == before


def test_processes_that_start_at_once_may_all_upgrade(empty_url: str) -> None:
    barrier, done = Barrier(3), []

    def start() -> None:
        barrier.wait(10)
        migrations.upgrade(empty_url)
        done.append(True)

    starts = [Thread(target=start) for _ in range(3)]
    for one in starts:
        one.start()
    for one in starts:
        one.join(60)
    engine = make_engine(empty_url)
    assert len(done) == 3
    assert "bulletins" in inspect(engine).get_table_names()
    engine.dispose()


def test_the_baseline_knows_the_kinds_of_areas_that_are_communes(engine: Engine) -> None:
    with engine.connect() as connection:
        kinds = connection.execute(text("SELECT kind FROM area_kinds WHERE is_commune ORDER BY kind")).scalars().all()
    assert kinds == ["commune", "special_zone", "township", "ward"]


def test_telemetry_has_a_partition_for_days_without_one_of_their_own(postgres: PostgresServer) -> None:
    engine = make_engine(postgres.new_database())
    with engine.connect() as connection:
        partitions = connection.scalar(
            text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'device_raw'::regclass")
        )
    assert partitions == 1
    engine.dispose()


def test_the_revisions_are_one_line_from_the_baseline() -> None:
    script = ScriptDirectory.from_config(migrations.alembic_config())
    assert len(script.get_heads()) == 1
    assert script.get_bases() == ["0001"]


def test_the_version_before_runs_on_a_database_that_the_next_one_changed(
    engine: Engine, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    migrations.upgrade(database_url)
    assert "database.ahead" in caplog.text
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


def test_rows_of_an_older_version_outlive_the_way_to_the_newest_and_back(empty_url: str) -> None:
    migrations.upgrade(empty_url, WITH_DATA_FROM)
    engine = make_engine(empty_url)
    try:
        kept = _one_row_each(engine)
        assert {"bulletins", "transmissions", "report_airtime", "alerts", "orders", "as_runs"} <= kept.keys()
        migrations.upgrade(empty_url)
        newest = _rows(engine)
        assert {name: _part(newest[name], of) for name, of in kept.items()} == kept
        assert [newest[name]["genre"] for name in ("bulletins", "transmissions", "report_airtime")] == ["", "", ""]
        assert (newest["alerts"]["risk"], newest["orders"]["siren"]) == (None, None)
        with engine.begin() as connection:
            config = migrations.alembic_config()
            config.attributes["connection"] = connection
            command.downgrade(config, WITH_DATA_FROM)
        assert _rows(engine) == kept
        migrations.upgrade(empty_url)
        assert _rows(engine) == newest
    finally:
        engine.dispose()


def _one_row_each(engine: Engine) -> dict[str, dict[str, Any]]:
    """Insert a row into every table, each of which refers to the others' rows; return them."""
    known = MetaData()
    known.reflect(engine)
    tables = [table for table in known.sorted_tables if table.name not in {"alembic_version", *PARTITIONED}]
    with engine.begin() as connection:
        for table in tables:
            needed = [each for each in table.columns if not each.nullable and each.server_default is None]
            connection.execute(table.insert().values({each.name: _value(each) for each in needed}))
    return _rows(engine)


def _value(column: Column[Any]) -> object:
    kinds: dict[type, object] = {int: 7, float: 0.5, bool: True, bytes: b"x", datetime: AT, date: AT.date()}
    return kinds.get(column.type.python_type, AT.time() if column.type.python_type is time else "x")


def _rows(engine: Engine) -> dict[str, dict[str, Any]]:
    """Return the inserted row of each table."""
    known = MetaData()
    known.reflect(engine)
    with engine.connect() as connection:
        found = {
            table.name: [row for row in connection.execute(table.select()).mappings() if _is_ours(dict(row))]
            for table in known.sorted_tables
        }
    return {name: dict(rows[0]) for name, rows in found.items() if rows}


def _is_ours(row: dict[str, Any]) -> bool:
    return any(value in ("x", 7) for value in row.values())


def _part(row: dict[str, Any], of: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in of}
