"""The map of the form: what is ticked in the list stands on it, and a press on it ticks the list."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.console import COMMUNE
from tests.e2e.browser.conftest import Visitor


def test_a_press_on_the_map_and_a_tick_in_the_list_do_the_same(visitor: Visitor) -> None:
    tab = visitor("editor")
    tab.go(f"/bulletins/new?area={COMMUNE}")
    page = tab.page
    tick, drawn = page.locator(f"#areas input[value={COMMUNE}]"), page.locator("#areas-map[data-ready=yes]")
    expect(tick).to_be_checked()
    # The one place that is ticked stands in the middle.
    drawn.scroll_into_view_if_needed()
    drawn.click()
    expect(tick).not_to_be_checked()
    expect(page.locator(".picked li")).to_have_count(0)
    drawn.click()
    expect(tick).to_be_checked()
    expect(page.locator(".picked li")).to_have_count(1)
    tick.focus()
    page.keyboard.press("Space")
    expect(page.locator("#area-count")).to_contain_text("0 ")
    assert tab.complaints == []
