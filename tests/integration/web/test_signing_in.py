from __future__ import annotations

import pytest

from cms.web.visit import local_path
from tests.console import PASSWORD, Console, csrf_of, post


def test_the_right_password_opens_the_page_asked_for(console: Console) -> None:
    client = console.client()
    asked = client.get("/why?device=x")
    assert asked.headers["Location"].startswith("/sign-in?next=/why")
    answer = post(client, "/sign-in", {"login": "editor", "password": PASSWORD, "next": "/why?device=x"})
    assert answer.headers["Location"] == "/why?device=x"
    assert client.get("/").status_code == 200


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(console: Console) -> None:
    answer = post(console.client(), "/sign-in", {"login": "editor", "password": PASSWORD})
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("loa_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=43200" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure(console: Console) -> None:
    client = console.client()
    token = csrf_of(client)
    answer = client.post(
        "/sign-in",
        data={"csrf_token": token, "login": "editor", "password": PASSWORD},
        base_url="https://localhost",
        headers={"Referer": "https://localhost/sign-in"},
    )
    assert "Secure" in next(v for v in answer.headers.getlist("Set-Cookie") if v.startswith("loa_session="))


def test_a_wrong_password_keeps_the_name_and_does_not_say_which_was_wrong(console: Console) -> None:
    wrong = post(console.client(), "/sign-in", {"login": "editor", "password": "sai"})
    unknown = post(console.client(), "/sign-in", {"login": "nobody", "password": "sai"})
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert 'value="editor"' in wrong.text
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in wrong.text
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in unknown.text


def test_many_wrong_passwords_lock_and_say_until_when(console: Console) -> None:
    for _ in range(6):
        post(console.client(), "/sign-in", {"login": "editor", "password": "sai"})
    locked = post(console.client(), "/sign-in", {"login": "editor", "password": PASSWORD})
    assert locked.status_code == 429
    assert "09:00:30" in locked.text
    console.clock.pass_by(seconds=31)
    assert post(console.client(), "/sign-in", {"login": "editor", "password": PASSWORD}).status_code == 302


def test_signing_out_ends_the_session_on_the_server(console: Console) -> None:
    client = console.client("editor")
    secret = client.get_cookie("loa_session")
    assert secret is not None
    post(client, "/sign-out")
    client.set_cookie("loa_session", secret.value)
    assert client.get("/").headers["Location"].startswith("/sign-in")


def test_a_session_ends_by_itself(console: Console) -> None:
    client = console.client("editor")
    console.clock.pass_by(hours=12, seconds=1)
    assert client.get("/").status_code == 302


def test_whoever_is_signed_in_is_not_asked_again(console: Console) -> None:
    assert console.client("editor").get("/sign-in?next=/why").headers["Location"] == "/why"


def test_a_fragment_without_a_session_is_401_so_that_the_page_reloads(console: Console) -> None:
    assert console.client().get("/", headers={"HX-Request": "true"}).status_code == 401


def test_a_form_without_its_token_is_refused_with_a_remedy(console: Console) -> None:
    answer = console.client("editor").post("/sign-out")
    assert answer.status_code == 400
    assert "tải lại trang" in answer.text


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/why?at=1", "/why?at=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("why", "/"),
        ("", "/"),
    ],
)
def test_no_redirect_leads_off_the_site(target: str, path: str) -> None:
    assert local_path(target) == path
