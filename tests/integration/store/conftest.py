from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from cms.platform.store.engine import make_engine
from tests.databases import database_url, engine, units

__all__ = ["database_url", "engine", "units"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "loa.db"


@pytest.fixture
def lite(file: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (words TEXT)"))
    yield engine
    engine.dispose()
