"""Cues and fades in a real browser: set by pointer, key and typing, played, saved, and made into the sound."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from broadcast.bulletins.model import Bulletin, Cues
from tests.builders import recordings
from tests.e2e.browser.conftest import WIDE, Visitor
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.waiting import INKED, until

NARROW = ViewportSize(width=360, height=740)
LENGTH_S = 10.0


def recorded(served: ServedConsole) -> Bulletin:
    """Make an editor's recording of ten seconds, with its sound."""
    made = recordings.record(served.console, seconds=LENGTH_S)
    served.make_sound(made.id)
    return served.bulletin(made.id)


def at_s(page: Page) -> float:
    return float(page.locator("audio").evaluate("(player) => player.currentTime"))


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_what_is_aired_is_chosen_on_the_outline_and_the_recording_stays(
    served: ServedConsole, visitor: Visitor, size: ViewportSize
) -> None:
    bulletin = recorded(served)
    official = visitor("editor", size=size)
    page = official.page
    official.go(f"/bulletins/{bulletin.id}")
    page.get_by_role("link", name="Cắt và vuốt tiếng").click()
    until(page, INKED)
    until(page, "document.querySelector('audio').duration > 9")
    start, end = (page.get_by_role("slider", name=name) for name in ("Điểm bắt đầu", "Điểm kết thúc"))

    place = page.locator(".cue-place").bounding_box()
    assert place is not None
    y = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + 1, y)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] / 5, y, steps=4)
    page.mouse.up()
    dragged_s = float(page.get_by_label("Bắt đầu ở giây").input_value().replace(",", "."))
    assert dragged_s == pytest.approx(LENGTH_S / 5, abs=0.2)
    start.press("ArrowRight")
    start.press("PageUp")
    assert float(str(start.get_attribute("aria-valuenow"))) / 1000 == pytest.approx(dragged_s + 1.1, abs=0.001)
    start.press("Home")
    expect(page.get_by_label("Bắt đầu ở giây")).to_have_value("0")
    page.get_by_label("Bắt đầu ở giây").fill("2,5")
    expect(start).to_have_attribute("aria-valuenow", "2500")
    end.press("ArrowLeft")
    expect(page.get_by_label("Kết thúc ở giây")).to_have_value("9,9")
    page.get_by_label("Kết thúc ở giây").fill("8")
    page.get_by_label("Tiếng nhỏ dần").fill("1")

    page.get_by_role("button", name="Nghe 3 giây cuối").click()
    until(page, "document.querySelector('audio').currentTime >= 5")
    assert at_s(page) < 8.5
    page.get_by_role("button", name="Nghe 3 giây đầu").click()
    until(page, "document.querySelector('audio').currentTime < 5")
    assert at_s(page) >= 2.5
    page.get_by_role("button", name="Dừng").click()
    until(page, "document.querySelector('audio').paused")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    page.get_by_role("button", name="Lưu và làm lại âm thanh").click()
    page.wait_for_url(lambda url: not url.endswith("/cues"))
    page.get_by_text("tệp gốc giữ nguyên").wait_for()
    cued = served.bulletin(bulletin.id)
    assert (cued.cues, cued.original_sha256) == (Cues(2_500, 8_000, 0, 1_000), bulletin.original_sha256)
    served.make_sound(bulletin.id)
    device = served.bulletin(bulletin.id).sound.rendition("device-opus")
    assert device is not None
    # The part between the cues, and the pause after every item.
    assert device.duration_ms == pytest.approx(6_000, abs=250)
    official.go(f"/bulletins/{bulletin.id}/cues")
    expect(start).to_have_attribute("aria-valuenow", "2500")
    assert not official.complaints
