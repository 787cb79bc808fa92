"""A citizen on a telephone: keeps the commune, listens, and sends what outlived a closed tab and a server's restart."""

from __future__ import annotations

from playwright.sync_api import expect

from cms.feedback.queries import feedback_list
from tests.builders.public_pages import PAGE, ROOT
from tests.console import COMMUNE
from tests.e2e.browser.screens import heard_yesterday
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.shoes.journey import NOT_SENT, NOTHING_KEPT, Journey, Shoes, fits, walked_in
from tests.e2e.browser.waiting import until

TEXT = "Loa ở ngã ba chợ không kêu từ sáng hôm qua."
CONTACT = "Bà Hoa 0912 345 678"


@walked_in(Shoes.CITIZEN)
def test_a_citizens_words_outlive_a_closed_tab_and_a_restarted_server(served: ServedConsole, journey: Journey) -> None:
    console = served.console
    bulletin = heard_yesterday(served, hour=8)
    page = journey.go(f"{ROOT}/")
    page.get_by_label("Tên xã, phường").fill("mui ne")
    page.get_by_label("Tên xã, phường").press("Enter")
    page.get_by_role("link", name="Mũi Né").click()
    page.locator("[data-keep] button").click()
    journey.go(f"{ROOT}/")
    page.locator(".mine").get_by_role("link", name="Mũi Né").click()
    expect(page.get_by_role("heading", name="Mũi Né", level=1)).to_be_visible()

    journey.go(f"{PAGE}tin/{bulletin.id}")
    page.locator("audio").evaluate("(player) => player.play()")
    until(page, "document.querySelector('audio').currentTime > 0.1")
    page.get_by_role("link", name="Gửi phản ánh về tin này").click()
    # Nobody writes all of it before the page is whole.
    page.wait_for_load_state()
    page.get_by_label("Về việc gì").select_option(label="Không nghe được")
    page.get_by_label("Bạn muốn nói gì").fill(TEXT)
    page.get_by_label("Tên và số điện thoại của bạn").fill(CONTACT)
    console.clock.pass_by(seconds=5)
    journey.cut_line()
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_text(NOT_SENT)).to_be_visible()
    expect(page.get_by_label("Bạn muốn nói gì")).to_have_value(TEXT)

    page = journey.reopen(page.url.removeprefix(journey.url), keeping=TEXT)
    offer, text = page.get_by_role("button", name="Dùng lại"), page.get_by_label("Bạn muốn nói gì")
    expect(offer).to_be_visible()
    # Above the form, where it is seen.
    assert page.evaluate(
        "([one, other]) => Boolean(one.compareDocumentPosition(other) & 4)",
        [offer.element_handle(), text.element_handle()],
    )
    fits(page)
    offer.click()
    expect(page.get_by_label("Bạn muốn nói gì")).to_have_value(TEXT)
    expect(page.get_by_label("Về bản tin nào")).to_have_value(bulletin.id)
    # Others may use the browser: it keeps no name and no number.
    expect(page.get_by_label("Tên và số điện thoại của bạn")).to_have_value("")
    assert "0912" not in page.evaluate("Object.values(localStorage).join()")
    page.get_by_label("Tên và số điện thoại của bạn").fill(CONTACT)
    journey.stop()
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_text(NOT_SENT)).to_be_visible()
    fits(page)
    journey.start()
    expect(page.get_by_text("Đã liên lạc lại được")).to_be_visible()
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.locator("#code")).to_be_visible()
    until(page, NOTHING_KEPT)
    assert page.context.cookies() == []
    with console.context.uow.reading() as uow:
        found = [each for each in feedback_list(uow.session, [COMMUNE]).rows if each.text == TEXT]
    assert [(each.contact, each.bulletin_id) for each in found] == [(CONTACT, bulletin.id)]
