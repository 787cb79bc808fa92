"""Days of approver, commune, editor and auditor on a telephone; session, tab and server end in the middle."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from broadcast.bulletins.model import BulletinStatus
from broadcast.inbox.model import HandedDownState
from cms.bulletins.views import preflight
from cms.inbox.repository import HandedDowns
from tests.builders import bulletins, inbox
from tests.e2e.browser.served_console import ServedConsole, wall_at
from tests.e2e.browser.shoes.journey import NOT_SENT, NOTHING_KEPT, Journey, Shoes, fits, walked_in
from tests.e2e.browser.waiting import until


@walked_in(Shoes.APPROVER, "approver")
def test_an_approver_hears_and_approves_and_a_reason_outlives_every_interruption(
    served: ServedConsole, journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As for a bulletin of the whole province, whose look ahead comes afterwards.
    monkeypatch.setattr(preflight, "AREAS_AT_ONCE", 0)
    waiting = served.submitted(days=6, hour=15, title="Duyệt trên điện thoại")
    doubtful = served.submitted(days=6, hour=16, title="Trả lại trên điện thoại")
    page = journey.go("/")
    expect(page.locator("#tasks")).to_contain_text("Duyệt trên điện thoại")
    journey.end_sessions()
    # As the notification's link leads there.
    journey.go(f"/bulletins/{waiting.id}/decision")
    journey.sign_in_on_page()
    expect(page.get_by_role("heading", name="Duyệt trên điện thoại", level=1)).to_be_visible()
    until(page, "document.querySelector('audio').readyState > 2")
    page.locator("audio").evaluate("(player) => player.play()")
    until(page, "document.querySelector('audio').currentTime > 0.1")
    approve = page.get_by_role("button", name="Duyệt cho phát")
    expect(approve).to_be_enabled()
    fits(page)
    approve.click()
    expect(page.get_by_text("Đã duyệt “Duyệt trên điện thoại”.")).to_be_visible()
    assert served.bulletin(waiting.id).status is BulletinStatus.APPROVED
    journey.go("/")
    expect(page.locator("#tasks")).not_to_contain_text("Duyệt trên điện thoại")

    path, reason = f"/bulletins/{doubtful.id}/decision", "Ghi rõ ngày tiêm, giờ tiêm"
    held: list[Route] = []
    page.route("**/decision/ahead", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    with page.expect_request("**/decision/ahead"):
        journey.go(path)
    page.get_by_text("Lý do khác").click()
    page.get_by_label("Lý do", exact=True).fill(reason)
    for route in held:
        route.continue_()
    page.unroute("**/decision/ahead")
    # The part with the form has been renewed.
    expect(approve).to_be_enabled()
    expect(page.get_by_label("Lý do", exact=True)).to_have_value(reason)
    expect(page.get_by_label("Lý do", exact=True)).to_be_visible()

    page = journey.reopen(path, keeping=reason)
    expect(page.get_by_role("button", name="Duyệt cho phát")).to_be_enabled()
    page.get_by_role("button", name="Dùng lại").click()
    expect(page.get_by_label("Lý do", exact=True)).to_have_value(reason)
    fits(page)
    journey.stop()
    page.get_by_role("button", name="Trả lại với lý do này").click()
    expect(page.get_by_text(NOT_SENT)).to_be_visible()
    journey.start()
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.locator(".toast")).to_contain_text("Trả lại trên điện thoại")
    returned = served.bulletin(doubtful.id)
    assert (returned.status, returned.remarks[-1].text) == (BulletinStatus.RETURNED, reason)


@walked_in(Shoes.COMMUNE, "operator")
def test_a_commune_answers_what_was_handed_down_through_every_interruption(
    served: ServedConsole, journey: Journey
) -> None:
    console = served.console
    taken, declined = (inbox.hand_down(console, title=title) for title in ("Tin nên phát", "Tin đã phát rồi"))
    page = journey.go("/")
    page.locator("#tasks").get_by_role("link", name="Tin nên phát").click()
    page.wait_for_load_state()
    page.get_by_label("Ngày phát").fill(f"{wall_at(8, 6):%d/%m/%Y}")
    page.get_by_label("Lúc", exact=True).fill("08:00")
    fits(page)
    journey.stop()
    page.get_by_role("button", name="Nhận và phát theo giờ này").click()
    expect(page.get_by_text(NOT_SENT)).to_be_visible()
    journey.start()
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.get_by_text("Đã nhận. Bản tin được phát theo giờ bạn chọn.")).to_be_visible()

    path, reason = f"/inbox/{declined.id}", "Xã đã phát hôm qua"
    journey.go(path)
    page.get_by_label("Lý do, để nơi gửi biết").press_sequentially(reason)
    page = journey.reopen(path, keeping=reason)
    page.get_by_role("button", name="Dùng lại").click()
    expect(page.get_by_label("Lý do, để nơi gửi biết")).to_have_value(reason)
    journey.end_sessions()
    page.get_by_role("button", name="Từ chối").click()
    journey.sign_in_over(page)
    expect(page.get_by_text(reason)).to_be_visible()
    until(page, NOTHING_KEPT)
    with console.context.uow.reading() as uow:
        states = [uow[HandedDowns].get(each.id).state for each in (taken, declined)]
    assert states == [HandedDownState.PLACED, HandedDownState.DECLINED]


@walked_in(Shoes.EDITOR, "editor")
def test_an_editor_finds_an_old_bulletin_and_airs_it_again_through_every_interruption(
    served: ServedConsole, journey: Journey
) -> None:
    served.approved(days=6, hour=9)
    page = journey.go("/")
    page.get_by_role("link", name="Tìm", exact=True).click()
    page.get_by_role("dialog").get_by_role("searchbox").press_sequentially("lich tiem chung")
    page.get_by_role("dialog").get_by_role("link", name=re.compile("Lịch tiêm chủng")).first.click()
    page.get_by_role("link", name="Phát lại tin này").click()
    page.wait_for_load_state()
    expect(page.get_by_label("Tiêu đề", exact=True)).to_have_value(re.compile("Lịch tiêm chủng"))
    page.get_by_label("Ngày phát").fill(f"{wall_at(18, 6):%d/%m/%Y}")
    page.get_by_label("Lúc", exact=True).fill("18:00")
    page.wait_for_url("**draft=*")
    fits(page)
    journey.stop()
    page.get_by_label("Tiêu đề", exact=True).fill("Tiêm chủng, nhắc lại")
    expect(page.locator("#autosaved.error")).to_be_visible()
    path = page.url.removeprefix(journey.url)
    journey.close_tab(keeping="nhắc lại")
    journey.start()
    page = journey.go(path)
    expect(page.get_by_label("Tiêu đề", exact=True)).to_have_value("Tiêm chủng, nhắc lại")
    page.wait_for_load_state()
    journey.end_sessions()
    page.get_by_label("Chữ trên bảng tin", exact=True).fill("Tiêm chủng 18 giờ")
    journey.sign_in_over(page)
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_text("Đã lưu.")).to_be_visible()
    saved = served.bulletin(page.url.rsplit("/", 1)[1])
    assert [each.starts for each in saved.schedules] == [wall_at(18, 6)]
    assert (saved.title, saved.board and saved.board.text) == ("Tiêm chủng, nhắc lại", "Tiêm chủng 18 giờ")


@walked_in(Shoes.AUDITOR, "auditor")
def test_an_auditor_finds_who_did_what_through_every_interruption_and_can_change_nothing(
    served: ServedConsole, journey: Journey
) -> None:
    bulletins.write(served.console, "Để kiểm toán", starts="", by="operator")
    page = journey.go("/audit")
    asked = page.get_by_label("Người: tên đăng nhập")
    asked.fill("operator")
    journey.end_sessions()
    _ask(page)
    journey.sign_in_on_page()
    expect(asked).to_have_value("operator")
    expect(page.locator("main")).to_contain_text("Để kiểm toán")
    fits(page)
    # What was asked is the page's address: it comes back with the page.
    path = page.url.removeprefix(journey.url)
    journey.close_tab()
    page = journey.go(path)
    expect(page.get_by_label("Người: tên đăng nhập")).to_have_value("operator")
    journey.stop()
    _ask(page)
    expect(page).to_have_url(re.compile("^chrome-error:"))
    journey.start()
    page.reload()
    expect(page.locator("main")).to_contain_text("Để kiểm toán")
    for path in ("/bulletins/new", "/alerts/new"):
        journey.go(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Bạn không có quyền làm việc này")


def _ask(page: Page) -> None:
    page.get_by_role("button", name="Lọc", exact=True).click()
