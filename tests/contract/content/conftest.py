from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.object_server import ObjectServer, running_object_server


@pytest.fixture(scope="session")
def object_server() -> Iterator[ObjectServer]:
    with running_object_server() as server:
        yield server
