"""Recording shortened in the calendar: by its end on the timeline, and as a way out of a clash."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from broadcast.bulletins.cues import ADDED_MAX_MS, FADE_MS
from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.model import Bulletin, BulletinStatus, Cues
from tests.builders import bulletins, recordings
from tests.console import COMMUNE
from tests.e2e.browser.conftest import WIDE, Visitor
from tests.e2e.browser.served_console import ServedConsole, wall_at
from tests.e2e.browser.waiting import SETTLED, until
from tests.integration.media.sounds import bursts, write_wav

DAYS = 12
NARROW = ViewportSize(width=360, height=740)
QUARTER_MS = 15 * 60_000


def _at(hour: int) -> datetime:
    return wall_at(hour, DAYS)


def _calendar(view: str) -> str:
    return f"/calendar?area={COMMUNE}&day={_at(0).date().isoformat()}&view={view}"


def _on_the_way(served: ServedConsole, hour: int) -> Bulletin:
    return recordings.on_the_way(served.console, length_ms=QUARTER_MS, starts=_at(hour).isoformat())


def _lead_end(page: Page, bulletin: Bulletin, minutes: int) -> None:
    """Drag the end of its airing, which lasts a quarter of an hour, by so many minutes."""
    airing = page.locator(f".ec-event[data-bulletin='{bulletin.id}']")
    airing.scroll_into_view_if_needed()
    airing.hover()
    handle = airing.locator(".ec-resizer").bounding_box()
    assert handle is not None
    minute = airing.evaluate("(airing) => parseFloat(airing.style.inlineSize) / 15")
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for part in (0.25, 0.5, 1.0):
        page.mouse.move(x + part * minutes * minute, y)


def test_the_end_of_an_airing_is_dragged_to_a_length_that_is_seen_and_saved(
    served: ServedConsole, visitor: Visitor
) -> None:
    mine = _on_the_way(served, 9)
    tab = visitor("editor")
    tab.go(_calendar("close"))
    page = tab.page
    _lead_end(page, mine, -5)
    expect(page.locator("#gesture")).to_contain_text("dài 10:00")
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Dài (phút:giây)")).to_have_value("10:00")
    expect(dialog.get_by_text("sẽ thu hồi các lần phát còn lại")).to_be_visible()
    expect(page.locator("#gesture")).to_be_empty()
    dialog.get_by_role("button", name="Lưu và làm lại âm thanh").click()
    expect(page.get_by_text("Đã đổi độ dài")).to_be_visible()
    saved = served.bulletin(mine.id)
    assert (saved.status, saved.cues) == (BulletinStatus.DRAFT, Cues(0, 600_000 - ADDED_MAX_MS, 0, FADE_MS))
    assert tab.complaints == []


def test_an_end_dragged_too_far_says_how_long_the_recording_is_and_goes_back(
    served: ServedConsole, visitor: Visitor
) -> None:
    mine = _on_the_way(served, 11)
    tab = visitor("editor")
    tab.go(_calendar("close"))
    page = tab.page
    width = f"""document.querySelector(".ec-event[data-bulletin='{mine.id}']").offsetWidth"""
    until(page, SETTLED)
    page.locator(f".ec-event[data-bulletin='{mine.id}']").wait_for()
    before = page.evaluate(width)
    _lead_end(page, mine, 5)
    page.mouse.up()
    expect(page.get_by_role("dialog").get_by_text("Bản ghi chỉ đủ phát 15:00")).to_be_visible()
    page.get_by_role("button", name="Đóng").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    # The timeline is drawn again in a frame of its own.
    until(page, f"{width} === {before}")
    assert served.bulletin(mine.id) == mine


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_by_keyboard_a_clash_is_resolved_by_shortening_and_what_is_made_fits(
    served: ServedConsole, visitor: Visitor, size: ViewportSize
) -> None:
    hour = 13 if size == WIDE else 15
    bulletins.on_the_way(served.console, "Khác", starts=_at(hour).replace(second=10).isoformat())
    with tempfile.TemporaryDirectory() as folder:
        path = write_wav(Path(folder) / "tin.wav", bursts(-24, seconds=14))
        sha256 = served.console.context.content.put_file(path)
    written = bulletins.write(served.console, starts=_at(hour - 1).isoformat())
    mine = bulletins.edit(served.console, written, text="", original_sha256=sha256, original_name="tin.wav")
    served.make_sound(mine.id)
    tab = visitor("editor", size=size)
    day = _at(hour).date().isoformat()
    tab.go(f"/bulletins/{mine.id}/move?schedule=1&on={day}&to={_at(hour).isoformat(timespec='minutes')}")
    page = tab.page
    page.get_by_role("button", name="Rút ngắn còn 0:10").press("Enter")
    expect(page.get_by_text("Đã đổi độ dài")).to_be_visible()
    served.make_sound(mine.id)
    saved = served.bulletin(mine.id)
    made = saved.sound.rendition(DEVICE_RENDITION)
    assert made is not None
    assert 8_000 <= made.duration_ms <= 10_000
    assert saved.original_sha256 == sha256
    page.reload()
    page.get_by_role("button", name="Gửi duyệt").press("Enter")
    expect(page.get_by_text("Đã gửi duyệt.")).to_be_visible()
