"""Unsaved work: a form sent without a session or with an old token comes back filled; no input is lost."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from cms.platform.web import unsaved
from tests.console import COMMUNE, PASSWORD, Console, csrf_of, post

OWN = {"Origin": "http://localhost"}
TEXT = "Ngày mai trạm y tế tiêm chủng cho trẻ dưới hai tuổi."
TYPED = {
    "title": "Lịch tiêm chủng",
    "kind": "text",
    "text": TEXT,
    "areas": COMMUNE,
    "act": "save",
    "topic": "health",
    "priority": "normal",
    "language": "vi",
    "after": "restart",
}


def field(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return unescape(found.group(1))


def hidden(page: TestResponse) -> list[tuple[str, str]]:
    form = page.text[page.text.index('<form method="post" action="/bulletins/new"') :]
    return [(n, unescape(v)) for n, v in re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form)]


def sign_in_with(console: Console, client: FlaskClient, page: TestResponse, login: str) -> TestResponse:
    """Follow the steps of signing in as a browser does, with the data that each page carries along."""
    form = {"csrf_token": csrf_of(client), "login": login, "password": PASSWORD, "carried": field(page, "carried")}
    step = client.post("/sign-in", data=form)
    assert step.status_code == 307
    step = client.post(step.headers["Location"], data=form)
    if 'id="code"' in step.text:
        form = {"csrf_token": csrf_of(client), "code": console.code(login), "carried": field(step, "carried")}
        step = client.post("/second-factor", data=form)
        assert step.status_code == 307
        step = client.post(step.headers["Location"], data=form)
    return step


def test_a_form_sent_without_a_session_is_carried_through_the_sign_in_and_sent(console: Console) -> None:
    client = console.client()
    page = post(client, "/bulletins/new", TYPED, headers=OWN)
    assert page.status_code == 401
    assert "Những gì bạn gõ vẫn còn" in page.text
    page = sign_in_with(console, client, page, "editor")
    assert page.status_code == 200
    assert TEXT in page.text
    again = client.post("/bulletins/new", data=MultiDict([*hidden(page), ("act", "save")]))
    assert again.status_code == 302
    assert client.get(again.headers["Location"]).text.count(TEXT) >= 1


def test_it_comes_through_the_second_factor_too(console: Console) -> None:
    client = console.client()
    page = post(client, "/feedback/new", {"text": "Loa ở ngõ to quá.", "areas": COMMUNE}, headers=OWN)
    page = sign_in_with(console, client, page, "officer")
    assert "Loa ở ngõ to quá." in page.text


def test_a_wrong_password_does_not_lose_what_is_carried(console: Console) -> None:
    client = console.client()
    page = post(client, "/bulletins/new", TYPED, headers=OWN)
    form = {"login": "editor", "password": "sai", "carried": field(page, "carried")}
    again = post(client, "/sign-in", form)
    assert again.status_code == 401
    assert field(again, "carried") == field(page, "carried")


def test_the_bulletin_form_can_be_had_back_filled(console: Console) -> None:
    client = console.client()
    page = sign_in_with(console, client, post(client, "/bulletins/new", TYPED, headers=OWN), "editor")
    assert 'value="again"' in page.text
    form = client.post("/bulletins/new", data=MultiDict([*hidden(page), ("act", "again")]))
    assert form.status_code == 200
    assert TEXT in form.text
    assert TYPED["title"] in form.text


def test_an_old_token_brings_the_bulletin_form_back_filled(console: Console) -> None:
    client = console.client("editor")
    answer = client.post("/bulletins/new", data={**TYPED, "csrf_token": "cu"}, headers=OWN)
    assert answer.status_code == 400
    assert "Trang đã mở quá lâu" in answer.text
    assert f'value="{TYPED["title"]}"' in answer.text
    assert TEXT in answer.text


def test_an_old_token_of_any_other_form_brings_back_what_was_typed(console: Console) -> None:
    client = console.client("operator")
    answer = client.post("/feedback/new", data={"text": "Loa ở ngõ to quá."}, headers=OWN)
    assert answer.status_code == 400
    assert "Loa ở ngõ to quá." in answer.text
    assert "Gửi tiếp" in answer.text


def test_without_session_and_token_both_the_sign_in_carries_the_form(console: Console) -> None:
    client = console.app.test_client()
    answer = client.post("/bulletins/new", data=TYPED, headers=OWN)
    assert answer.status_code == 401
    kept = unsaved.unpacked(field(answer, "carried"))
    assert kept is not None
    assert ("text", TEXT) in kept.fields


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_what_another_site_sends_is_not_carried(console: Console, headers: dict[str, str]) -> None:
    answer = post(console.client(), "/bulletins/new", TYPED, headers=headers)
    assert answer.status_code == 302
    assert "carried" not in answer.text
    refused = console.client("editor").post("/bulletins/new", data=TYPED, headers=headers)
    assert refused.status_code == 400
    assert TEXT not in refused.text


def test_passwords_and_codes_are_never_carried(console: Console) -> None:
    form = {"reason": "Lý do dài", "code": "123456", "password": "mat khau", "new_password": "moi", "word": "THẬT"}
    answer = post(console.client(), "/alerts/new", form, headers=OWN)
    kept = unsaved.unpacked(field(answer, "carried"))
    assert kept is not None
    assert kept.fields == (("reason", "Lý do dài"),)


@pytest.mark.parametrize("kept", ["", "!!", "eJwDAAAAAAE=", "WyIvIl0=" * 3])
def test_what_was_not_packed_here_is_no_form(kept: str) -> None:
    assert unsaved.unpacked(kept) is None


def test_a_sign_in_page_that_was_open_too_long_asks_again_and_keeps_the_name(console: Console) -> None:
    answer = console.app.test_client().post("/sign-in", data={"login": "editor", "password": PASSWORD})
    assert answer.status_code == 400
    assert 'value="editor"' in answer.text
    assert PASSWORD not in answer.text


def test_an_open_page_can_ask_whose_the_session_is(console: Console) -> None:
    nobody = console.client().get("/session").get_json()
    assert (nobody["person"], nobody["wanted"]) == ("", "nothing")
    client = console.client("editor")
    token = client.get("/session").get_json()["csrf"]
    assert client.get("/session").get_json()["person"] == console.actor("editor").user_id
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 302


def test_halfway_through_a_sign_in_the_page_learns_what_is_wanted(console: Console) -> None:
    client = console.client()
    post(client, "/sign-in", {"login": "officer", "password": PASSWORD})
    assert client.get("/session").get_json()["wanted"] == "code"


def test_a_saved_form_is_acknowledged_to_the_browser(console: Console) -> None:
    client, mark = console.client("editor"), "a1" * 12
    refused = post(client, "/bulletins/new", {"title": "", "act": "save", "kept_as": mark})
    assert refused.status_code == 422
    assert client.get_cookie("loa_saved") is None
    assert f'data-kept="{mark}"' in refused.text
    other = "b2" * 12
    assert post(client, "/bulletins/new", {**TYPED, "kept_as": mark}).status_code == 302
    assert post(client, "/bulletins/new", {**TYPED, "kept_as": other}).status_code == 302
    cookie = client.get_cookie("loa_saved")
    assert cookie is not None
    assert cookie.value == f"{mark}.{other}"


def test_a_form_refused_for_want_of_a_session_is_not_acknowledged(console: Console) -> None:
    client = console.client()
    post(client, "/bulletins/new", {**TYPED, "kept_as": "a1" * 12})
    assert client.get_cookie("loa_saved") is None


def test_a_part_of_a_page_learns_that_its_token_is_old(console: Console) -> None:
    client = console.client("editor")
    answer = client.post("/bulletins/spoken", data=TYPED, headers={"HX-Request": "true"})
    assert answer.status_code == 400
    assert answer.headers["X-Loa-Form"] == "stale"


def test_without_anything_carried_the_next_step_leads_on(console: Console) -> None:
    assert post(console.client("editor"), "/sign-in/continue", {"next": "/why"}).headers["Location"] == "/why"
    assert post(console.client(), "/sign-in/continue").headers["Location"] == "/sign-in"
