from __future__ import annotations

import pytest

from cms.accounts.service.throttle import SPRAY_FAILURES, Gate, Lane
from cms.accounts.views import signing_in
from cms.audit.queries import latest_events
from cms.health.repository.notices import Notices
from cms.platform.web.request_context import local_path
from tests.builders import faults
from tests.console import PASSWORD, PROVINCE, Console, csrf_of, post


def test_the_right_password_opens_the_page_asked_for(console: Console) -> None:
    client = console.client()
    asked = client.get("/why?device=x")
    assert asked.headers["Location"].startswith("/sign-in?next=/why")
    answer = post(client, "/sign-in", {"login": "station", "password": PASSWORD, "next": "/why?device=x"})
    assert answer.headers["Location"] == "/why?device=x"
    assert client.get("/").status_code == 200


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(console: Console) -> None:
    answer = post(console.client(), "/sign-in", {"login": "station", "password": PASSWORD})
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("loa_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=43200" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure(console: Console) -> None:
    client = console.client()
    token = csrf_of(client, "https://localhost")
    answer = client.post(
        "/sign-in",
        data={"csrf_token": token, "login": "station", "password": PASSWORD},
        base_url="https://localhost",
        headers={"Referer": "https://localhost/sign-in"},
    )
    cookie = next(v for v in answer.headers.getlist("Set-Cookie") if v.startswith("__Host-loa_session="))
    assert "; Secure" in cookie
    assert "; Path=/" in cookie
    assert "Domain" not in cookie
    over = {"base_url": "https://localhost"}
    assert client.get("/", **over).status_code == 200
    # A cookie of the plain name, as another host of the domain could set it, opens nothing by https.
    secret = client.get_cookie("__Host-loa_session")
    assert secret is not None
    other = console.client()
    other.set_cookie("loa_session", secret.value)
    assert other.get("/", **over).status_code == 302
    ended = client.post("/sign-out", data={"csrf_token": token}, headers={"Referer": "https://localhost/"}, **over)
    assert any(v.startswith("__Host-loa_session=;") for v in ended.headers.getlist("Set-Cookie"))


def test_a_wrong_password_keeps_the_name_and_does_not_say_which_was_wrong(console: Console) -> None:
    wrong = post(console.client(), "/sign-in", {"login": "station", "password": "sai"})
    unknown = post(console.client(), "/sign-in", {"login": "nobody", "password": "sai"})
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert 'value="station"' in wrong.text
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in wrong.text
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in unknown.text


@pytest.mark.parametrize("login", ["station", "nobody"])
def test_many_wrong_passwords_hold_the_address_back_and_say_until_when(console: Console, login: str) -> None:
    for _ in range(6):
        post(console.client(), "/sign-in", {"login": login, "password": "sai"})
    locked = post(console.client(), "/sign-in", {"login": login, "password": PASSWORD})
    assert locked.status_code == 429
    assert "09:00:30" in locked.text
    assert locked.headers["Retry-After"] == "30"


def test_the_right_password_is_taken_after_the_wait(console: Console) -> None:
    for _ in range(6):
        post(console.client(), "/sign-in", {"login": "station", "password": "sai"})
    console.clock.pass_by(seconds=31)
    assert post(console.client(), "/sign-in", {"login": "station", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("login", ["station", "officer"])
def test_a_browser_that_signed_in_before_is_never_kept_out_by_others(console: Console, login: str) -> None:
    known = console.client(login)
    post(known, "/sign-out")
    for number in range(100):
        source = {"REMOTE_ADDR": "127.0.0.1" if number % 2 else f"192.0.2.{number}"}
        post(console.client(), "/sign-in", {"login": login, "password": "sai"}, environ_overrides=source)
    form = {"login": login, "password": PASSWORD}
    assert post(console.client(), "/sign-in", form).status_code == 429
    answer = post(known, "/sign-in", form)
    assert answer.status_code == 302
    if login == "officer":
        assert post(known, "/second-factor", {"code": console.code(login)}).headers["Location"] == "/"


def test_a_password_alone_makes_no_browser_known(console: Console) -> None:
    client = console.client()
    post(client, "/sign-in", {"login": "officer", "password": PASSWORD})
    assert client.get_cookie("loa_browser") is None


def test_a_made_up_cookie_makes_no_browser_known(console: Console) -> None:
    client = console.client()
    for forged in ("", "x.y.z", '["b",["m"]]'):
        client.set_cookie("loa_browser", forged)
        for _ in range(6):
            post(client, "/sign-in", {"login": "station", "password": "sai"})
        assert post(client, "/sign-in", {"login": "station", "password": PASSWORD}).status_code == 429


def test_an_attack_on_all_logins_is_told_to_whoever_is_on_call_for_the_province(console: Console) -> None:
    faults.duty(console, area_id=PROVINCE)
    for number in range(SPRAY_FAILURES + 5):
        source = {"REMOTE_ADDR": f"192.0.2.{number}"}
        post(console.client(), "/sign-in", {"login": f"ai-{number}", "password": "sai"}, environ_overrides=source)
    with console.context.uow() as uow:
        [letter] = uow[Notices].all()
        events = [line.name for line in latest_events(uow.session)]
    assert "dò mật khẩu" in letter.title
    assert events.count("site.sign_ins_sprayed") == 1


def test_when_too_many_sign_in_at_once_it_says_so_and_when_to_come_back(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "_gate", Gate(strangers=Lane(at_once=0, waiting_most=0)))
    busy = post(console.client(), "/sign-in", {"login": "station", "password": PASSWORD})
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "3")
    assert "quá nhiều người đăng nhập" in busy.text
    assert 'value="station"' in busy.text


def test_signing_out_ends_the_session_on_the_server(console: Console) -> None:
    client = console.client("station")
    secret = client.get_cookie("loa_session")
    assert secret is not None
    post(client, "/sign-out")
    client.set_cookie("loa_session", secret.value)
    assert client.get("/").headers["Location"].startswith("/sign-in")


def test_a_session_ends_by_itself(console: Console) -> None:
    client = console.client("station")
    console.clock.pass_by(hours=12, seconds=1)
    assert client.get("/").status_code == 302


def test_whoever_is_signed_in_is_not_asked_again(console: Console) -> None:
    assert console.client("station").get("/sign-in?next=/why").headers["Location"] == "/why"


def test_a_fragment_without_a_session_is_401_so_that_the_page_reloads(console: Console) -> None:
    assert console.client().get("/", headers={"HX-Request": "true"}).status_code == 401


def test_a_form_without_its_token_is_refused_with_a_remedy(console: Console) -> None:
    answer = console.client("station").post("/sign-out")
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
