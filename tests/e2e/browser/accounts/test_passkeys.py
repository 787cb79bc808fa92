"""Joining by a link, making a passkey, and signing in with it, in a real browser with a virtual authenticator."""

from __future__ import annotations

from playwright.sync_api import ViewportSize, expect

from province.people import Role
from tests.builders import people
from tests.e2e.browser.axe import shut_out
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole

NARROW = ViewportSize(width=360, height=740)
NEW = "mưa rơi trên mái tôn cũ"
_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_newcomer_sets_a_password_makes_a_passkey_and_signs_in_with_it(
    served: ServedConsole, visitor: Visitor
) -> None:
    invited = people.invite(served.console, people.draft(role=Role.STATION))
    tab = visitor(size=NARROW)
    page, url = tab.page, served.url.replace("127.0.0.1", "localhost")
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": _AUTHENTICATOR})
    page.goto(url + invited.link)
    assert shut_out(page) == []
    page.get_by_label("Hiện mật khẩu").check()
    first = page.get_by_label("Mật khẩu mới", exact=True)
    first.fill(NEW)
    expect(first).to_have_attribute("type", "text")
    page.get_by_label("Gõ lại mật khẩu mới").fill(NEW)
    page.get_by_role("button", name="Đặt mật khẩu và đăng nhập").click()
    expect(page.get_by_role("navigation")).to_be_visible()

    page.goto(f"{url}/account")
    page.get_by_text("Tạo khóa truy cập trên thiết bị này").click()
    page.get_by_label("Mật khẩu đang dùng").last.fill(NEW)
    page.get_by_role("button", name="Tạo khóa truy cập").click()
    expect(page.get_by_text("Từ nay đăng nhập được bằng khóa truy cập.")).to_be_visible()
    assert shut_out(page) == []

    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    assert shut_out(page) == []
    served.console.clock.pass_by(seconds=1)  # no challenge is of the moment of another
    page.get_by_role("button", name="Đăng nhập bằng khóa truy cập").click()
    expect(page.get_by_role("navigation")).to_be_visible()
    assert tab.complaints == []
