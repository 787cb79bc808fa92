"""Call list in two officers' browsers: what one presses stands on the other's page by itself."""

from __future__ import annotations

import re

from playwright.sync_api import Response, expect

from cms.areas.repository import Places
from province.contacts import Contact
from tests.builders import alerts
from tests.console import COMMUNE, FAR_COMMUNE, post
from tests.e2e.browser.axe import shut_out
from tests.e2e.browser.bulletins.test_nothing_typed_is_lost import NARROW
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.hands import held_down
from tests.e2e.browser.served_console import ServedConsole


def test_a_line_taken_and_told_on_a_telephone_is_shown_to_the_other_officer(
    served: ServedConsole, visitor: Visitor
) -> None:
    console = served.console
    alerts.staff(console)
    with console.context.uow() as uow:
        uow[Places].set_contacts(COMMUNE, (Contact("Bà Tư", "trưởng khu phố", "0252 3822 123"),))
        uow.commit()
    sent = alerts.active(console, console.client("officer"), areas=(COMMUNE, FAR_COMMUNE))
    phone, desk = visitor("officer", size=NARROW), visitor("second-officer")
    for tab in (phone, desk):
        tab.go(f"/alerts/{sent.id}")
    line = phone.page.locator("#call-lines li").first
    expect(line.get_by_role("link", name="0252 3822 123")).to_have_attribute("href", "tel:02523822123")
    under_their_finger = desk.page.locator("#call-lines li").last.get_by_role("button", name="Tôi gọi")
    with held_down(under_their_finger), desk.page.expect_response(_is_new_list):
        line.get_by_role("button", name="Tôi gọi").click()
    expect(line).to_contain_text("đang gọi")
    theirs = desk.page.locator("#call-lines li").first
    expect(theirs).to_contain_text(re.compile("Officer đang gọi"))
    expect(theirs.get_by_role("button", name="Tôi gọi")).to_have_count(0)
    line.get_by_role("button", name="Đã báo được").click()
    told = re.compile("Mũi Né.*đã báo bằng điện thoại", re.DOTALL)
    expect(desk.page.locator("#call-lines li").last).to_contain_text(told)
    assert shut_out(phone.page) == []
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert post(console.client("officer"), f"/alerts/{sent.id}/cancel", {"cause": "mistake"}).status_code == 302


def _is_new_list(answer: Response) -> bool:
    return "/calls?" in answer.url and answer.status == 200
