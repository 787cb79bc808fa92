"""Writing and sending, getting out of a clash, finding and airing again, in few presses."""

from __future__ import annotations

from datetime import time, timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from broadcast.bulletins.model import BulletinStatus
from broadcast.bulletins.titles import made_title
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.sessions.model import BroadcastSession, Overrun
from cms.platform.store.kinds import JobKind
from cms.platform.store.tables import JobRow
from cms.sessions.service import sessions as session_service
from cms.sessions.service.sessions import SessionDraft
from tests.builders import bulletins
from tests.console import COMMUNE
from tests.e2e.browser.conftest import MeasureJob, Visitor
from tests.e2e.browser.hands import held_down
from tests.e2e.browser.presses import WRITE_AND_SEND
from tests.e2e.browser.served_console import ServedConsole, wall_at

DAY = 17
"""Days ahead: no other file uses that date in this commune."""
WORDS = (
    "Ủy ban nhân dân phường thông báo lịch cắt điện để sửa chữa đường dây vào sáng mai. Thời gian từ bảy giờ đến mười "
    "một giờ. Khu vực gồm khu phố một và khu phố hai. Đề nghị bà con chủ động công việc, khóa các thiết bị "
    "điện và cẩn thận khi có điện lại. Xin cảm ơn."
)
"""A bulletin of sixty words, as an office writes it."""


def test_sixty_words_go_into_the_next_session_in_twelve_presses(
    served: ServedConsole, visitor: Visitor, job: MeasureJob
) -> None:
    session = _session(served)
    assert len(WORDS.split()) == 60
    tab = visitor("operator")
    tab.go("/")
    page = tab.page
    with job(WRITE_AND_SEND) as press:
        press(page.get_by_role("link", name="Soạn bản tin mới").first)
        press(page.get_by_label("Lời đọc", exact=True))
        press.write(page, WORDS)
        expect(page.locator("#spoken")).to_contain_text("Đọc hết khoảng 0:")
        press(page.get_by_role("button", name="Nghe câu 2"))
        expect(page.locator("#heard")).to_contain_text("Giọng đọc đang đọc")
        with press.aside():
            _make_preview(served)
        expect(page.locator("#heard audio")).not_to_have_js_property("readyState", 0)
        offers = page.get_by_role("group", name="Các buổi phát sắp tới")
        press(offers.get_by_role("button").filter(has_text=session.name).first)
        expect(offers.locator("[aria-pressed=true]")).to_contain_text(session.name)
        press(page.get_by_role("button", name="Kiểm tra và gửi"))
        expect(page.get_by_role("heading", name="Kiểm tra lại rồi gửi duyệt")).to_be_visible()
        expect(page.locator(".check")).to_contain_text("Mũi Né")
        press(page.get_by_role("button", name="Gửi duyệt"))
        expect(page.locator("#awaited")).to_contain_text("ngay khi âm thanh xong")
        bulletin_id = page.url.rsplit("/", 1)[1]
        with press.aside():
            served.make_sound(bulletin_id)
        expect(page.locator("#awaiting")).to_contain_text("Ai duyệt được")
    sent = served.bulletin(bulletin_id)
    assert (sent.status, sent.title) == (BulletinStatus.SUBMITTED, made_title(WORDS))
    assert tab.complaints == []


def test_a_clash_is_left_in_two_presses_and_an_old_bulletin_airs_again_in_four(
    served: ServedConsole, visitor: Visitor, job: MeasureJob
) -> None:
    old = bulletins.approve(served.console, served.submitted(hour=10, days=DAY, title="Dọn cỏ bờ kênh Xóm Lụa"))
    served.plan()
    on = wall_at(10, DAY).date()
    tab = visitor("editor")
    page = tab.page
    tab.go("/bulletins/new")
    page.get_by_label("Tiêu đề").fill("Tin cùng giờ")
    page.get_by_label("Lời đọc", exact=True).fill("Kính mời bà con đi họp.")
    page.get_by_label("Tìm địa bàn").fill("mui ne")
    page.get_by_label("Mũi Né").check()
    page.get_by_label("Ngày phát").fill(f"{on:%d/%m/%Y}")
    page.get_by_label("Lúc", exact=True).fill("10:00")
    page.get_by_label("Lúc", exact=True).press("Tab")
    times = page.locator("#times")
    expect(times).to_contain_text(old.title)
    with held_down(times.get_by_role("button").first), page.expect_response("**/bulletins/times*"):
        page.evaluate("() => htmx.trigger('#times', 'times')")
    with job("leave a clash") as press:
        press(times.get_by_role("button").first)
        expect(times).to_contain_text("Giờ này còn trống")

    tab.go("/")
    with job("find an old bulletin and air it again") as press:
        press(page.get_by_role("link", name="Tìm", exact=True))
        press.write(page, "don co bo kenh")
        expect(page.get_by_role("dialog").get_by_role("link", name=old.title)).to_be_visible()
        press.key(page, "Enter")
        press(page.get_by_role("link", name="Phát lại tin này"))
        press(page.get_by_label("Ngày phát"))
        press.key(page, "ControlOrMeta+A")
        press.write(page, f"{on + timedelta(days=1):%d/%m/%Y}")
        press(page.get_by_role("button", name="Kiểm tra và gửi"))
        expect(page.locator(".check")).to_contain_text(old.title)
    assert tab.complaints == []


def _session(served: ServedConsole) -> BroadcastSession:
    """Set up a session at noon: that of today or of tomorrow is open whenever the test runs."""
    context = served.console.context
    draft = SessionDraft(COMMUNE, "Buổi trưa", time(12, 30), WEEKDAYS, 600_000, overrun=Overrun.DROP)
    return session_service.create(context.uow(), draft=draft, call=context.call(served.console.actor("editor")))


def _make_preview(served: ServedConsole) -> None:
    with served.console.context.uow.reading() as uow:
        # Other tests of this console leave jobs that nobody does.
        job_id = uow.session.scalars(select(JobRow.id).where(JobRow.kind == JobKind.MAKE_PREVIEW)).one()
    assert served.runner.run(job_id)
