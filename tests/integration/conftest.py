"""Real servers that integration tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.real_broker import RealBroker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RealBroker]:
    """A running mosquitto with its own CA and keys below ``tmp_path / 'home'``."""
    home = tmp_path / "home"
    home.mkdir()
    real = RealBroker(home)
    real.start()
    yield real
    real.kill()
