"""Freeze warning while an airing that is about to start is dragged, before it is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import ViewportSize, expect

from cms.platform.web import formats
from tests.builders import recordings
from tests.console import COMMUNE
from tests.e2e.browser.conftest import WIDE, Visitor
from tests.e2e.browser.served_console import ServedConsole, wall_at

NARROW = ViewportSize(width=360, height=740)
DAYS = 20


@pytest.fixture
def nine(served: ServedConsole) -> Iterator[datetime]:
    """Set the console's clock to nine o'clock, some days from now."""
    clock, before = served.console.clock, served.console.clock.at
    starts = wall_at(9, DAYS)
    clock.at = starts.replace(tzinfo=formats.LOCAL).astimezone(UTC)
    yield starts
    clock.at = before


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_what_begins_in_ten_minutes_says_so_while_it_is_dragged_and_on_the_page_behind(
    served: ServedConsole, visitor: Visitor, nine: datetime, size: ViewportSize
) -> None:
    starts = nine + timedelta(minutes=5 if size == WIDE else 10)
    mine = recordings.on_the_way(served.console, length_ms=240_000, starts=starts.isoformat())
    tab = visitor("editor", size=size)
    tab.go(f"/calendar?area={COMMUNE}&day={starts.date().isoformat()}")
    page = tab.page
    expect(page.get_by_text("sắp phát, giữ nguyên").first).to_be_visible()
    airing = page.locator(f".ec-event[data-bulletin='{mine.id}']")
    airing.scroll_into_view_if_needed()
    box = airing.bounding_box()
    assert box is not None
    x, y = box["x"] + 6, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y, steps=3)
    page.mouse.move(x + 30, y, steps=3)
    expect(page.locator("#gesture")).to_contain_text("người duyệt phải nêu lý do")
    page.mouse.up()
    page.goto(f"{tab.url}/bulletins/{mine.id}/move?schedule=1&on={starts.date().isoformat()}")
    expect(page.locator("#frozen")).to_contain_text("15 phút trước giờ phát")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert tab.complaints == []
