from __future__ import annotations

import pytest

from cms.platform.store.uow import UowFactory
from tests.databases import database_url, engine, units
from tests.integration.health.fleet import Fleet

__all__ = ["database_url", "engine", "units"]


@pytest.fixture
def fleet(units: UowFactory) -> Fleet:
    """Fleet of twelve communes: ten devices in each of the first ten, one in each of two others."""
    made = Fleet(units)
    made.install([10] * 10 + [1, 1])
    return made
