from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.gateway.station import Station, make_station


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    made, engine = make_station(tmp_path / "home")
    yield made
    engine.dispose()
