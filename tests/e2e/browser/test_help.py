"""Help beside one's work, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Visitor


def test_the_question_mark_opens_the_help_of_the_page_and_what_is_typed_stays(visitor: Visitor) -> None:
    tab = visitor("operator")
    page = tab.page
    tab.go("/bulletins/new")
    title = page.get_by_label("Tiêu đề", exact=True)
    title.press_sequentially("Mấy giờ cắt điện?")
    assert len(page.context.pages) == 1
    page.locator("main").focus()
    with page.context.expect_page() as opened:
        page.keyboard.press("?")
    help_page = opened.value
    expect(help_page.get_by_role("heading", level=1)).to_have_text("Soạn một bản tin và cho máy đọc")
    picture = help_page.locator(".help-text img").first
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("(image) => image.naturalWidth") > 100
    expect(title).to_have_value("Mấy giờ cắt điện?")
    # The same window, wherever help is asked for.
    page.locator("[data-help]").click()
    assert len(page.context.pages) == 2
    help_page.locator("[data-help]").click()
    help_page.get_by_label("Bạn muốn làm gì?").fill("duyet ban tin")
    help_page.keyboard.press("Enter")
    help_page.get_by_role("link", name="Duyệt một bản tin").first.click()
    expect(help_page).to_have_url(re.compile("/help/official/approve-a-bulletin$"))

