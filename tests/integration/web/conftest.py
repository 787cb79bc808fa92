from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.builders import alerts
from tests.console import Console, open_console


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        yield console


@pytest.fixture
def officer(console: Console) -> FlaskClient:
    """Signed-in browser of the first of two officers; both may declare any level."""
    alerts.staff(console)
    return console.client(alerts.OFFICER)


@pytest.fixture
def second(console: Console, officer: FlaskClient) -> FlaskClient:
    del officer
    return console.client(alerts.SECOND)
