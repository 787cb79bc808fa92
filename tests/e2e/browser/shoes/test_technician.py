"""A technician without a line: a note half written outlives the tab, and what is done is sent after a new sign-in."""

from __future__ import annotations

from playwright.sync_api import expect

from cms.tickets.repository import TicketRecords
from devices.tickets.model import TicketStep
from tests.builders import tickets
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.shoes.journey import Journey, Shoes, fits, walked_in

SECOND_NOTE = "Đã thử bằng âm chuẩn, nghe rõ."
NOTE = "Đầu nối bị nước vào, đã lau khô và quấn lại."
IS_KEPT = """async (path) => {
  for (let left = 600; left && !(await caches.match(path)); left -= 1) await new Promise(requestAnimationFrame);
  return Boolean(await caches.match(path));
}"""


@walked_in(Shoes.TECHNICIAN, "technician")
def test_a_note_half_written_without_a_line_outlives_the_tab_the_session_and_the_server(
    served: ServedConsole, journey: Journey
) -> None:
    console = served.console
    ticket = tickets.step(console, tickets.ticket(console), TicketStep.TAKE)
    path = f"/tickets/{ticket.id}"
    page = journey.go("/tickets")
    assert page.evaluate(IS_KEPT, path)
    journey.go(path)
    journey.cut_line()
    page.get_by_label("Ghi chú", exact=True).fill(NOTE)
    page = journey.reopen(path, keeping=NOTE, has_line=False)
    expect(page.locator("#kept-page")).to_contain_text("Không có mạng: trang này giữ từ lúc")
    offer = page.get_by_role("button", name="Dùng lại")
    expect(offer).to_be_visible()
    # Parts that are renewed when something was sent would take it with them.
    assert page.locator("[data-renewed]").filter(has=offer).count() == 0
    offer.click()
    expect(page.get_by_label("Ghi chú", exact=True)).to_have_value(NOTE)
    fits(page)
    page.get_by_role("button", name="Ghi vào phiếu").click()
    waiting = page.get_by_role("region", name="Chờ gửi")
    expect(waiting).to_contain_text("việc đã ghi nằm trong máy này")
    fits(page)

    journey.end_sessions()
    journey.mend_line()
    expect(waiting).to_contain_text("Phiên đã hết hạn. Hãy đăng nhập lại rồi mở phiếu này; không mất gì.")
    journey.go(path)
    journey.sign_in_on_page()
    journey.go(path)
    expect(page.get_by_text(NOTE)).to_be_visible()
    expect(waiting).to_be_hidden()

    journey.stop()
    page.get_by_label("Ghi chú", exact=True).fill(SECOND_NOTE)
    page.get_by_role("button", name="Ghi vào phiếu").click()
    expect(waiting).to_contain_text("việc đã ghi nằm trong máy này")
    journey.start()
    journey.go(path)
    expect(page.get_by_text(SECOND_NOTE)).to_be_visible()
    expect(waiting).to_be_hidden()
    with console.context.uow.reading() as uow:
        notes = [each.text for each in uow[TicketRecords].entries(ticket.id) if each.step is TicketStep.NOTE]
    assert sorted(notes) == sorted((SECOND_NOTE, NOTE))
