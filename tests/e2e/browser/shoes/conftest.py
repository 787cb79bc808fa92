"""Journeys on the shared console."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.shoes.journey import Journey, open_journey


@pytest.fixture
def journey(request: pytest.FixtureRequest, browser: Browser, served: ServedConsole) -> Iterator[Journey]:
    shoes, login = request.param
    with open_journey(browser, served, served.console, shoes, login) as made:
        yield made
