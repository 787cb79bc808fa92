"""Bar of alerts in force on every page: of bounded height; its list opens over the page and moves nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, ViewportSize, expect

from tests.builders import alerts
from tests.console import FAR_COMMUNE, post
from tests.e2e.browser.bulletins.test_nothing_typed_is_lost import NARROW
from tests.e2e.browser.conftest import WIDE, Visitor
from tests.e2e.browser.served_console import ServedConsole

HIGHEST_PX = {WIDE["width"]: 48, NARROW["width"]: 96}


@pytest.fixture
def seven(served: ServedConsole) -> Iterator[None]:
    """Four live alerts and three silent drills, cancelled afterwards: other tests of the folder share the console."""
    console = served.console
    alerts.staff(console)
    officer = console.client("officer")
    far = [alerts.active(console, officer, areas=(FAR_COMMUNE,), level=str(number % 3 + 1)) for number in range(4)]
    silent = [alerts.active(console, officer, kind="drill", is_silent="yes") for _ in range(3)]
    yield
    for each in (*far, *silent):
        post(officer, f"/alerts/{each.id}/cancel", {"cause": "mistake"})


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.usefixtures("seven")
def test_seven_alerts_take_one_bar_and_their_list_moves_nothing(visitor: Visitor, size: ViewportSize) -> None:
    tab = visitor("officer", size=size)
    page = tab.page
    tab.go("/bulletins")
    bar, heading = page.locator(".in-force").first, page.get_by_role("heading", level=1)
    box, before = bar.bounding_box(), heading.bounding_box()
    assert box is not None
    assert box["height"] <= HIGHEST_PX[size["width"]]
    bar.locator("summary").click()
    expect(bar.locator("li").first).to_be_visible()
    assert bar.locator("li").count() >= 7
    assert heading.bounding_box() == before
    listed = bar.locator(".in-force-all").bounding_box()
    assert listed is not None
    assert listed["height"] <= 0.6 * size["height"] + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    bar.locator("li a.live").first.click()
    expect(page.get_by_role("note")).to_contain_text("CẢNH BÁO THẬT")


def test_who_leaves_the_page_is_not_called_back_by_an_alert_that_changes(
    served: ServedConsole, visitor: Visitor
) -> None:
    alerts.staff(served.console)
    officer = served.console.client("officer")
    alert = alerts.active(served.console, officer, kind="drill", is_silent="yes")
    held: list[Route] = []
    tab = visitor("officer")
    page = tab.page
    tab.go(f"/alerts/{alert.id}")
    page.route("**/bulletins", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    with page.expect_request("**/bulletins"):
        page.get_by_role("link", name="Bản tin", exact=True).first.click(no_wait_after=True)
    page.route("**/live?*", lambda route: route.fulfill(status=200, headers={"HX-Refresh": "true"}))
    for _ in range(2):  # the first answer has been read when the second poll comes
        with page.expect_response("**/live?*"):
            pass
    held[0].continue_()
    page.wait_for_url("**/bulletins")
    post(officer, f"/alerts/{alert.id}/cancel", {"cause": "mistake"})
