"""Spoken text in a real browser: updated while typing, corrected with the keyboard alone."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import ViewportSize, expect

from tests.e2e.browser.conftest import Visitor


def test_what_will_be_said_follows_the_typing(visitor: Visitor) -> None:
    tab = visitor("editor", size=ViewportSize(width=360, height=740))
    tab.go("/bulletins/new")
    page = tab.page
    page.get_by_label("Lời đọc").fill("Gió cấp 8-9, họp lúc 8g30 ngày 2/12")
    expect(page.locator(".spoken-text")).to_have_text(
        "Gió cấp tám đến cấp chín, họp lúc tám giờ ba mươi phút ngày hai tháng mười hai"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not tab.complaints


def test_a_part_is_corrected_by_keyboard_for_this_bulletin_only(visitor: Visitor) -> None:
    tab = visitor("editor")
    tab.go("/bulletins/new")
    page = tab.page
    page.get_by_label("Lời đọc").fill("Xe chạy trên QL1A")
    part = page.get_by_role("link", name="quốc lộ một a")
    part.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#say_written")).to_have_value("QL1A")
    expect(page.locator("#say_spoken")).to_be_focused()
    page.keyboard.type("quốc lộ số một")
    page.keyboard.press("Enter")
    expect(page.locator(".spoken-text")).to_have_text("Xe chạy trên quốc lộ số một")
    expect(page.locator("input[name=saying_written]")).to_have_value("QL1A")
    assert urlsplit(page.url).path == "/bulletins/new"
    assert not tab.complaints
