"""Relay source written by one person and approved by another; a bulletin relays it; it is taken off air."""

from __future__ import annotations

from datetime import datetime

from playwright.sync_api import Page, expect

from cms.bulletins.repository.bulletins import Plans
from tests.console import COMMUNE
from tests.e2e.browser.conftest import BrowserTab, Visitor
from tests.e2e.browser.served_console import ServedConsole, wall_at


def test_a_source_is_written_approved_relayed_and_suspended(served: ServedConsole, visitor: Visitor) -> None:
    editor = visitor("editor")
    editor.go("/relay-sources/new")
    page = editor.page
    page.get_by_label("Tên chương trình").fill("Đài quê hương")
    page.get_by_label("Dùng cho địa bàn").select_option(COMMUNE)
    page.get_by_label("Địa chỉ, mỗi dòng một địa chỉ").fill("đài quê hương")
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator(".error").get_by_text("không phải địa chỉ luồng")).to_be_visible()
    expect(page.get_by_label("Tên chương trình")).to_have_value("Đài quê hương")
    page.get_by_label("Địa chỉ, mỗi dòng một địa chỉ").fill("https://stream.example/que-huong.mp3")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("Người khác phải duyệt trước khi dùng.")).to_be_visible()

    approver = visitor("approver")
    approver.go("/relay-sources")
    approver.page.on("dialog", lambda dialog: dialog.accept())
    approver.page.get_by_role("button", name="Duyệt Đài quê hương").click()
    expect(approver.page.get_by_text("Đã duyệt nguồn tiếp sóng.")).to_be_visible()

    editor.go("/bulletins/new")
    page.get_by_text("Tiếp sóng đài khác").click()
    page.get_by_label("Nguồn", exact=True).select_option(label="Đài quê hương")
    page.get_by_label("Trong số phút", exact=True).fill("15")
    page.get_by_label("Tiêu đề", exact=True).fill("Tiếp sóng đài quê hương")
    page.get_by_label("Lời đọc").fill("Sóng đang gián đoạn, mời bà con chờ trong giây lát.")
    page.get_by_role("button", name="Lưu", exact=True).last.click()
    expect(page.get_by_text("Có 1 chỗ cần sửa")).to_be_visible()
    expect(page.get_by_label("Trong số phút", exact=True)).to_have_value("15")
    bulletin_id = scheduled(served, page, wall_at(14, 9))
    approved(served, approver, bulletin_id, wall_at(14, 9))
    page.reload()
    page.get_by_role("link", name="Xem kết quả phát").click()
    expect(page.get_by_role("row", name="Cụm loa 1")).to_contain_text("Trong kế hoạch")

    approver.go("/relay-sources")
    approver.page.get_by_text("Ngừng tiếp sóng nguồn này").last.click()
    approver.page.get_by_label("Lý do").last.fill("Đài phát nhầm")
    approver.page.get_by_role("button", name="Ngừng", exact=False).last.click()
    expect(approver.page.get_by_text("Loa không tiếp sóng nguồn này nữa.")).to_be_visible()


def scheduled(served: ServedConsole, page: Page, at: datetime) -> str:
    """Enter the missing place and time, wait for its stand-in, and submit it; return its id."""
    page.get_by_label("Tìm địa bàn").fill("mui ne")
    page.get_by_label("Mũi Né").check()
    page.get_by_label("Ngày phát").fill(at.date().isoformat())
    page.get_by_label("Lúc", exact=True).fill(f"{at:%H:%M}")
    page.get_by_role("button", name="Lưu", exact=True).last.click()
    expect(page.get_by_role("progressbar", name="Đang làm âm thanh")).to_be_visible()
    bulletin_id = page.url.rsplit("/", 1)[1]
    served.make_sound(bulletin_id)
    page.get_by_role("button", name="Gửi duyệt").click()
    expect(page.get_by_text("Đã gửi duyệt.")).to_be_visible()
    return bulletin_id


def approved(served: ServedConsole, approver: BrowserTab, bulletin_id: str, at: datetime) -> None:
    """Approve the bulletin, and check that the plan of its day holds it as approved."""
    approver.go(f"/bulletins/{bulletin_id}/approval")
    approver.page.get_by_role("button", name="Duyệt cho phát").click()
    expect(approver.page.get_by_text("Đã duyệt “Tiếp sóng đài quê hương”.")).to_be_visible()
    served.plan()
    with served.console.context.uow() as unit:
        stored = unit[Plans].get(COMMUNE, at.date())
    assert stored is not None
    (planned,) = stored.plan.entries
    assert planned.relay is not None
    assert (planned.relay.name, planned.relay.length_ms) == ("Đài quê hương", 15 * 60_000)
