"""CAP message entered by hand, from the list of alerts to its draft."""

from __future__ import annotations

from playwright.sync_api import expect

from cms.exchange.cap.writer import write
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.exchange_data import fresh
from tests.e2e.browser.served_console import ServedConsole


def test_a_file_given_by_hand_is_checked_in_sight_and_becomes_a_draft(served: ServedConsole, visitor: Visitor) -> None:
    document = write(fresh(served.console, "by-hand"))
    tab = visitor("officer")
    page = tab.page
    tab.go("/alerts")
    page.get_by_role("link", name="Trao đổi với nơi khác").click()
    page.get_by_role("link", name="Nhận một tin CAP").click()
    page.get_by_role("button", name="Kiểm tra").click()
    expect(page.get_by_role("alert").filter(has_text="Hãy chọn một tệp")).to_be_visible()
    # The browser notes the refusal's status, as it should be.
    assert all("422" in each for each in tab.complaints)
    tab.complaints.clear()
    page.get_by_label("Tệp").set_input_files({"name": "tin.xml", "mimeType": "text/xml", "buffer": document})
    page.get_by_role("button", name="Kiểm tra").click()
    expect(page.get_by_text("Không có chữ ký.")).to_be_visible()
    page.get_by_role("button", name="Ghi nhận và soạn bản nháp").click()
    page.get_by_role("link", name="Mở cảnh báo").click()
    expect(page.get_by_role("heading", name="Cảnh báo lũ quét", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Tin từ nơi khác")).to_be_visible()
    assert tab.complaints == []
