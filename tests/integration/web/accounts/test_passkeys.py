"""Passkeys: made with the password, used once for each challenge, and ended by a reset."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from cms.accounts.model import Passkey
from cms.accounts.repository import Passkeys, People
from cms.accounts.service import second_factor, users
from cms.accounts.service.passkeys import MOST
from cms.audit.queries import events_of
from province.people import UserId, program
from tests.builders.passkeys import SoftAuthenticator
from tests.console import CHEAP, PASSWORD, Console, post


def make(client: FlaskClient, device: SoftAuthenticator, **form: str) -> str:
    """Make a passkey; return the page that follows."""
    options = client.get("/account/passkeys/options").get_json()
    credential = {"credential": device.make(options), "old": PASSWORD}
    post(client, "/account/passkeys", {**credential, "name": "Điện thoại", **form})
    return client.get("/account").text


def sign_in(console: Console, device: SoftAuthenticator) -> tuple[FlaskClient, int]:
    client = console.client()
    console.clock.pass_by(seconds=1)
    answer = device.answer(client.get("/sign-in/passkey").get_json())
    return client, post(client, "/sign-in/passkey", {"credential": answer, "next": "/why"}).status_code


def held(console: Console, login: str) -> int:
    with console.context.uow() as unit:
        return len(unit[Passkeys].of(UserId(f"u-{login}")))


@pytest.fixture
def device() -> SoftAuthenticator:
    return SoftAuthenticator()


def test_a_passkey_is_both_factors_at_once(console: Console, device: SoftAuthenticator) -> None:
    assert "Từ nay đăng nhập được" in make(console.client("officer"), device)
    officer, status = sign_in(console, device)
    assert status == 302
    assert officer.get("/alerts").status_code == 200
    assert "dùng lần cuối" in officer.get("/account").text
    with console.context.uow() as unit:
        names = [line.name for line in events_of(unit.session, "u-officer")]
    assert names[:2] == ["user.signed_in", "user.passkey_added"]


def test_an_answer_opens_once_and_only_what_was_asked(console: Console, device: SoftAuthenticator) -> None:
    make(console.client("station"), device)
    console.clock.pass_by(seconds=1)
    client, other = console.client(), console.client()
    answer = device.answer(client.get("/sign-in/passkey").get_json())
    assert post(client, "/sign-in/passkey", {"credential": answer}).status_code == 302
    assert post(other, "/sign-in/passkey", {"credential": answer}).status_code == 401
    late = device.answer(other.get("/sign-in/passkey").get_json())
    console.clock.pass_by(minutes=6)
    assert post(other, "/sign-in/passkey", {"credential": late}).status_code == 401
    for stranger in (
        SoftAuthenticator(),
        replace(device, origin="http://loa.example"),
        replace(device, is_verified=False),
    ):
        assert sign_in(console, stranger)[1] == 401
    for nonsense in ("", "{}", "[]", '{"id":1,"response":{"clientDataJSON":"!"}}'):
        assert post(other, "/sign-in/passkey", {"credential": nonsense}).status_code == 401
    assert sign_in(console, device)[1] == 302


@pytest.mark.parametrize("ms", [0.7, -2000])
def test_a_challenge_of_this_moment_or_of_a_clock_slightly_ahead_is_answered(
    console: Console, device: SoftAuthenticator, ms: float
) -> None:
    make(console.client("station"), device)
    console.clock.pass_by(seconds=10)
    console.clock.pass_by(milliseconds=abs(ms) % 1)
    client = console.client()
    answer = device.answer(client.get("/sign-in/passkey").get_json())
    console.clock.pass_by(milliseconds=min(ms, 0))
    assert post(client, "/sign-in/passkey", {"credential": answer}).status_code == 302


def test_wrong_answers_from_one_address_are_held_back(console: Console, device: SoftAuthenticator) -> None:
    make(console.client("station"), device)
    for _ in range(21):
        post(console.client(), "/sign-in/passkey", {"credential": "{}"})
    assert sign_in(console, device)[1] == 429


def test_a_passkey_is_made_with_the_password_alone_and_for_this_person(
    console: Console, device: SoftAuthenticator
) -> None:
    station = console.client("station")
    assert "không đúng" in make(station, device, old="sai")
    mine = console.client("operator").get("/account/passkeys/options").get_json()
    assert "không được chấp nhận" in make(station, device, credential=device.make(mine))
    assert "không được chấp nhận" in make(station, replace(device, is_verified=False))
    assert held(console, "station") == 0
    make(station, device)
    assert "không được chấp nhận" in make(station, device)
    for _ in range(MOST - 1):
        make(station, SoftAuthenticator())
    assert "số nhiều nhất" in make(station, SoftAuthenticator())
    assert held(console, "station") == MOST


def test_a_removed_passkey_and_one_of_a_blocked_person_open_nothing(
    console: Console, device: SoftAuthenticator
) -> None:
    station, other = console.client("station"), SoftAuthenticator()
    make(station, device)
    make(station, other)
    with console.context.uow() as unit:
        first, second = unit[Passkeys].of(UserId("u-station"))
    post(console.client("operator"), f"/account/passkeys/{first.id}/remove")
    assert held(console, "station") == 2
    post(station, f"/account/passkeys/{first.id}/remove")
    assert [each.id for each in _of(console)] == [second.id]
    assert sign_in(console, device)[1] == 401
    with console.context.uow() as unit:
        users.lock_user(unit, "station", now=console.clock(), by=program("x"))
        unit.commit()
    assert sign_in(console, other)[1] == 401


def test_a_reset_ends_passkeys_and_a_role_with_codes_still_enrols(console: Console, device: SoftAuthenticator) -> None:
    make(console.client("officer"), device)
    with console.context.uow() as unit:
        unit[People].remove_second_factor(UserId("u-officer"))
        unit.commit()
    client, status = sign_in(console, device)
    assert (status, client.get("/alerts").status_code) == (302, 302)
    assert client.get("/second-factor/enrol").status_code == 200
    with console.context.uow() as unit:
        users.set_password(unit, CHEAP, "officer", "tam-thoi-9f!kWq2", now=console.clock(), by=program("x"))
        unit.commit()
    assert held(console, "officer") == 0
    make(console.client("admin"), SoftAuthenticator())
    with console.context.uow() as unit:
        second_factor.reset(unit, "admin", now=console.clock(), by=program("x"))
        unit.commit()
    assert held(console, "admin") == 0


def _of(console: Console) -> list[Passkey]:
    with console.context.uow() as unit:
        return list(unit[Passkeys].of(UserId("u-station")))
