"""Phrase bank filled by an announcer, one phrase after the other, with Chromium's own microphone."""

from __future__ import annotations

from playwright.sync_api import ViewportSize, expect

from cms.speech.repository import Phrases
from tests.console import COMMUNE
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.waiting import recorded_for_two_seconds

FIRST, SECOND = "chạy lên nơi cao ngay", "rời bờ biển ngay"


def test_a_phrase_is_recorded_listened_to_and_the_next_one_asked_for(served: ServedConsole, visitor: Visitor) -> None:
    announcer = visitor("operator", size=ViewportSize(width=360, height=740))
    page = announcer.page
    announcer.go("/phrases")
    card = page.locator("#phrase-card")
    expect(card).to_contain_text(FIRST)
    page.get_by_role("button", name="Ghi âm bằng micrô").press("Enter")
    page.get_by_role("button", name="Bắt đầu ghi").press("Enter")
    expect(page.locator("[data-time]")).to_contain_text(recorded_for_two_seconds("1:00"))
    page.get_by_role("button", name="Dừng ghi").press("Enter")
    page.get_by_role("button", name="Giữ bản này").click()

    expect(card).to_contain_text(SECOND)
    row = page.locator("#phrase-list li").filter(has_text=FIRST).first
    expect(row).to_contain_text("đang nghe kiểm tra")
    with served.console.context.uow() as uow:
        phrase = uow[Phrases].of_area(COMMUNE, "vi", FIRST)
    assert phrase is not None
    served.runner.run(phrase.job_id)
    # The list is asked for again by itself; the card, where the next recording may be running, is left alone.
    expect(row).not_to_contain_text("đang nghe kiểm tra")
    expect(row).to_contain_text("đã có")
    expect(card).to_contain_text(SECOND)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert announcer.complaints == []
