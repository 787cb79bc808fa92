"""Waveform of a sound in a real browser: drawn, and controlling the player by pointer and by key, at either width."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.browser.conftest import WIDE, Visitor
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.waiting import INKED, until

NARROW = ViewportSize(width=360, height=740)


def at_s(page: Page) -> float:
    return float(page.locator("audio").evaluate("(player) => player.currentTime"))


@pytest.mark.parametrize(("size", "hour"), [(WIDE, 10), (NARROW, 11)])
def test_a_sound_is_seen_and_heard_from_where_one_points(
    served: ServedConsole, visitor: Visitor, size: ViewportSize, hour: int
) -> None:
    bulletin = served.submitted(days=3, hour=hour, title=f"Sóng âm {hour}")
    official = visitor("editor", size=size)
    official.go(f"/bulletins/{bulletin.id}")
    page, place = official.page, official.page.get_by_role("slider", name="Vị trí trong âm thanh")
    until(page, "document.querySelector('audio').duration > 0")
    whole_s = float(page.locator("audio").evaluate("(player) => player.duration"))
    until(page, INKED)

    box = place.bounding_box()
    assert box is not None
    place.click(position={"x": box["width"] / 2, "y": 10})
    assert at_s(page) == pytest.approx(whole_s / 2, abs=0.2)
    expect(place).to_have_attribute("aria-valuenow", str(round(at_s(page))))
    place.press("Home")
    assert at_s(page) == 0
    place.press("ArrowRight")
    assert at_s(page) == pytest.approx(5, abs=0.1)
    expect(page.locator("[data-at]")).to_have_text("0:05")
    place.press(" ")
    until(page, "document.querySelector('audio').paused === false")
    place.press(" ")
    until(page, "document.querySelector('audio').paused")
    page.get_by_text("Độ to trước và sau khi chỉnh").click()
    expect(page.get_by_role("img", name="Độ to theo thời gian")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert not official.complaints
