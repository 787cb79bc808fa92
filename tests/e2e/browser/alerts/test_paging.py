"""Paging on an alert's page: who raised it sees, without a press, who was called, has seen it and decides."""

from __future__ import annotations

from playwright.sync_api import expect

from cms.notifications.jobs import NotificationJob
from tests.builders import alerts
from tests.console import post
from tests.e2e.browser.bulletins.test_nothing_typed_is_lost import NARROW
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole


def test_the_sender_watches_who_is_called_has_seen_it_and_decides(visitor: Visitor, served: ServedConsole) -> None:
    console = served.console
    alerts.staff(console)
    officer = console.client("officer")
    waiting = alerts.submitted(console, officer)
    sender = visitor("officer")
    sender.go(f"/alerts/{waiting.id}")
    line = sender.page.locator(".called li").first
    expect(line).to_contain_text("sẽ được gọi trong vài giây")
    before = line.bounding_box()
    NotificationJob(console.context).step()
    expect(line).to_contain_text("đã gọi từ")
    assert line.bounding_box() == before
    phone = visitor(alerts.SECOND, size=NARROW)
    phone.go(f"/alerts/{waiting.id}")
    expect(line).to_contain_text("đã xem lúc")
    phone.page.get_by_role("button", name="Tôi đang duyệt").click()
    expect(phone.page.locator(".called li").first).to_contain_text("nhận duyệt lúc")
    expect(line).to_contain_text("nhận duyệt lúc")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    post(officer, f"/alerts/{waiting.id}/decision", {"act": "discard", "version": waiting.version})
