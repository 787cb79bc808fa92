"""The two databases of the store, a fresh one for each test.

Migrating takes a tenth of a second, copying a migrated database a millisecond: so the migrations run once a process.
The migrations themselves are tested in ``integration/store/test_migrations``.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Dialect, Engine, event, make_url

from cms import migrations
from cms.platform.store.engine import make_engine
from cms.platform.store.postgresql import connect_bounded
from cms.platform.store.uow import UowFactory, make_uow_factory
from tests.postgres import PostgresServer, running_postgres


def new_sqlite(path: Path) -> str:
    """Make a fresh database with all tables at ``path``, and return its SQLAlchemy URL."""
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
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield new_sqlite(tmp_path / "loa.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.lent_database() as url:
        yield url


class _Engine:
    """Engine that connects to one database after the other and keeps its compiled statements."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        is_bounded = event.contains(self.engine, "do_connect", connect_bounded)
        if is_bounded:  # the first to return a connection ends the event: ours comes first
            event.remove(self.engine, "do_connect", connect_bounded)
        event.listen(self.engine, "do_connect", self._direct)
        if is_bounded:
            event.listen(self.engine, "do_connect", connect_bounded)

    def _direct(self, dialect: Dialect, record: object, args: list[Any], options: dict[str, Any]) -> None:
        del record
        there, more = dialect.create_connect_args(make_url(self.url))
        args[:] = there
        options.update(more)


_IDLE: defaultdict[str, list[_Engine]] = defaultdict(list)


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    """Lend an engine as ``make_engine`` makes it; reuse an idle one where there is one.

    Compiling its statements again took each test on a store a tenth of its time.
    """
    idle = _IDLE[make_url(url).get_backend_name()]
    made = idle.pop() if idle else _Engine(url)
    made.url = url
    try:
        yield made.engine
    finally:
        made.engine.dispose()
        idle.append(made)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the SQL statements that the engine executes in the block, BEGIN included."""
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with engine_of(database_url) as engine:
        yield engine


@pytest.fixture
def units(engine: Engine) -> UowFactory:
    return make_uow_factory(engine)
