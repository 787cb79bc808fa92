"""Days of an approver, a commune, an editor and an auditor on a telephone; a session and a tab end in the middle."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from broadcast.bulletins.model import BulletinStatus
from broadcast.inbox.model import HandedDownState
from cms.bulletins.views import preflight
from cms.inbox.repository import HandedDowns
from tests.builders import bulletins, inbox
from tests.e2e.browser.axe import equip
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole, wall_at
from tests.e2e.browser.shoes.telephone import TELEPHONE, Telephone, fits
from tests.e2e.browser.signing_in import end_sessions, sign_in_on_page
from tests.e2e.browser.waiting import until


def test_an_approver_hears_and_approves_from_a_telephone_though_the_session_ends(
    served: ServedConsole, visitor: Visitor
) -> None:
    waiting = served.submitted(days=6, hour=15, title="Duyệt trên điện thoại")
    page = Telephone.of(visitor("approver", size=TELEPHONE)).page
    page.goto(served.url)
    expect(page.locator("#tasks")).to_contain_text("Duyệt trên điện thoại")
    end_sessions(served.console, "approver")
    # As the notification's link leads there.
    page.goto(f"{served.url}/bulletins/{waiting.id}/decision")
    sign_in_on_page(served.console, page, "approver")
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
    page.goto(served.url)
    expect(page.locator("#tasks")).not_to_contain_text("Duyệt trên điện thoại")


def test_a_commune_answers_what_was_handed_down_and_the_reason_outlives_a_closed_tab(
    served: ServedConsole, visitor: Visitor
) -> None:
    console = served.console
    taken, declined = (inbox.hand_down(console, title=title) for title in ("Tin nên phát", "Tin đã phát rồi"))
    page = visitor("operator", size=TELEPHONE).page
    equip(page)
    page.goto(served.url)
    page.locator("#tasks").get_by_role("link", name="Tin nên phát").click()
    page.get_by_label("Ngày phát").fill(f"{wall_at(8, 6):%d/%m/%Y}")
    page.get_by_label("Lúc", exact=True).fill("08:00")
    fits(page)
    page.get_by_role("button", name="Nhận và phát theo giờ này").click()
    expect(page.get_by_text("Đã nhận. Bản tin được phát theo giờ bạn chọn.")).to_be_visible()

    page.goto(f"{served.url}/inbox/{declined.id}")
    reason = page.get_by_label("Lý do, để nơi gửi biết")
    reason.press_sequentially("Xã đã phát hôm qua")
    until(page, "Object.keys(localStorage).some((key) => key.startsWith('loa-kept:'))")
    tab = page.context.new_page()
    page.close()
    tab.goto(f"{served.url}/inbox/{declined.id}")
    tab.get_by_role("button", name="Dùng lại").click()
    expect(tab.get_by_label("Lý do, để nơi gửi biết")).to_have_value("Xã đã phát hôm qua")
    tab.get_by_role("button", name="Từ chối").click()
    expect(tab.get_by_text("Xã đã phát hôm qua")).to_be_visible()
    with console.context.uow.reading() as uow:
        states = [uow[HandedDowns].get(each.id).state for each in (taken, declined)]
    assert states == [HandedDownState.PLACED, HandedDownState.DECLINED]


def test_an_editor_finds_an_old_bulletin_and_airs_it_again_with_four_presses(
    served: ServedConsole, visitor: Visitor
) -> None:
    served.approved(days=6, hour=9)
    page = visitor("editor", size=TELEPHONE).page
    page.goto(served.url)
    presses = [
        page.get_by_role("link", name="Tìm", exact=True),
        page.get_by_role("dialog").get_by_role("link", name=re.compile("Lịch tiêm chủng")).first,
        page.get_by_role("link", name="Phát lại tin này"),
        page.get_by_role("button", name="Lưu", exact=True),
    ]
    presses[0].click()
    page.get_by_role("dialog").get_by_role("searchbox").press_sequentially("lich tiem chung")
    for press in presses[1:3]:
        press.click()
    expect(page.get_by_label("Tiêu đề", exact=True)).to_have_value(re.compile("Lịch tiêm chủng"))
    page.get_by_label("Ngày phát").fill(f"{wall_at(18, 6):%d/%m/%Y}")
    page.get_by_label("Lúc", exact=True).fill("18:00")
    presses[3].click()
    expect(page.get_by_text("Đã lưu.")).to_be_visible()
    saved = served.bulletin(page.url.rsplit("/", 1)[1])
    assert [each.starts for each in saved.schedules] == [wall_at(18, 6)]


def test_an_auditor_finds_who_did_what_and_can_change_nothing(served: ServedConsole, visitor: Visitor) -> None:
    bulletins.write(served.console, "Để kiểm toán", starts="", by="operator")
    tab = visitor("auditor", size=TELEPHONE)
    page = tab.page
    equip(page)
    page.goto(f"{served.url}/audit?person=operator")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nhật ký")
    expect(page.locator("main")).to_contain_text("Để kiểm toán")
    fits(page)
    for path in ("/bulletins/new", "/alerts/new"):
        page.goto(served.url + path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Bạn không có quyền làm việc này")
    assert [each for each in tab.complaints if "403" not in each] == []


def test_an_approvers_reason_outlives_the_look_ahead_and_a_closed_tab(
    served: ServedConsole, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As for a bulletin of the whole province, whose look ahead comes afterwards.
    monkeypatch.setattr(preflight, "AREAS_AT_ONCE", 0)
    waiting = served.submitted(days=6, hour=16, title="Trả lại trên điện thoại")
    path, reason = f"{served.url}/bulletins/{waiting.id}/decision", "Ghi rõ ngày tiêm, giờ tiêm"
    telephone = Telephone.of(visitor("approver", size=TELEPHONE))
    page = telephone.page
    held: list[Route] = []
    page.route("**/decision/ahead", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    with page.expect_request("**/decision/ahead"):
        page.goto(path)
    page.get_by_text("Lý do khác").click()
    page.get_by_label("Lý do", exact=True).fill(reason)
    for route in held:
        route.continue_()
    page.unroute("**/decision/ahead")
    # The part with the form has been renewed.
    expect(page.get_by_role("button", name="Duyệt cho phát")).to_be_enabled()
    expect(page.get_by_label("Lý do", exact=True)).to_have_value(reason)
    expect(page.get_by_label("Lý do", exact=True)).to_be_visible()

    page = telephone.reopen(path, keeping=reason)
    expect(page.get_by_role("button", name="Duyệt cho phát")).to_be_enabled()
    page.get_by_role("button", name="Dùng lại").click()
    expect(page.get_by_label("Lý do", exact=True)).to_have_value(reason)
    fits(page)
    page.get_by_role("button", name="Trả lại với lý do này").click()
    expect(page.locator(".toast")).to_contain_text("Trả lại trên điện thoại")
    returned = served.bulletin(waiting.id)
    assert (returned.status, returned.remarks[-1].text) == (BulletinStatus.RETURNED, reason)
