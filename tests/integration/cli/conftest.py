"""Terminals on a LOA_HOME of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cms.platform.settings import Settings
from cms.platform.store.engine import make_engine
from cms.platform.store.uow import make_uow_factory
from tests.databases import new_sqlite
from tests.integration.cli.test_commands import Terminal


@contextmanager
def open_terminal(home: Path, like: Path | None = None) -> Iterator[Terminal]:
    """Open a terminal on a home, which begins as a copy of another, or with a database alone."""
    with pytest.MonkeyPatch.context() as variables:
        variables.setenv("LOA_HOME", str(home))
        variables.setenv("LOA_DATABASE_URL", "")
        if like is None:
            new_sqlite(home / "loa.db")
        else:
            shutil.copytree(like, home, dirs_exist_ok=True)
        (home / "run").mkdir(exist_ok=True)
        engine = make_engine(Settings().effective_database_url)
        yield Terminal(make_uow_factory(engine), home)
        engine.dispose()


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home with the province's areas and all that a first command makes, to be copied: they take 0.4 s."""
    home = tmp_path_factory.mktemp("province")
    with open_terminal(home) as opened:
        opened.ok("areas", "load", "binh-thuan-2023")
    return home


@pytest.fixture
def terminal(tmp_path: Path, province: Path) -> Iterator[Terminal]:
    with open_terminal(tmp_path, province) as opened:
        yield opened
