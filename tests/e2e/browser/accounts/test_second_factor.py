"""Enrolling and giving a code in a real browser: by keyboard, on a telephone's width."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from cms.accounts.model import User
from cms.accounts.repository import People
from cms.accounts.service import codes
from province.people import Grant, Role, UserId
from tests.console import PASSWORD, PROVINCE, cheap_hash
from tests.e2e.browser.axe import shut_out
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole

NARROW = ViewportSize(width=360, height=740)


@pytest.fixture
def newcomer(served: ServedConsole) -> str:
    """Login of an officer who has not enrolled."""
    context = served.console.context
    login = f"new-{context.new_id()}"
    grants = (Grant(Role.EMERGENCY_OFFICER, PROVINCE),)
    with context.uow() as unit:
        user = User(UserId(f"u-{login}"), login, "Đặng Văn Mới", cheap_hash(), context.now(), grants=grants)
        unit[People].add(user)
        unit.commit()
    return login


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def type_password(page: Page, login: str) -> None:
    page.get_by_label("Tên đăng nhập").focus()
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def test_an_officer_enrols_by_keyboard_and_comes_back_with_a_code(
    served: ServedConsole, visitor: Visitor, newcomer: str
) -> None:
    tab = visitor(size=NARROW)
    page = tab.page
    tab.go("/sign-in?next=/why")
    type_password(page, newcomer)
    expect(page.get_by_role("heading", name="Cài đặt xác thực hai bước")).to_be_visible()
    picture = page.get_by_role("img", name="Mã QR")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 100")
    assert fits(page)
    assert shut_out(page) == []
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    step = codes.step_of(served.console.clock())
    page.get_by_label("Mã đầu tiên").focus()
    page.keyboard.type(codes.code_at(secret, step))
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Cất các mã dự phòng")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(codes.RECOVERY_CODES)
    assert fits(page)
    assert shut_out(page) == []
    page.get_by_role("link", name="Tôi đã cất các mã").press("Enter")
    expect(page.get_by_role("navigation")).to_be_visible()
    assert page.url.endswith("/why")

    page.get_by_role("button", name="Đăng xuất").click()
    type_password(page, newcomer)
    expect(page.get_by_label("Mã xác thực")).to_be_focused()
    assert fits(page)
    assert shut_out(page) == []
    page.keyboard.type(codes.code_at(secret, step + 1))
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation")).to_be_visible()
    assert tab.complaints == []
