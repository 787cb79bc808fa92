"""A running order in the browser: dragged with a mouse, moved with the keyboard, and put together with one press."""

from __future__ import annotations

import re
from datetime import time

from playwright.sync_api import Page, expect

from tests.builders import bulletins, sessions
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole

TITLES = ("Tin một", "Tin hai", "Tin ba")


def titles(page: Page) -> list[str]:
    return page.locator(".running-order .item .what > a").all_inner_texts()


def test_items_are_ordered_by_dragging_and_by_keyboard(served: ServedConsole, visitor: Visitor) -> None:
    console = served.console
    session, on = sessions.afternoon(console, clock=time(19), name="Buổi tối"), sessions.day_ahead(console)
    for title in TITLES:
        sessions.put(console, bulletins.write(console, title, starts=""), session, on)
    tab = visitor("editor")
    tab.go(f"/sessions/{session.id}?on={on}")
    items = tab.page.locator(".running-order .item")
    items.nth(2).drag_to(items.nth(0), target_position={"x": 20, "y": 4})
    expect(tab.page.get_by_text("Đã đổi thứ tự.")).to_be_visible()
    assert titles(tab.page) == ["Tin ba", "Tin một", "Tin hai"]
    tab.page.get_by_role("button", name="Chuyển xuống: Tin ba").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".running-order .item .what > a").first).to_have_text("Tin một")
    assert titles(tab.page) == ["Tin một", "Tin ba", "Tin hai"]
    # As if dragged: picked up, moved and put back; then dropped, with the focus where the hand was.
    handle, keys = tab.page.get_by_role("button", name="Kéo: Tin hai"), tab.page.keyboard
    handle.focus()
    for key in ("Space", "ArrowUp"):
        keys.press(key)
    expect(tab.page.locator("#order-told")).to_have_text("Tin hai: vị trí 2 trên 3")
    keys.press("Escape")
    assert titles(tab.page) == ["Tin một", "Tin ba", "Tin hai"]
    with tab.page.expect_navigation():
        for key in ("Space", "ArrowUp", "ArrowUp", "Space"):
            keys.press(key)
    expect(tab.page.get_by_role("button", name="Kéo: Tin hai")).to_be_focused()
    assert titles(tab.page) == ["Tin hai", "Tin một", "Tin ba"]


def test_a_bulletin_goes_into_a_session_with_one_press(served: ServedConsole, visitor: Visitor) -> None:
    console = served.console
    session = sessions.afternoon(console, clock=time(19), name="Buổi tối")
    bulletin = bulletins.write(console, "Một lần bấm", starts="")
    tab = visitor("editor")
    tab.go(f"/bulletins/{bulletin.id}")
    # Which days are offered depends on the hour, and on the commune's other sessions.
    tab.page.get_by_role("button", name=re.compile(f"Cho vào buổi 19:00 .* · {session.name}")).first.click()
    expect(tab.page.get_by_text("Đã đưa vào buổi phát.")).to_be_visible()
