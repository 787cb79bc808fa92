"""Journeys of an alert's two people: raised and submitted at a desk, approved on a telephone from a link."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import Page, expect

from bench.pace.person import PagePerson

WORD = "that"
"""Word of a live alert, as somebody types it without Vietnamese keys."""


def submit_alert(page: Page, press: PagePerson, places: Mapping[str, str]) -> None:
    """Raise a live alert from the officer's first page, and submit it; it is accepted at the first press.

    ``places``: what is typed to find each, and its name.
    """
    press(page.get_by_role("link", name="▲ Phát cảnh báo"))
    press(page.get_by_role("button", name="Lũ quét"))
    search = page.get_by_label("Tìm địa bàn")
    expect(search).to_be_focused()
    for typed, name in places.items():
        press.write(page, typed)
        press.key(page, "Enter")
        press.see(page.get_by_role("button", name=re.compile(f"^Bỏ .*{name}")))
        expect(search).to_have_value("")
    press(page.get_by_label("Gõ chữ THẬT"))
    press.write(page, WORD)
    press(page.get_by_role("button", name="Gửi người thứ hai duyệt"))
    press.see(page.get_by_text("Đã gửi. Người thứ hai phải duyệt"))


def approve_by_passkey(page: Page, press: PagePerson) -> None:
    """Sign in by passkey where the link of a waiting alert leads to, and approve it by passkey."""
    press(page.get_by_role("button", name="Đăng nhập bằng khóa truy cập"))
    press(page.get_by_label("Gõ chữ THẬT"))
    press.write(page, WORD)
    press(page.get_by_role("button", name="Duyệt và phát ngay bằng khóa truy cập"))
    press.see(page.get_by_text("Đã duyệt."))


def make_passkey(page: Page, password: str, *, url: str = "") -> None:
    """Make a passkey on the account's page, of the console at ``url`` where it is not the browser's own."""
    page.goto(f"{url}/account")
    page.get_by_text("Tạo khóa truy cập trên thiết bị này").click()
    page.get_by_label("Mật khẩu đang dùng").last.fill(password)
    page.get_by_role("button", name="Tạo khóa truy cập").click()
    expect(page.get_by_text("Từ nay đăng nhập được bằng khóa truy cập.")).to_be_visible()


def give_authenticator(page: Page) -> None:
    """Give the page a virtual authenticator, as built into a telephone."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
