"""An emergency officer's alert by telephone: session, line and tab end in the middle; a second officer approves it."""

from __future__ import annotations

import re

from playwright.sync_api import Response, expect

from broadcast.alerts.model import AlertStatus
from tests.builders import alerts
from tests.builders.alerts import SECOND
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.shoes.telephone import TELEPHONE, Telephone, fits
from tests.e2e.browser.signing_in import end_sessions, sign_in_over

TEXT = "Lũ quét ở suối Tiên. Bà con lên nơi cao ngay."
HEADLINE = "Cảnh báo lũ quét ở suối Tiên"


def saved(response: Response) -> bool:
    return response.url.endswith("/draft") and response.ok


def test_an_alert_written_through_every_interruption_is_approved_by_a_second_officer(
    served: ServedConsole, visitor: Visitor
) -> None:
    console = served.console
    alerts.staff(console)
    officer = Telephone.of(visitor("officer", size=TELEPHONE))
    page = officer.page
    page.goto(f"{served.url}/alerts/new?kind=live")
    page.get_by_role("button", name="Lũ quét").click()
    page.wait_for_url("**/edit")
    path = page.url
    alert_id = path.split("/")[-2]
    page.get_by_label("Tìm địa bàn").fill("mui ne")
    page.get_by_label("Tìm địa bàn").press("Enter")
    expect(page.get_by_label("Dòng đầu")).to_have_value(re.compile("Mũi Né"))

    end_sessions(console, "officer")
    page.get_by_label("Lời đọc tiếng Việt").fill(TEXT)
    with page.expect_response(saved):
        sign_in_over(console, page, "officer")
    expect(page.locator("#saved")).to_be_visible()
    assert alerts.stored(console, alert_id).wordings[0].text == TEXT

    officer.cut_line()
    page.get_by_label("Dòng đầu").fill(HEADLINE)
    expect(page.get_by_text("Chưa lưu được những gì vừa gõ.")).to_be_visible()
    page = officer.reopen(path, keeping=HEADLINE)
    with page.expect_response(saved):
        page.get_by_role("button", name="Dùng lại").click()
    expect(page.get_by_label("Dòng đầu")).to_have_value(HEADLINE)
    expect(page.get_by_label("Lời đọc tiếng Việt")).to_have_value(TEXT)
    alerts.make_sounds(console, alerts.stored(console, alert_id))
    page.get_by_label("Gõ chữ THẬT").fill("thật")
    fits(page)
    page.get_by_role("button", name="Gửi người thứ hai duyệt").click()
    expect(page.get_by_text("Đã gửi. Người thứ hai phải duyệt")).to_be_visible()

    page = Telephone.of(visitor(SECOND, size=TELEPHONE)).page
    page.goto(served.url)
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
