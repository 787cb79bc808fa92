"""Help beside one's work, first steps, and the marks of a training world, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import ViewportSize, expect

from tests.e2e.browser.axe import shut_out
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole

TOP_IS_PRACTICE = """() => {
  const band = document.querySelector(".practice-band");
  return band.contains(document.elementFromPoint(40, 10)) && document.documentElement.scrollWidth <= innerWidth;
}"""


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


def test_first_steps_lead_to_their_screens_and_are_put_away(visitor: Visitor) -> None:
    tab = visitor("far-operator")
    page = tab.page
    for width in (360, 1280):
        page.set_viewport_size(ViewportSize(width=width, height=800))
        tab.go("/")
        steps = page.get_by_role("region", name="Những việc đầu tiên")
        expect(steps.get_by_role("listitem")).to_have_count(5)
        assert shut_out(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    steps.get_by_role("link", name="Soạn bản tin đầu tiên và nghe thử", exact=True).click()
    expect(page).to_have_url(re.compile("/bulletins/new"))
    tab.go("/")
    page.get_by_role("button", name="Ẩn hẳn mục này").click()
    expect(page.get_by_text("Đã ẩn.")).to_be_visible()
    expect(steps).to_have_count(0)


def test_a_training_world_looks_like_one_on_every_page_at_every_width(served: ServedConsole, visitor: Visitor) -> None:
    tab = visitor("officer")
    served.console.set(practice=True)
    try:
        for width in (360, 1280):
            tab.page.set_viewport_size(ViewportSize(width=width, height=800))
            for path in ("/", "/practice", "/alerts/new?kind=live", "/cong-khai/"):
                tab.go(path)
                assert tab.page.evaluate(TOP_IS_PRACTICE), (width, path)
                assert shut_out(tab.page) == []
                tab.page.mouse.wheel(0, 600)
                assert tab.page.evaluate(TOP_IS_PRACTICE), (width, path)
    finally:
        served.console.set(practice=False)
