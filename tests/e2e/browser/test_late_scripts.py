"""Screens on a slow network: scripts that come after the first paint move nothing, and miss no press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
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


def test_a_button_pressed_before_its_script_is_here_does_its_work_afterwards(paths: Screens, visitor: Visitor) -> None:
    login, path = paths["work"]
    tab = visitor(login)
    tab.page.context.grant_permissions(["geolocation"])
    tab.page.context.set_geolocation({"latitude": 10.952, "longitude": 108.221, "accuracy": 12})
    button = tab.page.get_by_role("button", name="Xếp theo gần tôi")
    with _scripts_held(tab.page, tab.url + path):
        button.click()
        button.click()
    expect(tab.page.get_by_text("± 12 m")).to_be_visible()
    assert tab.complaints == []


def _moved(page: Page, url: str) -> list[str]:
    """Open a page whose scripts are held until it has been painted; return the elements that moved."""
    with _scripts_held(page, url):
        pass
    page.wait_for_load_state("load")
    until(page, SETTLED)
    page.evaluate(TWO_FRAMES)
    found: list[str] = page.evaluate("window.loaMoved")
    return found


@contextmanager
def _scripts_held(page: Page, url: str) -> Iterator[None]:
    """Open a page, painted and without its scripts, which come at the end."""
    held: list[Route] = []
    page.route(_LATE, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    page.goto(url, wait_until="commit")
    expect(page.locator(".foot")).to_be_attached()
    page.evaluate(TWO_FRAMES)
    assert held, "no script was held"
    yield
    for route in held:
        route.continue_()
    page.unroute(_LATE)
