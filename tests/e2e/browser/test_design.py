"""Design of the console: every piece in every mode, the frame on a telephone, and forms that keep still."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.browser.axe import shut_out
from tests.e2e.browser.conftest import Picture, Visitor
from tests.e2e.browser.screens import Screens
from tests.e2e.browser.test_every_screen import NARROW, SMALL_TARGETS, THUMB_PX, WIDE
from tests.e2e.browser.waiting import SETTLED, TWO_FRAMES, until

TOP_PX = 96
"""Lowest beginning of a page's content on a telephone, alerts in force or not."""
_PLAIN: dict[str, Any] = {"color_scheme": "light", "contrast": "no-preference", "forced_colors": "none"}
MODES: dict[str, dict[str, Any]] = {
    "light": _PLAIN,
    "dark": _PLAIN | {"color_scheme": "dark"},
    "contrast": _PLAIN | {"contrast": "more"},
    "dark-contrast": _PLAIN | {"color_scheme": "dark", "contrast": "more"},
    "forced": _PLAIN | {"forced_colors": "active"},
}
_GROUND = "(part) => getComputedStyle(part).backgroundColor"
_SIGNS = """() => [...document.querySelectorAll("#c-states .chip:is(.good, .wait, .bad, .unknown)")]
  .map((chip) => getComputedStyle(chip, "::before").maskImage)"""
_FACE = "['16px', '600 16px'].every((size) => document.fonts.check(size + ' \"Be Vietnam Pro\"', 'aắ'))"
_CONTENT_TOP = """(() => {
  const parts = [...document.querySelector("main").children];
  const first = parts.find((part) => part.checkVisibility() && part.getBoundingClientRect().height);
  return first.getBoundingClientRect().top + scrollY;
})()"""


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_piece_is_legible_and_large_enough_in_every_mode(
    width: int, paths: Screens, visitor: Visitor, picture: Picture
) -> None:
    login, path = paths["design"]
    tab = visitor(login, size=ViewportSize(width=width, height=800))
    tab.go(path)
    until(tab.page, _FACE)
    found: dict[str, object] = {}
    for name, media in MODES.items():
        tab.page.emulate_media(**media)
        tab.page.evaluate(TWO_FRAMES)
        small = tab.page.evaluate(SMALL_TARGETS, THUMB_PX)
        overflow = tab.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        shut = shut_out(tab.page)
        if small or overflow > 0 or shut:
            found[name] = (small, overflow, shut)
        picture(tab.page, f"design-{name}-{width}", None, 4200)
        leads = tab.page.locator("#c-buttons button")
        card = tab.page.locator("#c-buttons").evaluate(_GROUND)
        if name != "forced":
            assert leads.nth(0).evaluate(_GROUND) != card
            assert leads.nth(1).evaluate(_GROUND) == card
        signs = tab.page.evaluate(_SIGNS)
        assert len({each for each in signs if each.startswith("url(")}) == len(signs) == 4
    assert found == {}


def test_the_content_begins_at_the_top_of_a_telephone_whatever_is_in_force(paths: Screens, visitor: Visitor) -> None:
    low = {}
    for screen in ("today", "bulletins", "bulletin", "device", "alerts", "editor"):
        login, path = paths[screen]
        tab = visitor(login, size=ViewportSize(width=NARROW, height=740))
        tab.go(path)
        expect(tab.page.locator(".in-force").first).to_contain_text("Tất cả:")
        if (top := tab.page.evaluate(_CONTENT_TOP)) > TOP_PX:
            low[screen] = top
        bar = tab.page.get_by_role("navigation").first.bounding_box()
        assert bar is not None
        assert bar["y"] + bar["height"] == 740
    assert low == {}


def test_the_rest_of_the_menu_opens_over_the_page_and_closes_by_itself(visitor: Visitor) -> None:
    for width in (NARROW, WIDE):
        tab = visitor("editor", size=ViewportSize(width=width, height=740))
        tab.go("/")
        top = tab.page.evaluate(_CONTENT_TOP)
        more = tab.page.locator(".menu-more summary")
        reports = tab.page.get_by_role("link", name="Báo cáo", exact=True)
        expect(reports).to_be_hidden()
        more.click()
        expect(reports).to_be_in_viewport()
        assert tab.page.evaluate(_CONTENT_TOP) == top
        tab.page.keyboard.press("Escape")
        expect(reports).to_be_hidden()
        expect(more).to_be_focused()
        more.click()
        reports.click()
        expect(tab.page.get_by_role("heading", name="Báo cáo", level=1)).to_be_visible()


def test_a_form_keeps_still_while_places_are_sought_and_tells_what_is_chosen(visitor: Visitor) -> None:
    tab = visitor("editor")
    page = tab.page
    tab.go("/bulletins/new")
    page.get_by_label("Tiêu đề").fill("Lịch tiêm chủng")
    page.get_by_label("Tiêu đề").press("Enter")
    page.get_by_label("Lời đọc", exact=True).fill("Bảy giờ ngày mai tại trạm y tế. " * 12)
    page.get_by_label("Hiện trên bảng tin điện tử ở nơi phát").check()
    until(page, SETTLED)
    search = page.get_by_label("Tìm địa bàn")
    search.scroll_into_view_if_needed()
    assert urlsplit(page.url).path == "/bulletins/new"
    before, height = _place(page, "#area-search"), page.locator("#areas").bounding_box()
    search.press_sequentially("zzz")
    told = page.locator("#area-search-hint")
    expect(told).to_have_text("Không có nơi nào tên “zzz”. Thử gõ một phần của tên.")
    search.fill("mui ne")
    search.press("Enter")
    chip = page.get_by_role("list", name="Nơi đã chọn").get_by_role("button")
    expect(chip).to_have_text(["Mũi Né ✕"])
    page.evaluate(TWO_FRAMES)
    until(page, SETTLED)
    page.evaluate(TWO_FRAMES)
    assert _place(page, "#area-search") == pytest.approx(before, abs=1)
    assert page.locator("#areas").bounding_box() == pytest.approx(height, abs=1)
    chip.click()
    expect(page.get_by_label("Mũi Né", exact=True)).not_to_be_checked()
    expect(search).to_be_focused()


def _place(page: Page, selector: str) -> float:
    return round(float(page.locator(selector).evaluate("(part) => part.getBoundingClientRect().top")))


def test_a_date_is_read_as_vietnamese_write_it_and_its_weekday_is_read_back(visitor: Visitor) -> None:
    page = visitor("editor").page
    page.goto("/bulletins/new")
    field = page.get_by_label("Ngày phát")
    told = field.locator("xpath=..").locator("output")
    field.fill("28/11/2026")
    expect(told).to_have_text("Thứ Bảy")
    field.fill("31/2/2026")
    expect(told).to_have_text("không có ngày này")
    field.fill("2026-11-30")
    field.blur()
    expect(field).to_have_value("30/11/2026")
    expect(told).to_have_text("Thứ Hai")
    page.get_by_role("button", name="Mở lịch").first.click()
    chosen = "(native) => { native.value = '2026-12-24'; native.dispatchEvent(new Event('change')); }"
    page.locator(".native").evaluate(chosen)
    expect(field).to_have_value("24/12/2026")
    expect(field).to_be_focused()


def test_the_summary_of_a_refused_form_has_the_focus_and_leads_to_the_fields(visitor: Visitor) -> None:
    page = visitor("operator").page
    page.goto("/feedback/new")
    page.get_by_label("Lúc", exact=True).fill("31/2/2026")
    page.get_by_role("button", name="Lưu", exact=True).click()
    summary = page.locator("#problems")
    expect(summary).to_be_focused()
    assert page.title().startswith("Lỗi: ")
    summary.get_by_role("link", name="Giờ không đúng").click()
    expect(page.locator("#said_at")).to_be_focused()
    expect(page.locator("#said_at")).to_have_value("31/2/2026")
