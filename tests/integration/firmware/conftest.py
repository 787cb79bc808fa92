"""Province of one area: real broker, tiny content server, a fleet in its own process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.firmware.content_server import ContentServer, serving
from tests.integration.firmware.province import Province
from tests.integration.real_broker import RealBroker


@pytest.fixture
def content() -> Iterator[ContentServer]:
    with serving() as server:
        yield server


@pytest.fixture
def province(broker: RealBroker, content: ContentServer, tmp_path: Path) -> Iterator[Province]:
    made = Province(broker, content, tmp_path)
    yield made
    made.close()
