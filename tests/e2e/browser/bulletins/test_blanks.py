"""Blanks of a template: their own fields write into the title and the text, while the rest is edited too."""

from __future__ import annotations

from playwright.sync_api import expect

from cms.bulletins.service.sharing import TemplateWording
from tests.builders import template_sharing
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole


def test_what_is_written_into_a_blank_stands_in_the_text_at_once(served: ServedConsole, visitor: Visitor) -> None:
    text_of_it = "Tạm ngừng cấp điện từ ... đến ... ở thôn …."
    wording = TemplateWording("Cắt điện", "Cắt điện ngày ...", text_of_it, "notice")
    made = template_sharing.write(served.console, wording=wording)
    tab = visitor("operator")
    page, text = tab.page, tab.page.locator("#text")
    tab.go(f"/bulletins/new?template={made.id}")
    fields = page.get_by_role("group", name="Điền vào chỗ trống").get_by_role("textbox")
    expect(fields).to_have_count(4)
    fields.nth(0).fill("3/12")
    fields.nth(3).fill("Suối Nước")
    fields.nth(1).fill("7 giờ")
    expect(page.locator("#title")).to_have_value("Cắt điện ngày 3/12")
    expect(text).to_have_value("Tạm ngừng cấp điện từ 7 giờ đến ... ở thôn Suối Nước.")
    # An edit before a blank moves it; one of the blank itself ends its field.
    text.press("Home")
    page.keyboard.type("Ngày mai ")
    fields.nth(1).fill("7 giờ 30")
    expect(text).to_have_value("Ngày mai Tạm ngừng cấp điện từ 7 giờ 30 đến ... ở thôn Suối Nước.")
    text.fill("Ngày mai Tạm ngừng cấp điện từ 7 giờ 30 đến 10 giờ ở thôn Suối Nước.")
    expect(fields.nth(2)).to_be_disabled()
    fields.nth(3).fill("")
    expect(text).to_have_value("Ngày mai Tạm ngừng cấp điện từ 7 giờ 30 đến 10 giờ ở thôn ….")
    place = page.locator("#spoken").get_by_role("button", name="ở thôn ▁▁▁")
    place.click()
    assert text.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == "…"
    assert tab.complaints == []
