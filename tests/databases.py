"""The two databases the store runs on, each test with a fresh one.

Migrating takes a tenth of a second, copying what was migrated a millisecond: so the migrations run once a process.
That they do what they should is the business of ``integration/store/test_migrations``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cms import migrations
from cms.store.engine import make_engine
from cms.store.uow import UowFactory, make_uow_factory
from tests.postgres import PostgresServer, running_postgres


def new_sqlite(path: Path) -> str:
    """SQLAlchemy URL of a fresh database with all tables, made at ``path``."""
    assert not path.exists()
    path.write_bytes(_migrated_sqlite())
    return f"sqlite:///{path}"


@cache
def _migrated_sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loa.db"
        migrations.upgrade(f"sqlite:///{path}")
        return path.read_bytes()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return new_sqlite(tmp_path / "loa.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def units(engine: Engine) -> UowFactory:
    return make_uow_factory(engine)
