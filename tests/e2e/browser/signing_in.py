"""Sign-in of a person by the page or by the dialog over it, and the end of their sessions."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from playwright.sync_api import APIRequestContext, Locator, Page, expect

from cms.accounts.repository import People
from tests.console import PASSWORD, Console

_CSRF: Final = re.compile(r'name="csrf_token" (?:type="hidden" )?value="([^"]+)"')


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Phiên đăng nhập đã hết")


def code_of(console: Console, login: str) -> str:
    """Return the person's TOTP code, or an empty string where they have no second factor."""
    with console.context.uow() as unit:
        factor = unit[People].second_factor(console.actor(login).user_id)
    return console.code(login) if factor is not None else ""


def sign_in_over(console: Console, page: Page, login: str) -> None:
    """Sign in with the dialog over the page."""
    dialog(page).get_by_label("Tên đăng nhập").fill(login)
    dialog(page).get_by_label("Mật khẩu").fill(PASSWORD)
    dialog(page).get_by_role("button", name="Đăng nhập", exact=True).click()
    code = code_of(console, login)
    if code:
        dialog(page).get_by_label("Mã xác thực").fill(code)
        dialog(page).get_by_role("button", name="Xác nhận").click()
    expect(dialog(page)).to_have_count(0)


def sign_in_on_page(console: Console, page: Page, login: str) -> None:
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    code = code_of(console, login)
    if code:
        page.get_by_label("Mã xác thực").fill(code)
        page.get_by_role("button", name="Xác nhận").click()


def end_sessions(console: Console, login: str) -> None:
    with console.context.uow() as unit:
        unit[People].revoke_sessions(console.actor(login).user_id, console.clock())
        unit.commit()


def open_session(request: APIRequestContext, console: Console, login: str) -> None:
    """Sign in by requests that share the profile's cookies: its three pages would cost more than most tests' own."""

    def send(path: str, form: dict[str, str]) -> str:
        token = _CSRF.search(request.get(path).text())
        assert token is not None
        answer = request.post(path, form={"csrf_token": token[1], **form}, max_redirects=0)
        assert answer.status == HTTPStatus.FOUND, answer.text()
        return answer.headers["location"]

    if send("/sign-in", {"login": login, "password": PASSWORD}).startswith("/second-factor"):
        assert send("/second-factor", {"code": console.code(login)}) == "/"
