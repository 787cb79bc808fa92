"""Joining by a link, making a passkey, and signing in with it, in a real browser with a virtual authenticator."""

from __future__ import annotations

from playwright.sync_api import Browser, ViewportSize, expect

from bench.pace.journeys import give_authenticator, make_passkey
from broadcast.alerts.model import AlertStatus
from province.people import Role
from tests.builders import alerts, people
from tests.builders.alerts import SECOND, WORD
from tests.console import PASSWORD
from tests.e2e.browser.axe import shut_out
from tests.e2e.browser.conftest import Visitor, open_visits
from tests.e2e.browser.served_console import ServedConsole

NARROW = ViewportSize(width=360, height=740)
NEW = "mưa rơi trên mái tôn cũ"


def test_a_newcomer_sets_a_password_makes_a_passkey_and_signs_in_with_it(
    served: ServedConsole, visitor: Visitor
) -> None:
    invited = people.invite(served.console, people.draft(role=Role.STATION))
    tab = visitor(size=NARROW)
    page, url = tab.page, served.url.replace("127.0.0.1", "localhost")
    give_authenticator(page)
    page.goto(url + invited.link)
    assert shut_out(page) == []
    page.get_by_label("Hiện mật khẩu").check()
    first = page.get_by_label("Mật khẩu mới", exact=True)
    first.fill(NEW)
    expect(first).to_have_attribute("type", "text")
    page.get_by_label("Gõ lại mật khẩu mới").fill(NEW)
    page.get_by_role("button", name="Đặt mật khẩu và đăng nhập").click()
    expect(page.get_by_role("navigation")).to_be_visible()

    make_passkey(page, NEW, url=url)
    assert shut_out(page) == []

    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    assert shut_out(page) == []
    served.console.clock.pass_by(seconds=1)  # no challenge is of the moment of another
    page.get_by_role("button", name="Đăng nhập bằng khóa truy cập").click()
    expect(page.get_by_role("navigation")).to_be_visible()
    assert tab.complaints == []


def test_an_officer_approves_an_alert_with_a_passkey_in_place_of_a_code(
    served: ServedConsole, browser: Browser
) -> None:
    console = served.console
    alerts.staff(console)
    waiting = alerts.submitted(console, console.client("officer"))
    with open_visits(browser, served, url=served.url.replace("127.0.0.1", "localhost")) as visitor:
        tab = visitor(SECOND, size=NARROW)
        page = tab.page
        give_authenticator(page)
        make_passkey(page, PASSWORD)

        console.clock.pass_by(minutes=2)  # the code of the sign-in counts no more
        tab.go(f"/alerts/{waiting.id}")
        assert shut_out(page) == []
        press = page.get_by_role("button", name="Duyệt và phát ngay bằng khóa truy cập")
        press.click()
        expect(page.locator("#word-error-1")).to_be_visible()  # the word is still asked for, and no passkey was used up
        page.get_by_label("Gõ chữ THẬT để xác nhận").fill(WORD)
        press.click()
        expect(page.get_by_text("Đã duyệt.")).to_be_visible()
        assert alerts.stored(console, waiting.id).status is AlertStatus.ACTIVE
        # The page without the word was refused, which the browser notes.
        assert [each for each in tab.complaints if "422" not in each] == []
    alerts.end_all(console)
