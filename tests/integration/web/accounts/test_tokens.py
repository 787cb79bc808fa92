"""Tokens that a person makes for their own programs: within their rights, shown once, revocable."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cms.accounts.model import Token, TokenScope
from cms.accounts.repository import People
from cms.accounts.service.tokens import MOST
from province.people import UserId
from tests.builders import people
from tests.console import PASSWORD, Console, post

FORM = {"token": "Máy phát tự động", "scopes": ["read", "feedback"], "days": "30", "old": PASSWORD}


@pytest.fixture
def operator(console: Console) -> FlaskClient:
    return console.client("operator")


def held(console: Console) -> list[Token]:
    with console.context.uow() as unit:
        found = unit[People].tokens(UserId("u-operator"))
    return [each for each in found if each.is_good(console.clock()) and each.name != "test"]


def asks(console: Console, secret: str) -> TestResponse:
    return console.app.test_client().get("/api/v1/feedback", headers={"Authorization": f"Bearer {secret}"})


def test_a_person_makes_a_token_uses_it_and_revokes_it(console: Console, operator: FlaskClient) -> None:
    shown = post(operator, "/account/tokens", FORM).text
    found = re.search(r'value="(loa_[\w-]+)"', shown)
    assert found is not None
    secret = found[1]
    assert secret not in operator.get("/account/tokens").text
    (token,) = held(console)
    assert token.scopes == (TokenScope.READ, TokenScope.FEEDBACK)
    assert token.last_used_at is None
    assert asks(console, secret).status_code == 200
    first = console.clock()
    console.clock.pass_by(minutes=30)
    asks(console, secret)
    assert [each.last_used_at for each in held(console)] == [first]
    console.clock.pass_by(minutes=31)
    asks(console, secret)
    assert [each.last_used_at for each in held(console)] == [console.clock()]
    post(console.client("station"), f"/account/tokens/{token.id}/revoke")
    assert asks(console, secret).status_code == 200
    post(operator, f"/account/tokens/{token.id}/revoke")
    assert asks(console, secret).status_code == 401


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"old": "sai"}, "Mật khẩu đang dùng không đúng"),
        ({"token": ""}, "Cần điền"),
        ({"days": "9999"}, "Cần điền"),
        ({"scopes": ["stations"]}, "không gồm việc này"),
        ({"scopes": ["everything"]}, "không gồm việc này"),
    ],
)
def test_what_is_wrong_is_said_and_no_token_is_made(
    console: Console, operator: FlaskClient, form: dict[str, object], sentence: str
) -> None:
    answer = post(operator, "/account/tokens", {**FORM, **form})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert held(console) == []


def test_there_are_at_most_twenty(console: Console, operator: FlaskClient) -> None:
    with console.context.uow() as unit:
        (known,) = unit[People].tokens(UserId("u-operator"))
        for number in range(MOST - 1):
            until_at = known.expires_at
            made = Token(f"more-{number}", known.user_id, "x", f"hash-{number}", known.created_at, until_at)
            unit[People].add_token(made)
        unit.commit()
    assert "số nhiều nhất" in post(operator, "/account/tokens", FORM).text


def test_an_administrator_revokes_a_token_of_a_person(console: Console) -> None:
    path, admin = people.with_token(console), console.client("admin")
    assert "Máy phát" in admin.get(f"/people/{path.partition('/')[0]}").text
    assert post(admin, f"/people/u-station/{path.partition('/')[2]}/revoke").status_code == 404
    post(admin, f"/people/{path}/revoke")
    assert "Máy phát" not in admin.get(f"/people/{path.partition('/')[0]}").text
