"""Target area of an alert, drawn with the mouse or typed: both give the same text."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.builders import alerts
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole


@pytest.fixture
def page(served: ServedConsole, visitor: Visitor) -> Page:
    """Form of an alert to one commune, with its map there and the tools open."""
    console = served.console
    alerts.staff(console)
    draft = alerts.drafted(console, console.client("officer"))
    tab = visitor("officer")
    tab.go(f"/alerts/{draft.id}/edit")
    tab.page.get_by_text("Chỉ một phần: vẽ trên bản đồ hoặc gõ số").click()
    expect(tab.page.locator("#map")).to_have_attribute("data-ready", "yes")
    return tab.page


def shapes(page: Page) -> list[str]:
    return page.get_by_label("Các hình, mỗi dòng một hình").input_value().splitlines()


def test_a_rectangle_drawn_is_saved_counted_and_undone(page: Page) -> None:
    page.get_by_role("button", name="Vẽ ô chữ nhật").click()
    box = page.locator("#map").bounding_box()
    assert box is not None
    for part in (0.3, 0.7):
        page.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] * part)
        page.mouse.click(box["x"] + box["width"] * part, box["y"] + box["height"] * part)
    expect(page.get_by_label("Các hình, mỗi dòng một hình")).not_to_have_value("")
    (line,) = shapes(page)
    corners = line.split(" ")
    assert len(corners) == 5
    assert corners[0] == corners[-1]
    expect(page.locator("#heard ~ p").first).to_contain_text("loa sẽ phát")
    page.get_by_role("button", name="Hoàn tác").click()
    assert shapes(page) == []
    expect(page.get_by_role("button", name="Hoàn tác")).to_be_disabled()


def test_a_circle_about_a_commune_needs_no_mouse(page: Page) -> None:
    page.get_by_label("Tâm là").focus()
    page.get_by_label("Tâm là").select_option(label="Mũi Né")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("0,5")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert shapes(page) == ["10.94,108.28 0.5"]
    expect(page.get_by_text("loa nằm ngoài vùng vẽ: không phát.")).to_be_visible()
    page.reload()
    assert shapes(page) == ["10.94,108.28 0.5"]


def test_a_typed_outline_appears_on_the_map(page: Page) -> None:
    page.get_by_label("Các hình, mỗi dòng một hình").fill("10.92,108.26 10.92,108.30 10.96,108.30")
    page.get_by_label("Các hình, mỗi dòng một hình").press("Tab")
    assert page.evaluate("maps.get('map').shapes.getLayers().length") == 1
    page.get_by_role("button", name="Bỏ hết hình").click()
    assert shapes(page) == []
