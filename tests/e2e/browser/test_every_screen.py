"""Every screen on a telephone and on a desktop: it fits, does not shift, and logs nothing to the browser's console."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.browser.axe import equip, shut_out
from tests.e2e.browser.conftest import BrowserTab, Visitor, open_visits
from tests.e2e.browser.screen_parts import AT_THE_DOOR, PARTS
from tests.e2e.browser.screens import Screens
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.waiting import SETTLED, TWO_FRAMES, until

SHIFT_MOST = 0.01
SHARES = 4
NARROW, WIDE = 360, 1280
THUMB_PX = 44
"""Least height of each target on an alert screen of a telephone."""
ALERT_SCREENS = (
    *("alerts", "live-or-drill", "hazards", "raise", "own-alert", "agree", "live-alert", "cancelled", "drill-report"),
    *("drills", "drill-plan", "plan-a-drill", "stop", "stopped", "contacts", "contact-form", "alert-hazards"),
)
RAW = re.compile(
    r"\bLOA_[A-Z_]+|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|\b(?=\w*\d)[0-9a-z]{26}\b|\b(?=\w*\d)[0-9A-Z]{26}\b"
    r"|\b(?:alert|bulletin|device|fault|feedback|live|programme|rollout|station|ticket|user)\.[a-z_]+\b"
)
"""Machine words: settings, codes, ids and names of events."""
FOR_ENGINEERS = frozenset(
    {"exchange-message", "public-developers-", "public-developers-stations", "public-developers-loi"}
)
"""Screens that show a document of another system as it came, or names to type into programs."""
# Targets to press, with their labels where these can be pressed too; a link within a sentence is part of the text.
SMALL_TARGETS = """(least) => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .filter((each) => each.checkVisibility() && each.type !== "hidden")
  .filter((each) => !each.closest(".visually-hidden, .leaflet-container, .foot"))
  .filter((each) => each.tagName !== "A" || !["inline"].includes(getComputedStyle(each).display))
  .map((each) => [each, (each.closest("label") || each).getBoundingClientRect()])
  .filter(([each, box]) => box.right > 0 && box.width > 1 && box.height < least - 0.5)
  .map(([each, box]) => `${each.outerHTML.slice(0, 100)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""


@pytest.fixture(scope="module")
def visits(browser: Browser, served: ServedConsole, paths: Screens) -> Iterator[dict[str, BrowserTab]]:
    """One page a person for all screens: what a browser has loaded once it need not load again."""
    with open_visits(browser, served) as open_page:
        found = {login: open_page(login) for login in sorted({login for login, _ in paths.values()})}
        for tab in found.values():
            equip(tab.page)
        yield found


def test_no_screen_is_forgotten(served: ServedConsole, paths: Screens) -> None:
    addresses = served.console.app.url_map
    seen = {addresses.bind("").match(urlsplit(path).path)[0] for _, path in paths.values()}
    known = {rule.endpoint for rule in addresses.iter_rules() if "GET" in (rule.methods or ())}
    assert {endpoint for endpoint in known if endpoint.startswith(("web.", "public."))} - seen == PARTS | AT_THE_DOOR


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("share", range(SHARES))
def test_every_screen_fits_keeps_still_shuts_nobody_out_and_gives_no_cause_for_complaint(
    share: int, width: int, paths: Screens, visits: dict[str, BrowserTab]
) -> None:
    """No machine word stands there either.

    One visit checks all: opening a page costs most. All screens at once would exceed a test's time limit."""
    found: dict[str, object] = {}
    for screen, (login, path) in list(paths.items())[share::SHARES]:
        tab = visits[login]
        tab.page.set_viewport_size(ViewportSize(width=width, height=800))
        if (shift := _shift_of(tab, path)) > SHIFT_MOST:
            # On a busy machine a page may be painted in two parts: what its layout moves, it moves each time.
            shift = _shift_of(tab, path)
        overflow, complaints = _overflow(tab.page), list(tab.complaints)
        shut = shut_out(tab.page)
        raw = [] if screen in FOR_ENGINEERS else sorted(set(RAW.findall(tab.page.inner_text("body"))))
        small = tab.page.evaluate(SMALL_TARGETS, THUMB_PX) if width == NARROW and screen in ALERT_SCREENS else []
        if complaints or overflow > 0 or shift > SHIFT_MOST or shut or small or raw:
            found[screen] = (overflow, shift, complaints, shut, small, raw)
        tab.complaints.clear()
    assert found == {}


def test_no_alert_screen_is_forgotten(paths: Screens) -> None:
    assert set(ALERT_SCREENS) <= paths.keys()


def test_why_answers_for_the_very_second_the_delivery_page_links_to(paths: Screens, visitor: Visitor) -> None:
    tab = visitor("technician")
    tab.go(paths["delivery"][1])
    tab.page.get_by_role("link", name="Vì sao? Cụm loa 1").click()
    expect(tab.page.get_by_role("link", name="Vì sao?", exact=True)).to_have_attribute("aria-current", "page")
    answer = tab.page.locator("#answer")
    answer.get_by_text("Theo kế hoạch phát").wait_for()
    assert "Đúng lịch" in answer.inner_text()


def _overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def _shift_of(tab: BrowserTab, path: str) -> float:
    """Open a screen; return how far its parts have moved once it is at rest."""
    tab.go(path)
    until(tab.page, SETTLED)
    tab.page.evaluate(TWO_FRAMES)
    return float(tab.page.evaluate("window.loaShift"))


@pytest.mark.parametrize("media", [{"contrast": "more"}, {"forced_colors": "active"}])
def test_live_and_drill_are_told_apart_without_any_colour(
    media: dict[str, Any], paths: Screens, visitor: Visitor
) -> None:
    tab = visitor("officer")
    tab.page.emulate_media(**media)
    tab.go(paths["live-or-drill"][1])
    for name, sign in (("CẢNH BÁO THẬT", "▲"), ("DIỄN TẬP", "▨")):
        tile = tab.page.locator("main").get_by_role("link", name=f"{sign} {name}")
        expect(tile).to_be_visible()
        width = tile.evaluate("(tile) => getComputedStyle(tile).borderTopWidth")
        assert float(width.removesuffix("px")) >= 2
