"""Citizen with a narrow screen and a keyboard: finds the commune, reads, listens, sends, sees the published answer."""

from __future__ import annotations

import json
from collections.abc import Sequence

from playwright.sync_api import ViewportSize, expect

from broadcast.citizens.model import CitizenSubscription
from broadcast.citizens.rules import recipient_of
from broadcast.notifications.model import NotificationChannel
from cms.citizens.repository import CitizenSubscriptions
from tests.builders import citizens
from tests.builders.public_pages import PAGE, ROOT
from tests.e2e.browser.axe import shut_out
from tests.e2e.browser.conftest import BrowserTab, Picture, Visitor
from tests.e2e.browser.hands import Keyboard
from tests.e2e.browser.screens import heard_yesterday
from tests.e2e.browser.served_console import ServedConsole, wall_at
from tests.e2e.browser.waiting import until

# The browser's own part of web push: there is no push service here that would answer it.
_PUSH = """
  const [endpoint, keys] = %s;
  const made = { toJSON: () => ({ endpoint, keys }) };
  const pushManager = {
    subscribe: async () => { window.localStorage.setItem("subscribed", "yes"); return made; },
    getSubscription: async () => window.localStorage.getItem("subscribed") ? made : null,
  };
  navigator.serviceWorker.register = async () => ({ pushManager });
  navigator.serviceWorker.getRegistration = async () => ({ pushManager });
"""
NARROW = ViewportSize(width=360, height=740)


def test_a_citizen_reads_hears_sends_and_sees_the_answer(
    served: ServedConsole, visitor: Visitor, picture: Picture
) -> None:
    bulletin = heard_yesterday(served, hour=9)
    citizen = visitor("", size=NARROW)
    page = citizen.page
    hand = Keyboard(page)
    citizen.go(f"{ROOT}/")
    hand.write(page.get_by_label("Tên xã, phường"), "mui ne")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Có 1 nơi khớp.")
    hand.press(page.get_by_role("link", name="Mũi Né"))
    expect(page.get_by_role("heading", name="Mũi Né", level=1)).to_be_visible()

    citizen.go(f"{PAGE}?thang={wall_at(9, -1):%Y-%m}")
    picture(page, "public", None, 760)
    hand.press(page.locator(f"a[href='{PAGE}tin/{bulletin.id}']"))
    expect(page.get_by_text("Kính mời bà con đi tiêm vắc-xin")).to_be_visible()
    hand.reach(page.locator("audio"))
    page.keyboard.press("Space")
    until(page, "document.querySelector('audio').currentTime > 0.1")

    hand.press(page.get_by_role("link", name="Gửi phản ánh về tin này"))
    expect(page.get_by_label("Về bản tin nào")).to_have_value(bulletin.id)
    served.console.clock.pass_by(seconds=5)
    hand.press(page.get_by_role("button", name="Gửi"))
    expect(page.get_by_text("Cần chọn mục này.")).to_be_visible()
    hand.choose(page.get_by_label("Về việc gì"), "Không nghe được")
    hand.write(page.get_by_label("Bạn muốn nói gì"), "Loa ở ngã ba không kêu.")
    hand.write(page.get_by_label("Tên và số điện thoại của bạn"), "Bà Hoa 0912 345 678")
    assert shut_out(page) == []
    hand.press(page.get_by_role("button", name="Gửi"))
    code = page.locator("#code").inner_text()

    official = visitor("operator").page
    official.goto(f"{served.url}/feedback")
    official.get_by_role("link", name="Loa ở ngã ba không kêu.").click()
    expect(official.get_by_text("Bà Hoa 0912 345 678")).to_be_visible()
    official.get_by_label("Đã trả lời người dân thế nào").fill("Đã thay loa.")
    official.get_by_role("button", name="Lưu câu trả lời").click()
    expect(official.get_by_text("Đã lưu câu trả lời.")).to_be_visible()
    official.get_by_label("Câu hỏi như sẽ đăng").fill("Có một loa không kêu.")
    official.get_by_role("button", name="Đăng", exact=True).click()
    expect(official.get_by_text("Đã đăng lên trang công khai.")).to_be_visible()

    hand.press(page.get_by_role("link", name="Tra câu trả lời").first)
    hand.write(page.get_by_label("Mã phản ánh"), code.lower())
    hand.press(page.get_by_role("button", name="Tra"))
    expect(page.get_by_text("Đã thay loa.")).to_be_visible()
    citizen.go(PAGE)
    # Cached by the browser for a minute: a reload gets the current page.
    page.reload()
    expect(page.get_by_text("Có một loa không kêu.")).to_be_visible()
    expect(page.get_by_text("ngã ba")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]

    _remember_forget_and_follow(served, citizen, hand)
    assert page.context.cookies() == []
    # The one form that was refused, and nothing else.
    assert [each for each in citizen.complaints if "422" not in each] == []


def _remember_forget_and_follow(served: ServedConsole, citizen: BrowserTab, hand: Keyboard) -> None:
    """Have the browser remember the commune, open it from the first page, forget it again, and follow it."""
    page = citizen.page
    hand.press(page.get_by_role("link", name="Theo dõi", exact=True))
    hand.press(page.get_by_role("button", name="Nhớ đây là xã của tôi trên máy này"))
    expect(page.get_by_role("button", name="Đây là xã của bạn. Quên đi")).to_be_visible()
    citizen.go(f"{ROOT}/")
    mine = page.locator(".mine").get_by_role("link", name="Mũi Né")
    assert mine.get_attribute("href") == PAGE
    hand.press(mine)
    hand.press(page.get_by_role("button", name="Đây là xã của bạn. Quên đi"))
    citizen.go(f"{ROOT}/")
    expect(page.locator(".mine").get_by_role("link")).to_have_count(0)
    _follow_and_end_it(served, citizen, hand)


def _follow_and_end_it(served: ServedConsole, citizen: BrowserTab, hand: Keyboard) -> None:
    """Follow the commune in the browser, come back later, and end it."""
    page, sent = citizen.page, citizens.browser(served.console)
    page.add_init_script(_PUSH % json.dumps([sent["endpoint"], {"p256dh": sent["p256dh"], "auth": sent["auth"]}]))
    citizen.go(PAGE)
    hand.press(page.get_by_role("link", name="Nhận thông báo"))
    page.get_by_label("Nhận cả bản tin trong ngày").first.check()
    assert shut_out(page) == []
    hand.press(page.get_by_role("button", name="Theo dõi trên máy này"))
    expect(page.get_by_text("Máy này đang theo dõi Mũi Né.")).to_be_visible()
    assert [each.has_digest for each in _subscriptions(served, sent["endpoint"])] == [True]
    page.reload()
    hand.press(page.get_by_role("button", name="Thôi theo dõi trên máy này"))
    expect(page.get_by_role("button", name="Theo dõi trên máy này", exact=True)).to_be_visible()
    assert list(_subscriptions(served, sent["endpoint"])) == []


def _subscriptions(served: ServedConsole, endpoint: str) -> Sequence[CitizenSubscription]:
    with served.console.context.uow.reading() as unit:
        return unit[CitizenSubscriptions].of(recipient_of(NotificationChannel.PUSH, endpoint))
