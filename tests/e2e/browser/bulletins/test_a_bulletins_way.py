"""Bulletin workflow of officials and approvers, in a real browser on the real console."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from broadcast.bulletins.model import BulletinStatus, Targets
from tests.console import COMMUNE, PASSWORD
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import BOTH, TEXT, ServedConsole, tomorrow_at


def test_a_bulletin_is_written_heard_submitted_approved_and_followed(served: ServedConsole, visitor: Visitor) -> None:
    title, at = "Lịch cắt điện ngày mai", tomorrow_at(16)
    official = visitor("editor")
    page = official.page
    official.go("/")
    page.get_by_role("link", name="Soạn bản tin mới").click()
    page.get_by_label("Tiêu đề").fill(title)
    page.get_by_label("Lời đọc").fill(TEXT)
    page.get_by_label("Tìm địa bàn").fill("mui ne")
    page.get_by_label("Mũi Né").check()
    expect(page.get_by_text("Đang chọn 1 xã, phường.")).to_be_visible()
    page.get_by_label("Ngày phát").fill(at.date().isoformat())
    page.get_by_label("Lúc", exact=True).fill("16:00")
    page.get_by_role("button", name="Lưu").click()

    expect(page.get_by_role("progressbar", name="Đang làm âm thanh")).to_be_visible()
    bulletin_id = page.url.rsplit("/", 1)[1]
    assert served.bulletin(bulletin_id).targets == Targets((COMMUNE,))
    served.make_sound(bulletin_id)
    expect(page.locator("audio")).to_be_visible()
    expect(page.locator("#sound")).to_contain_text("đạt yêu cầu")
    # Not by wait_for_function: where it has to ask twice it evaluates a string, which our pages forbid.
    expect(page.locator("audio")).not_to_have_js_property("readyState", 0)
    assert page.locator("audio").evaluate("(audio) => audio.duration") > 1

    page.get_by_role("button", name="Gửi duyệt").click()
    expect(page.get_by_text("Đã gửi duyệt.")).to_be_visible()
    assert served.bulletin(bulletin_id).status is BulletinStatus.SUBMITTED

    approver = visitor("approver")
    approver.go("/")
    approver.page.get_by_role("link", name="Chờ duyệt").click()
    approver.page.get_by_role("link", name=title).click()
    expect(approver.page.get_by_text("1 nơi, 3 loa.")).to_be_visible()
    expect(approver.page.get_by_text("3 loa có thể lỡ")).to_be_visible()
    approver.page.get_by_role("button", name="Duyệt cho phát").click()
    expect(approver.page.get_by_text(f"Đã duyệt “{title}”.")).to_be_visible()

    served.plan()
    page.reload()
    page.get_by_role("link", name="Xem kết quả phát").click()
    expect(page.get_by_text("3 loa trong kế hoạch")).to_be_visible()
    expect(page.get_by_role("link", name="Bản tin", exact=True)).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("row", name="Cụm loa 1")).to_contain_text("Trong kế hoạch")
    assert official.complaints == approver.complaints == []


def test_who_submitted_it_sees_no_approve_button_and_the_server_refuses(
    served: ServedConsole, visitor: Visitor
) -> None:
    bulletin = served.submitted(hour=15, by=BOTH)
    submitter = visitor(BOTH)
    submitter.go(f"/bulletins/{bulletin.id}/approval")
    expect(submitter.page.locator("#not-you")).to_contain_text("không tự duyệt được")
    expect(submitter.page.get_by_role("button", name="Duyệt cho phát")).to_have_count(0)
    status = submitter.page.evaluate(
        """async ([path, version]) => {
          const token = document.querySelector('header [name=csrf_token]').value;
          const form = new URLSearchParams({ csrf_token: token, version, act: 'approve' });
          return (await fetch(path, { method: 'POST', body: form })).status;
        }""",
        [f"/bulletins/{bulletin.id}/approval", str(bulletin.version)],
    )
    assert status == 403
    assert served.bulletin(bulletin.id).status is BulletinStatus.SUBMITTED


def test_a_refused_form_keeps_what_was_typed_and_says_each_problem_beside_its_field(visitor: Visitor) -> None:
    tab = visitor("editor")
    page = tab.page
    tab.go("/bulletins/new")
    page.get_by_label("Lời đọc").fill(TEXT)
    page.get_by_label("Hằng tuần").check()
    page.get_by_label("Lúc", exact=True).fill("05:45")
    page.get_by_label("Thứ Ba").check()
    page.get_by_role("button", name="Lưu").click()

    expect(page.get_by_role("alert").first).to_contain_text("Có 2 chỗ cần sửa")
    for field in (
        page.get_by_role("group", name="Địa bàn phát"),
        page.get_by_label("Từ ngày"),
    ):
        expect(field).to_have_accessible_description(re.compile("Cần điền mục này"))
        expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Lời đọc")).to_have_value(TEXT)
    expect(page.get_by_label("Hằng tuần")).to_be_checked()
    expect(page.get_by_label("Thứ Ba")).to_be_checked()
    expect(page.get_by_label("Lúc", exact=True)).to_have_value("05:45")


def test_a_visitor_may_choose_english_and_go_back(visitor: Visitor) -> None:
    tab = visitor("editor")
    page = tab.page
    tab.go("/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="Today")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.get_by_role("link", name="Hôm nay")).to_be_visible()


def test_the_keyboard_alone_is_enough_to_sign_in_and_approve(served: ServedConsole, visitor: Visitor) -> None:
    title = "Tổng vệ sinh đường làng"
    bulletin = served.submitted(hour=14, title=title)
    tab = visitor()
    page = tab.page

    def tab_to(name: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if name in str(page.evaluate("document.activeElement.innerText || document.activeElement.id")):
                return
        raise AssertionError(f"{name} is not reached with the Tab key")

    tab.go("/approvals")
    tab_to("login")
    page.keyboard.type("approver")
    tab_to("password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Chờ duyệt", exact=True)).to_be_visible()
    tab_to(title)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Quyết định")).to_be_visible()
    tab_to("Duyệt cho phát")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Đã duyệt “{title}”.")).to_be_visible()
    assert served.bulletin(bulletin.id).status is BulletinStatus.APPROVED
