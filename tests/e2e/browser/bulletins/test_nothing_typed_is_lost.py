"""Typed input survives a session's end, a broken line, Back, a reload, and another person at the computer."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from broadcast.bulletins.model import Bulletin
from tests.e2e.browser.axe import shut_out
from tests.e2e.browser.conftest import WIDE, BrowserTab, Visitor
from tests.e2e.browser.served_console import ServedConsole, tomorrow_at
from tests.e2e.browser.signing_in import dialog, end_sessions, sign_in_on_page, sign_in_over
from tests.e2e.browser.waiting import until

SEED: Final = 14
ENDS: Final = 10
AUTOSAVE: Final = "**/bulletins/autosave"
LATE: Final = re.compile(r"^(?!.*/abilities\.).*\.js")
"""Scripts that no page waits for."""
STEPS: Final = 25
NARROW: Final = ViewportSize(width=360, height=740)
TITLE, TEXT = "Lịch phun thuốc muỗi", "Bảy giờ sáng mai, tổ dân phố phun thuốc muỗi. Bà con đóng cửa, cất đồ ăn."
THIRD = "Phun thuốc muỗi đợt ba, khu phố năm"
MORE, ON_BOARD = " Xong việc một giờ sau hãy mở cửa.", "Phun thuốc muỗi 7 giờ sáng mai"


@contextmanager
def cookies_lost_before(page: Page, path: str) -> Iterator[None]:
    """Have the page lose its cookies after what is typed inside, and before its requests to the path are sent.

    Lost earlier, any part that the page renews by itself may open the dialog while one types, which takes the keys.
    """
    held: list[Route] = []
    is_lost = False

    def hold(route: Route) -> None:
        if is_lost:
            route.continue_()
        else:
            held.append(route)

    page.route(path, hold)
    with page.expect_request(path):
        yield
    page.context.clear_cookies()
    is_lost = True
    for route in held:
        route.continue_()


@dataclass
class Day:
    """An official's day; before some of its steps the session ends, in one of three ways."""

    served: ServedConsole
    tab: BrowserTab
    login: str
    chance: random.Random
    moments: set[int]
    taken: int = 0
    ended: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.tab.page

    def step(self) -> Page:
        self.taken += 1
        if self.taken in self.moments:
            way = self.chance.choice(["revoked", "session", "cookies"])
            self.end(way)
        return self.page

    def end(self, way: str) -> None:
        self.ended.append(way)
        if way == "revoked":
            end_sessions(self.served.console, self.login)
        else:
            self.page.context.clear_cookies(**({"name": "loa_session"} if way == "session" else {}))

    def write(self, label: str, text: str) -> None:
        # The label of the date holds a second one, which is hidden.
        self.step().get_by_label(label, exact=label != "Ngày phát").fill(text)

    def tick(self, label: str) -> None:
        self.step().get_by_label(label, exact=True).check()

    def press(self, name: str, then: Locator) -> None:
        self.step().get_by_role("button", name=name, exact=True).last.click()
        expect(then).to_be_visible()

    def go(self, path: str, then: str | re.Pattern[str]) -> None:
        """Open the page, signing in first where there is no session, and wait for its heading."""
        self.step()
        self.tab.go(path)
        if "/sign-in" in self.page.url:
            sign_in_on_page(self.served.console, self.page, self.login)
        expect(self.page.get_by_role("heading", name=then, level=1)).to_be_visible()


def test_a_day_with_the_session_ended_at_ten_random_moments_loses_nothing(
    served: ServedConsole, visitor: Visitor
) -> None:
    chance, login = random.Random(SEED), "operator"
    tab = visitor(login)
    day = Day(served, tab, login, chance, set(chance.sample(range(2, STEPS + 1), ENDS)))
    page = tab.page
    page.add_locator_handler(dialog(page), lambda: sign_in_over(served.console, page, login))
    saved, at = page.get_by_text("Đã lưu."), tomorrow_at(17)

    day.go("/bulletins/new", "Soạn bản tin mới")
    day.write("Tiêu đề", TITLE)
    day.write("Lời đọc", TEXT)
    day.write("Chữ trên bảng tin", ON_BOARD)
    day.tick("Mũi Né")
    day.write("Ngày phát", at.date().isoformat())
    day.write("Lúc", "17:00")
    day.press("Lưu", saved)
    found = served.bulletin(page.url.rsplit("/", 1)[1])
    assert (found.title, found.text, found.board and found.board.text) == (TITLE, TEXT, ON_BOARD)
    assert [each.starts for each in found.schedules] == [at]

    day.go(f"/bulletins/{found.id}/edit", "Sửa bản tin")
    day.press("Thêm lịch phát", page.get_by_role("group", name="Lịch phát 2", exact=True))
    second = page.get_by_role("group", name="Lịch phát 2", exact=True)
    day.step()
    second.get_by_label("Ngày phát").fill(tomorrow_at(6).date().isoformat())
    day.step()
    second.get_by_label("Lúc", exact=True).fill("06:30")
    day.write("Lời đọc", TEXT + MORE)
    day.press("Lưu", saved)
    found = served.bulletin(found.id)
    assert (found.text, len(found.schedules)) == (TEXT + MORE, 2)

    day.go("/feedback/new", "Ghi phản ánh mới")
    day.write("Người dân nói gì", "Loa ở ngõ 3 nhỏ quá, không nghe rõ.")
    day.write("Cách liên hệ để trả lời (không bắt buộc)", "Gặp ở trụ sở thôn")
    day.press("Lưu", page.get_by_text("Loa ở ngõ 3 nhỏ quá, không nghe rõ.").first)

    # Left halfway by the menu, found again on Today.
    day.go("/bulletins/new", "Soạn bản tin mới")
    day.write("Tiêu đề", "Họp tổ dân phố")
    day.write("Lời đọc", "Tối thứ Bảy họp tổ dân phố ở nhà văn hóa.")
    day.go("/", re.compile("Hôm nay"))
    page.get_by_role("main").get_by_role("link", name="Họp tổ dân phố").first.click()
    page.wait_for_url("**draft=*")
    day.step()
    expect(page.get_by_label("Tiêu đề", exact=True)).to_have_value("Họp tổ dân phố")
    expect(page.get_by_label("Lời đọc", exact=True)).to_have_value("Tối thứ Bảy họp tổ dân phố ở nhà văn hóa.")
    day.tick("Mũi Né")
    day.press("Lưu", saved)
    found = served.bulletin(page.url.rsplit("/", 1)[1])
    assert (found.title, found.text) == ("Họp tổ dân phố", "Tối thứ Bảy họp tổ dân phố ở nhà văn hóa.")

    assert day.taken == STEPS
    assert len(day.ended) == ENDS
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('loa-kept:'))") == []
    # Only refusals for lack of a session: no inline script, no broken page.
    assert [each for each in tab.complaints if "401" not in each and "400" not in each] == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_session_that_ends_while_one_writes_is_signed_in_over_the_form(
    served: ServedConsole, visitor: Visitor, size: ViewportSize
) -> None:
    tab = visitor("operator", size=size)
    page = tab.page
    tab.go("/bulletins/new")
    page.get_by_label("Tiêu đề", exact=True).fill(TITLE)
    with cookies_lost_before(page, "**/bulletins/spoken"):
        page.get_by_label("Lời đọc", exact=True).press_sequentially("Kính mời bà con")
    expect(dialog(page)).to_be_visible()
    expect(dialog(page)).to_contain_text("Những gì bạn đã gõ vẫn còn")
    assert shut_out(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    dialog(page).get_by_label("Tên đăng nhập").fill("operator")
    dialog(page).get_by_label("Mật khẩu").fill("sai")
    page.keyboard.press("Enter")
    expect(dialog(page).get_by_role("alert")).to_contain_text("không đúng")
    sign_in_over(served.console, page, "operator")
    expect(page.get_by_label("Tiêu đề", exact=True)).to_have_value(TITLE)
    expect(page.get_by_label("Lời đọc", exact=True)).to_have_value("Kính mời bà con")
    expect(page.locator("#spoken")).to_contain_text("Kính mời bà con")


def test_the_second_factor_is_asked_for_over_the_form_too(served: ServedConsole, visitor: Visitor) -> None:
    tab = visitor("officer")
    page = tab.page
    tab.go("/tickets/new")
    page.get_by_label("Địa bàn", exact=True).select_option(label="Mũi Né")
    page.get_by_label("Cần làm gì, hỏng thế nào").fill("Loa kêu rè cả buổi sáng.")
    page.context.clear_cookies(name="loa_session")
    page.get_by_role("button", name="Lập phiếu", exact=True).click()
    sign_in_over(served.console, page, "officer")
    expect(page.get_by_text("Loa kêu rè cả buổi sáng.").first).to_be_visible()


def test_without_a_line_nothing_is_sent_and_the_words_stay(served: ServedConsole, visitor: Visitor) -> None:
    tab = visitor("operator")
    page = tab.page
    tab.go("/bulletins/new")
    page.get_by_label("Tiêu đề", exact=True).fill(TITLE)
    page.get_by_label("Lời đọc", exact=True).fill(TEXT)
    page.context.set_offline(True)
    page.get_by_role("button", name="Lưu", exact=True).last.click()
    unsent = page.get_by_role("alert").filter(has_text="không liên lạc được với máy chủ")
    expect(unsent).to_be_visible()
    expect(page.get_by_label("Tiêu đề", exact=True)).to_have_value(TITLE)
    page.context.set_offline(False)
    expect(page.get_by_text("Đã liên lạc lại được")).to_be_visible()
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.get_by_text("Đã lưu.")).to_be_visible()
    found = served.bulletin(page.url.rsplit("/", 1)[1])
    assert (found.title, found.text) == (TITLE, TEXT)


def test_a_draft_saves_itself_and_is_there_by_back_by_the_menu_and_on_another_computer(visitor: Visitor) -> None:
    tab = visitor("operator")
    page = tab.page
    tab.go("/bulletins/new")
    page.get_by_label("Tiêu đề", exact=True).fill(THIRD)
    page.get_by_label("Lời đọc", exact=True).fill(TEXT)
    page.get_by_role("button", name="Thêm lịch phát").click()
    page.get_by_role("group", name="Lịch phát 2", exact=True).get_by_label("Lúc", exact=True).fill("06:30")
    page.wait_for_url("**/bulletins/new?draft=*")
    expect(page.locator("#autosaved")).to_have_text(re.compile(r"Đã lưu nháp lúc \d\d:\d\d"))

    def is_there(page: Page) -> None:
        expect(page.get_by_label("Tiêu đề", exact=True)).to_have_value(THIRD)
        expect(page.get_by_label("Lời đọc", exact=True)).to_have_value(TEXT)
        second = page.get_by_role("group", name="Lịch phát 2", exact=True)
        expect(second.get_by_label("Lúc", exact=True)).to_have_value("06:30")
        expect(page.get_by_role("button", name="Dùng lại")).to_have_count(0)

    page.get_by_role("navigation").get_by_role("link", name="Lịch phát", exact=True).click()
    expect(page.get_by_role("heading", name="Lịch phát", level=1)).to_be_visible()
    page.go_back()
    is_there(page)
    other = visitor("operator")
    other.go("/bulletins")
    other.page.get_by_role("main").get_by_role("link", name=THIRD).first.click()
    is_there(other.page)
    # In two windows at once the second is told, and nothing it typed is gone. The page says when it was saved before.
    with other.page.expect_response(AUTOSAVE) as first:
        other.page.get_by_label("Tiêu đề", exact=True).fill("Phun thuốc muỗi đợt ba")
    assert first.value.ok
    page.get_by_label("Tiêu đề", exact=True).fill("Phun thuốc muỗi đợt hai")
    expect(page.locator("#autosaved")).to_contain_text("cửa sổ khác")
    page.get_by_role("button", name="Giữ bản này").click()
    expect(page.locator("#autosaved")).to_have_text(re.compile(r"Đã lưu nháp lúc \d\d:\d\d"))
    page.get_by_role("button", name="Bỏ bản nháp").click()
    expect(page.get_by_text("Đã bỏ bản nháp.")).to_be_visible()
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.get_by_label("Tiêu đề", exact=True)).to_have_value("Phun thuốc muỗi đợt hai")
    page.get_by_role("button", name="Bỏ bản nháp").click()
    expect(page.get_by_role("button", name="Hoàn tác")).to_be_visible()
    assert [each for each in tab.complaints if "409" not in each] == []
    assert other.complaints == []


def test_of_two_windows_the_later_is_told_and_a_request_that_arrives_late_takes_nothing_back(visitor: Visitor) -> None:
    tab, other = visitor("operator"), visitor("operator")
    page, title = tab.page, tab.page.get_by_label("Tiêu đề", exact=True)
    tab.go("/bulletins/new")
    with page.expect_response(AUTOSAVE):
        title.fill("Bản đầu")
    page.wait_for_url("**draft=*")
    path = page.url.removeprefix(tab.url)
    other.go(path)
    # The window that types first is second at the server.
    held: list[Route] = []
    other.page.route(AUTOSAVE, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    with other.page.expect_request(AUTOSAVE):
        other.page.get_by_label("Tiêu đề", exact=True).fill("Gõ trước, đến sau")
    with page.expect_response(AUTOSAVE) as saved:
        title.fill("Gõ sau, đến trước")
    assert saved.value.ok
    held.pop().continue_()
    expect(other.page.locator("#autosaved")).to_contain_text("cửa sổ khác")
    expect(other.page.get_by_label("Tiêu đề", exact=True)).to_have_value("Gõ trước, đến sau")
    # A save is on its way when the page is left, and arrives after what the page has sent in leaving.
    page.route(AUTOSAVE, lambda route: held.append(route))  # noqa: PLW0108 - as above
    with page.expect_request(AUTOSAVE) as late:
        title.fill("Viết đến đây")
    page.unroute(AUTOSAVE)
    title.fill("Viết đến đây rồi rời trang")
    with page.expect_response(AUTOSAVE) as last:
        # As when it is left, but that its answer is seen.
        page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    assert last.value.ok
    request = late.value
    assert page.context.request.post(request.url, headers=request.headers, data=request.post_data_buffer).ok
    other.go(path)
    expect(other.page.get_by_label("Tiêu đề", exact=True)).to_have_value("Viết đến đây rồi rời trang")


def test_what_is_typed_while_the_browsers_copy_is_on_its_way_goes_over_it(visitor: Visitor) -> None:
    page = (tab := visitor("operator")).page
    tab.go("/bulletins/new")
    page.get_by_label("Tiêu đề", exact=True).fill("Bản trên máy chủ")
    page.wait_for_url("**draft=*")
    page.route(AUTOSAVE, lambda route: route.abort())
    page.get_by_label("Tiêu đề", exact=True).fill("Bản trong trình duyệt")
    page.get_by_label("Lời đọc", exact=True).fill(TEXT)
    expect(page.locator("#autosaved")).to_contain_text("mất kết nối")
    held: list[Route] = []
    page.route(AUTOSAVE, lambda route: route.continue_() if held else held.append(route))
    with page.expect_request(AUTOSAVE):
        page.reload()
    page.get_by_label("Chữ trên bảng tin", exact=True).fill("Phun thuốc muỗi sáng mai")
    with page.expect_navigation():
        held[0].continue_()
    expect(page.get_by_label("Tiêu đề", exact=True)).to_have_value("Bản trong trình duyệt")
    expect(page.get_by_label("Lời đọc", exact=True)).to_have_value(TEXT)
    expect(page.get_by_label("Chữ trên bảng tin", exact=True)).to_have_value("Phun thuốc muỗi sáng mai")


@pytest.mark.parametrize(
    ("path", "label"),
    [("/bulletins/new", "Chữ trên bảng tin"), ("/feedback/new", "Cách liên hệ")],
    ids=["draft", "form"],
)
def test_what_is_typed_before_the_scripts_have_come_is_kept(visitor: Visitor, path: str, label: str) -> None:
    tab = visitor("operator")
    page, held = tab.page, list[Route]()
    page.route(LATE, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    page.goto(tab.url + path, wait_until="commit")
    expect(page.locator(".foot")).to_be_attached()
    page.get_by_label(label).fill("gõ trước khi có mã")
    assert page.evaluate("typeof window.loaUnsaved") == "undefined"
    for route in held:
        route.continue_()
    page.unroute(LATE)
    if path == "/bulletins/new":
        page.wait_for_url("**draft=*")
    else:
        until(page, "Object.values(localStorage).some((each) => each.includes('gõ trước khi có mã'))")


def test_another_person_is_offered_nothing_and_leaves_nothing_behind(served: ServedConsole, visitor: Visitor) -> None:
    tab = visitor("operator")
    page = tab.page
    tab.go("/feedback/new")
    page.get_by_label("Người dân nói gì").fill("Loa ở ngõ 3 nhỏ quá.")
    page.context.clear_cookies()
    tab.go("/sign-in")
    sign_in_on_page(served.console, page, "editor")
    expect(page.get_by_role("heading", name=re.compile("Hôm nay"))).to_be_visible()
    tab.go("/feedback/new")
    expect(page.get_by_label("Người dân nói gì")).to_have_value("")
    expect(page.get_by_role("button", name="Dùng lại")).to_have_count(0)
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url("**/sign-in")
    assert page.evaluate("Object.keys(localStorage)") == []


def test_secrets_are_never_kept(served: ServedConsole, visitor: Visitor) -> None:
    bulletin: Bulletin = served.submitted(hour=11, days=9, title="Tin để trả lại")
    tab = visitor("officer")
    page = tab.page
    tab.go("/alerts/new")
    page.get_by_role("link").first.wait_for()
    kept = page.evaluate(
        """() => {
          const form = document.createElement("form");
          form.method = "post";
          const fields = ["reason", "code", "word"].map((name) => `<input name="${name}">`);
          fields.push('<input type="password" name="p">', '<input autocomplete="new-password" name="shown">');
          form.innerHTML = fields.join("");
          document.querySelector("main").append(form);
          [...form.elements].forEach((each) => {
            each.value = `bi mat ${each.name}`;
            each.dispatchEvent(new Event("input", { bubbles: true }));
          });
          window.dispatchEvent(new Event("pagehide"));
          return Object.values(localStorage).join();
        }"""
    )
    assert "bi mat reason" in kept
    assert not re.search("bi mat (code|word|p|shown)", kept)
    assert bulletin.title not in kept


def test_a_button_pressed_without_a_session_does_its_work_after_the_sign_in(
    served: ServedConsole, visitor: Visitor
) -> None:
    tab = visitor("operator")
    page = tab.page
    tab.go("/bulletins/new")
    page.context.clear_cookies()
    page.get_by_role("button", name="Thêm lịch phát").click()
    sign_in_over(served.console, page, "operator")
    expect(page.get_by_role("group", name="Lịch phát 2", exact=True)).to_be_visible()
