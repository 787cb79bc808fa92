from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lent_database import lending


@pytest.fixture(autouse=True)
def _lent_databases() -> Iterator[None]:
    with lending():
        yield
