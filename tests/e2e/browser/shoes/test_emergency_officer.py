"""An emergency officer's alert by telephone: session, line and tab end in the middle; a second officer approves it."""

from __future__ import annotations

import re

from playwright.sync_api import Response, expect

from broadcast.alerts.model import AlertStatus
from tests.builders import alerts
from tests.builders.alerts import SECOND
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.shoes.journey import Journey, Shoes, fits, walked_in

FIRST_TEXT = "Lũ quét ở suối Tiên."
TEXT = "Lũ quét ở suối Tiên. Bà con lên nơi cao ngay."
HEADLINE = "Cảnh báo lũ quét ở suối Tiên"


def saved(response: Response) -> bool:
    return response.url.endswith("/draft") and response.ok


@walked_in(Shoes.EMERGENCY_OFFICER, "officer")
def test_an_alert_written_through_every_interruption_is_approved_by_a_second_officer(
    served: ServedConsole, journey: Journey
) -> None:
    console = served.console
    alerts.staff(console)
    page = journey.go("/alerts/new?kind=live")
    page.get_by_role("button", name="Lũ quét").click()
    page.wait_for_url("**/edit")
    path = page.url.removeprefix(journey.url)
    alert_id = path.split("/")[-2]
    page.get_by_label("Tìm địa bàn").fill("mui ne")
    page.get_by_label("Tìm địa bàn").press("Enter")
    expect(page.get_by_label("Dòng đầu")).to_have_value(re.compile("Mũi Né"))

    journey.end_sessions()
    page.get_by_label("Lời đọc tiếng Việt").fill(FIRST_TEXT)
    with page.expect_response(saved):
        journey.sign_in_over(page)
    expect(page.locator("#saved")).to_be_visible()
    assert alerts.stored(console, alert_id).wordings[0].text == FIRST_TEXT

    journey.stop()
    page.get_by_label("Lời đọc tiếng Việt").fill(TEXT)
    expect(page.get_by_text("Chưa lưu được những gì vừa gõ.")).to_be_visible()
    with page.expect_response(saved):
        journey.start()
    assert alerts.stored(console, alert_id).wordings[0].text == TEXT

    journey.cut_line()
    page.get_by_label("Dòng đầu").fill(HEADLINE)
    expect(page.get_by_text("Chưa lưu được những gì vừa gõ.")).to_be_visible()
    page = journey.reopen(path, keeping=HEADLINE)
    with page.expect_response(saved):
        page.get_by_role("button", name="Dùng lại").click()
    expect(page.get_by_label("Dòng đầu")).to_have_value(HEADLINE)
    expect(page.get_by_label("Lời đọc tiếng Việt")).to_have_value(TEXT)
    alerts.make_sounds(console, alerts.stored(console, alert_id))
    page.get_by_label("Gõ chữ THẬT").fill("thật")
    fits(page)
    page.get_by_role("button", name="Gửi người thứ hai duyệt").click()
    expect(page.get_by_text("Đã gửi. Người thứ hai phải duyệt")).to_be_visible()

    second = journey.companion(SECOND)
    page = second.page
    second.go("/")
    page.locator(f'#tasks a[href="/alerts/{alert_id}"]').click()
    expect(page.get_by_text(TEXT, exact=True)).to_be_visible()
    fits(page)
    page.get_by_label("Gõ chữ THẬT").fill("THẬT")
    page.locator("#code").fill(console.code(SECOND))
    page.get_by_role("button", name="Duyệt và phát ngay", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Đã duyệt.")
    found = alerts.stored(console, alert_id)
    assert (found.status, found.headline, found.wordings[0].text) == (AlertStatus.ACTIVE, HEADLINE, TEXT)
    alerts.end_all(console)
