"""Form of an alert: it says when the input is not saved, for a frozen or absent server or a lost form cookie."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.builders import alerts
from tests.e2e.browser.bulletins.test_nothing_typed_is_lost import NARROW, cookies_lost_before
from tests.e2e.browser.conftest import WIDE, Visitor
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.signing_in import dialog, sign_in_over

SAYS = "Chưa lưu được những gì vừa gõ."
LAST_WORDS = " Nước lên nhanh."


def opened(served: ServedConsole, visitor: Visitor, size: ViewportSize = WIDE) -> tuple[Page, str]:
    """Open the form of a new live alert, and return its page and id."""
    console = served.console
    alerts.staff(console)
    made = alerts.raised(console, console.client("officer"))
    tab = visitor("officer", size=size)
    tab.go(f"/alerts/{made.id}/edit")
    return tab.page, made.id


def write(page: Page) -> None:
    page.get_by_label("Lời đọc tiếng Việt").press("Control+End")
    page.get_by_label("Lời đọc tiếng Việt").press_sequentially(LAST_WORDS)


def stored_text(served: ServedConsole, alert_id: str) -> str:
    return alerts.stored(served.console, alert_id).wordings[0].text


def covers(page: Page, over: str, under: str) -> bool:
    """Return whether the two elements overlap vertically once ``under`` is scrolled into view."""
    page.locator(under).scroll_into_view_if_needed()
    one, other = page.locator(over).bounding_box(), page.locator(under).bounding_box()
    assert one is not None
    assert other is not None
    return one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_frozen_server_is_told_of_and_the_sign_covers_no_field_to_send_with(
    served: ServedConsole, visitor: Visitor, size: ViewportSize
) -> None:
    page, alert_id = opened(served, visitor, size)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/draft", hold)
    write(page)
    expect(page.get_by_text(SAYS)).to_be_visible()
    expect(page.locator("#saved")).to_be_hidden()
    assert not covers(page, "#not-saved", "#word")
    for route in held:
        route.continue_()
    page.unroute("**/draft")
    expect(page.get_by_text(SAYS)).to_be_hidden()
    expect(page.locator("#saved")).to_be_visible()
    assert LAST_WORDS in stored_text(served, alert_id)


def test_a_server_that_is_away_is_tried_again_by_the_page_itself(served: ServedConsole, visitor: Visitor) -> None:
    page, alert_id = opened(served, visitor)
    page.route("**/draft", lambda route: route.abort())
    write(page)
    expect(page.get_by_text(SAYS)).to_be_visible()
    page.unroute("**/draft")
    expect(page.get_by_text(SAYS)).to_be_hidden()
    assert LAST_WORDS in stored_text(served, alert_id)


def test_a_lost_form_cookie_and_an_ended_session_lose_no_word(served: ServedConsole, visitor: Visitor) -> None:
    page, alert_id = opened(served, visitor)
    with cookies_lost_before(page, "**/draft"):
        write(page)
    expect(dialog(page)).to_be_visible()
    expect(dialog(page)).to_contain_text("Những gì bạn đã gõ vẫn còn")
    assert LAST_WORDS not in stored_text(served, alert_id)
    # Before the page has noticed that nothing was saved, it looks as if all was.
    with page.expect_response(lambda response: response.url.endswith("/draft") and response.ok):
        sign_in_over(served.console, page, "officer")
    expect(page.locator("#saved")).to_be_visible()
    expect(page.get_by_text(SAYS)).to_be_hidden()
    assert LAST_WORDS in stored_text(served, alert_id)


def test_a_part_that_renews_itself_slowly_keeps_no_save_waiting(served: ServedConsole, visitor: Visitor) -> None:
    page, alert_id = opened(served, visitor)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    with page.expect_request("**/sounds*"):
        page.route("**/sounds*", hold)
    with page.expect_response(lambda response: response.url.endswith("/draft") and response.ok):
        page.get_by_label("Lời đọc tiếng Việt").fill(f"Lũ quét.{LAST_WORDS}")
    assert LAST_WORDS in stored_text(served, alert_id)
    for route in held:
        route.continue_()


def test_what_is_typed_while_a_save_is_on_its_way_is_not_overwritten_by_its_answer(
    served: ServedConsole, visitor: Visitor
) -> None:
    page, alert_id = opened(served, visitor)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/draft", hold)
    with page.expect_request("**/draft"):
        page.get_by_label("Tìm địa bàn").fill("mui ne")
        page.get_by_label("Tìm địa bàn").press("Enter")
    page.get_by_label("Lời đọc tiếng Việt").fill(f"Lũ quét.{LAST_WORDS}")
    with page.expect_response(lambda response: "nhanh" in (response.request.post_data or "") and response.ok):
        for route in held:
            route.continue_()
        page.unroute("**/draft")
    # The headline, which nobody has touched, follows the place.
    expect(page.get_by_label("Dòng đầu")).to_have_value("Mũi Né: lên nơi cao ngay. Lũ quét.")
    expect(page.get_by_label("Lời đọc tiếng Việt")).to_have_value(f"Lũ quét.{LAST_WORDS}")
    assert stored_text(served, alert_id) == f"Lũ quét.{LAST_WORDS}"
