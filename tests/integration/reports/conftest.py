from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console import Console, open_console


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        yield console
