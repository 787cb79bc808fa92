"""Page of one's own account: password, sign-ins, recovery codes, and the first password."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from cms.accounts.repository import People
from cms.accounts.service import users
from cms.audit.queries import events_of
from province.people import UserId, program
from tests.console import CHEAP, PASSWORD, Console, post

NEW = "mưa rơi trên mái tôn cũ"
FORM = {"old": PASSWORD, "new": NEW, "again": NEW}


@pytest.fixture
def station(console: Console) -> FlaskClient:
    return console.client("station")


def change(client: FlaskClient, **form: str) -> str:
    answer = post(client, "/account/password", {**FORM, **form})
    assert answer.headers["Location"] == "/account"
    return client.get("/account").text


def enters(console: Console, password: str, login: str = "station") -> bool:
    return post(console.client(), "/sign-in", {"login": login, "password": password}).status_code == 302


def names(console: Console, login: str) -> list[str]:
    with console.context.uow() as uow:
        return [line.name for line in events_of(uow.session, f"u-{login}")]


def test_a_person_changes_their_password_and_every_other_place_is_signed_out(
    console: Console, station: FlaskClient
) -> None:
    elsewhere = console.client("station")
    assert "Đã đổi mật khẩu" in change(station)
    assert station.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert (enters(console, PASSWORD), enters(console, NEW)) == (False, True)
    assert "user.password_changed" in names(console, "station")


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"old": "sai"}, "Mật khẩu đang dùng không đúng"),
        ({"again": "khác"}, "không giống nhau"),
        ({"new": "matkhau12345", "again": "matkhau12345"}, "khó đoán"),
        ({"new": "station-2026!", "again": "station-2026!"}, "khó đoán"),
        ({"new": PASSWORD, "again": PASSWORD}, "Mật khẩu phải mới"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(
    console: Console, station: FlaskClient, form: dict[str, str], sentence: str
) -> None:
    assert sentence in change(station, **form)
    assert enters(console, PASSWORD)


def test_guessing_the_old_password_in_an_open_session_is_held_back(station: FlaskClient) -> None:
    for _ in range(6):
        change(station, old="sai")
    assert "Hãy đợi đến" in change(station)


def test_with_a_second_factor_a_code_is_asked_for(console: Console) -> None:
    officer = console.client("officer")
    assert "Mã xác thực không đúng" in change(officer, code="000000")
    assert "Đã đổi mật khẩu" in change(officer, code=console.code("officer"))


def test_a_person_sees_where_they_are_signed_in_and_ends_it(console: Console, station: FlaskClient) -> None:
    agent = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"}
    other = console.app.test_client()
    form = {"login": "station", "password": PASSWORD}
    post(other, "/sign-in", form, headers=agent, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    html = station.get("/account").text
    assert "Firefox, Windows" in html
    assert "203.0.113.9" in html
    assert html.count("Đăng xuất nơi này") == 1
    with console.context.uow() as uow:
        sessions = uow[People].sessions_of(UserId("u-station"), console.clock())
    [theirs] = [each.id for each in sessions if each.source == "203.0.113.9"]
    post(console.client("operator"), f"/account/sessions/{theirs}/end")
    assert other.get("/").status_code == 200
    post(station, f"/account/sessions/{theirs}/end")
    assert other.get("/").status_code == 302


def test_every_other_place_is_signed_out_at_once(console: Console, station: FlaskClient) -> None:
    others = [console.client("station") for _ in range(2)]
    post(station, "/account/sessions/end-others")
    assert [each.get("/").status_code for each in (station, *others)] == [200, 302, 302]


def test_recovery_codes_are_made_anew_with_a_code_and_the_old_ones_are_gone(console: Console) -> None:
    officer = console.client("officer")
    post(officer, "/account/recovery-codes", {"code": "000000"})
    assert "Còn 0 mã chưa dùng" in officer.get("/account").text
    shown = post(officer, "/account/recovery-codes", {"code": console.code("officer")}).text
    assert shown.count("<li><code>") == 10
    assert "Còn 10 mã chưa dùng" in officer.get("/account").text


def test_a_password_that_was_given_out_opens_nothing_until_another_is_chosen(console: Console) -> None:
    with console.context.uow() as uow:
        given, now = "tam-thoi-9f!kWq2", console.clock()
        users.set_password(uow, CHEAP, "station", given, now=now, by=program("x"), must_change=True)
        uow.commit()
    client = console.client()
    form = {"login": "station", "password": given, "next": "/why"}
    assert post(client, "/sign-in", form).headers["Location"] == "/new-password?next=/why"
    assert client.get("/").status_code == 302
    for new in (given, "matkhau12345"):
        assert post(client, "/new-password", {"new": new, "again": new}).status_code == 422
    assert post(client, "/new-password", {"new": NEW, "again": "khác"}).status_code == 422
    answer = post(client, "/new-password", {"new": NEW, "again": NEW, "next": "/why"})
    assert answer.headers["Location"] == "/why"
    assert client.get("/").status_code == 200
    assert (enters(console, given), enters(console, NEW)) == (False, True)


def test_an_officer_gives_a_code_before_choosing_a_first_password(console: Console) -> None:
    with console.context.uow() as uow:
        user = uow[People].get(UserId("u-officer"))
        uow[People].save(replace(user, must_change_password=True))
        uow.commit()
    client = console.client()
    assert "/second-factor" in post(client, "/sign-in", {"login": "officer", "password": PASSWORD}).headers["Location"]
    assert client.get("/new-password").headers["Location"] == "/second-factor"
    answer = post(client, "/second-factor", {"code": console.code("officer")})
    assert answer.headers["Location"].startswith("/new-password")
    assert client.get("/alerts").status_code == 302
    assert post(client, "/new-password", {"new": NEW, "again": NEW}).headers["Location"] == "/"
    assert client.get("/alerts").status_code == 200


def test_a_session_that_is_used_goes_on_until_its_longest(console: Console, station: FlaskClient) -> None:
    for _ in range(6):
        console.clock.pass_by(hours=10)
        answer = station.get("/")
        assert answer.status_code == 200
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("loa_session="))
    assert "Max-Age=43200" in cookie
    console.clock.pass_by(hours=11)
    assert station.get("/").status_code == 200
    console.clock.pass_by(hours=1)
    assert station.get("/").status_code == 302


def test_a_session_that_is_not_used_ends(console: Console, station: FlaskClient) -> None:
    console.clock.pass_by(hours=11)
    assert station.get("/").status_code == 200
    console.clock.pass_by(hours=12, seconds=1)
    assert station.get("/").status_code == 302
