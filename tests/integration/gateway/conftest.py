from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import database_url
from tests.integration.gateway.station import Station, make_station

__all__ = ["database_url"]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    made, engine = make_station(tmp_path / "home")
    yield made
    engine.dispose()
