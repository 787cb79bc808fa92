"""Screens on a slow network: scripts that come after the first paint move nothing."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.screens import Screens
from tests.e2e.browser.waiting import SETTLED, TWO_FRAMES, until

# Screens with a part that only some browsers can serve: microphone, camera, position.
SCREENS: Final = ("claim", "editor", "phrases", "work", "live-recorded")
# The one script that is awaited before the first paint is not held.
_LATE: Final = re.compile(r"^(?!.*/abilities\.).*\.js")


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_when_scripts_come_late(width: int, paths: Screens, visitor: Visitor) -> None:
    visits = {
        login: visitor(login, size=ViewportSize(width=width, height=800))
        for login in sorted({paths[screen][0] for screen in SCREENS})
    }
    moved = {}
    for screen in SCREENS:
        login, path = paths[screen]
        page, url = visits[login].page, visits[login].url + path
        # On a busy machine a page may be painted in two parts: what its scripts move, they move each time.
        if _moved(page, url) and (elements := _moved(page, url)):
            moved[screen] = elements
    assert moved == {}


def _moved(page: Page, url: str) -> list[str]:
    """Open a page whose scripts are held until it has been painted; return the elements that moved."""
    held: list[Route] = []
    page.route(_LATE, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    page.goto(url, wait_until="commit")
    expect(page.locator(".foot")).to_be_attached()
    page.evaluate(TWO_FRAMES)
    assert held, "no script was held"
    for route in held:
        route.continue_()
    page.unroute(_LATE)
    page.wait_for_load_state("load")
    until(page, SETTLED)
    page.evaluate(TWO_FRAMES)
    found: list[str] = page.evaluate("window.loaMoved")
    return found
