"""A list that renews itself and a press on one of its lines."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, Route, expect

from tests.builders import alerts
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.hands import held_down
from tests.e2e.browser.served_console import ServedConsole

LIST = "**/alerts"
POLL_MS = 5_000


def test_no_line_is_replaced_between_press_and_release(served: ServedConsole, visitor: Visitor) -> None:
    page, line = _opened(served, visitor)
    held: list[Route] = []
    page.route(LIST, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    with page.expect_request(LIST):
        page.clock.fast_forward(POLL_MS)
    with held_down(line), page.expect_response(LIST):
        held.pop().continue_()


def test_a_press_whose_end_is_missed_stops_no_list(served: ServedConsole, visitor: Visitor) -> None:
    page, line = _opened(served, visitor)
    line.hover()
    page.mouse.down()
    before = line.element_handle()
    with page.expect_response(LIST):
        page.clock.fast_forward(POLL_MS)
    expect(line).to_be_visible()
    page.wait_for_function("(line) => !line.isConnected", arg=before)
    page.mouse.up()


def _opened(served: ServedConsole, visitor: Visitor) -> tuple[Page, Locator]:
    """Open the list of alerts, whose clock stands still; return its page and a line."""
    console = served.console
    alerts.staff(console)
    made = alerts.raised(console, console.client("officer"))
    tab = visitor("officer")
    tab.page.clock.install()
    tab.go("/alerts")
    return tab.page, tab.page.locator(f"#alerts a[href*='{made.id}']").first
