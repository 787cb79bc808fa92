"""Feedback of a citizen without sign-in: sent, found again by its code, answered, published in the official's words."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from broadcast.feedback.model import Feedback, FeedbackId, FeedbackState
from cms.features import FEATURES
from cms.feedback.repository import FeedbackRegister
from cms.platform import web
from cms.public.queries.public import by_code
from cms.public.views import limits
from cms.public.views.limits import code_hash
from tests.builders import bulletins, feedback, public_pages
from tests.builders.public_pages import PAGE, ROOT
from tests.console import COMMUNE, PROVINCE, Console, post

FORM = f"{PAGE}phan-anh"


def send(console: Console, *, address: str = "192.0.2.1", **more: Any) -> TestResponse:
    ticket = {} if "ticket" in more else {"ticket": public_pages.ticket(console)}
    form = {"kind": "noise", "text": "Loa đầu ngõ to quá.", **ticket, **more}
    return console.app.test_client().post(FORM, data=form, environ_overrides={"REMOTE_ADDR": address})


def code_in(html: str) -> str:
    (code,) = re.findall(r'id="code">([A-Z2-7-]{14})<', html)
    return str(code)


def stored(console: Console, code: str) -> Feedback | None:
    with console.context.uow() as uow:
        return by_code(uow.session, code_hash(code))


def looked_up(console: Console, code: str) -> str:
    return console.app.test_client().post(f"{ROOT}/phan-anh", data={"code": code}).text


def test_a_citizen_sends_and_finds_the_answer_and_an_official_publishes_it(console: Console) -> None:
    bulletin = public_pages.heard(console)
    form = console.app.test_client().get(f"{FORM}?tin={bulletin.id}").text
    assert f'<option value="{bulletin.id}" selected>Tiêm phòng dại' in form
    answer = send(console, bulletin=bulletin.id, contact="Bà Hoa, 0912 345 678")
    assert answer.status_code == 200
    assert "Hoa" not in answer.text
    code = code_in(answer.text)
    found = stored(console, code)
    assert found is not None
    assert (found.bulletin_id, found.contact, found.area_id) == (bulletin.id, "Bà Hoa, 0912 345 678", COMMUNE)
    assert "Chưa có câu trả lời" in looked_up(console, code.lower().replace("-", " "))

    operator, path = console.client("operator"), f"/feedback/{found.id}"
    assert "1 phản ánh của người dân chờ trả lời." in operator.get("/").text
    assert "Loa đầu ngõ" in operator.get("/feedback").text
    assert "Người dân tự gửi qua trang công khai" in operator.get(path).text
    post(operator, f"{path}/answer", {"answer": "Đã chỉnh nhỏ lại.", "version": "1"})
    result = looked_up(console, code)
    assert "Đã chỉnh nhỏ lại." in result
    assert "Loa đầu ngõ" not in result
    assert "Đã chỉnh nhỏ lại." not in console.app.test_client().get(PAGE).text

    assert "Cần điền mục này." in post(operator, f"{path}/publish", {"published_text": " "}).text
    post(operator, f"{path}/publish", {"published_text": "Loa ở ngõ to quá.", "version": "2"})
    page = console.app.test_client().get(PAGE).text
    assert "Loa ở ngõ to quá." in page
    assert "Đã chỉnh nhỏ lại." in page
    assert "Loa đầu ngõ" not in page
    assert "Đăng lại" in operator.get(path).text
    post(operator, f"{path}/hide", {"version": "3"})
    assert "Loa ở ngõ to quá." not in console.app.test_client().get(PAGE).text
    assert "Gỡ khỏi trang công khai" in operator.get(path).text


def test_sent_twice_it_is_received_once_under_the_same_code(console: Console) -> None:
    ticket = public_pages.ticket(console)
    first, again = (code_in(send(console, ticket=ticket).text) for _ in range(2))
    assert first == again
    assert "1 phản ánh" in console.client("operator").get("/").text


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"text": " "}, "Cần điền mục này."),
        ({"text": "x" * 2001}, "2000"),
        ({"kind": "strange"}, "Cần chọn mục này."),
        ({"contact": "x" * 201}, "200"),
    ],
)
def test_what_cannot_be_received_is_told_beside_what_was_typed(
    console: Console, wrong: dict[str, Any], told: str
) -> None:
    answer = send(console, **{"contact": "Ở số 5", **wrong})
    assert answer.status_code == 422
    assert told in answer.text
    assert ("Ở số 5" in answer.text) is ("contact" not in wrong)
    assert "phản ánh của người dân chờ" not in console.client("operator").get("/").text


@pytest.mark.parametrize("how", ["forged", "old", "quick", "trap"])
def test_a_program_is_asked_to_send_again_and_nothing_is_lost(console: Console, how: str) -> None:
    ticket = {
        "forged": "01abcdefgh.1764000000." + "0" * 32,
        "old": public_pages.ticket(console, age_s=13 * 3600),
        "quick": public_pages.ticket(console, age_s=1),
        "trap": public_pages.ticket(console),
    }[how]
    answer = send(console, ticket=ticket, **({"website": "http://x.example"} if how == "trap" else {}))
    assert answer.status_code == 422
    assert "gửi lần nữa" in answer.text
    assert ("trong vòng ba giây" in answer.text) is (how in {"quick", "trap"})
    assert "Loa đầu ngõ to quá." in answer.text
    assert "x.example" not in answer.text
    (fresh,) = re.findall(r'name="ticket" value="([^"]+)"', answer.text)
    console.clock.pass_by(seconds=5)
    code_in(send(console, ticket=fresh).text)


def test_what_is_missing_is_told_before_how_fast_it_was_sent(console: Console) -> None:
    answer = send(console, ticket=public_pages.ticket(console, age_s=1), kind="")
    assert "Cần chọn mục này." in answer.text
    assert "gửi lần nữa" not in answer.text


def test_one_address_sends_so_much_an_hour_and_another_is_not_held_back(console: Console) -> None:
    for _ in range(limits.SENT_MOST):
        code_in(send(console).text)
    assert send(console, text=" ", address="192.0.2.9").status_code == 422
    held = send(console)
    assert held.status_code == 429
    assert "Hãy đợi một giờ" in held.text
    assert "Loa đầu ngõ to quá." in held.text
    code_in(send(console, address="192.0.2.2").text)
    console.clock.pass_by(hours=1)
    code_in(send(console).text)


def test_every_web_process_counts_the_same_and_no_address_is_stored(console: Console) -> None:
    for _ in range(limits.SENT_MOST):
        code_in(send(console).text)
    another = Flask("another")
    another.testing = True
    web.register(another, console.context, FEATURES)
    other = replace(console, app=another)
    assert send(other).status_code == 429
    with console.context.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM public_uses").all()
    assert len(rows) == limits.SENT_MOST
    assert "192.0.2" not in str(rows)
    assert "127.0.0.1" not in str(rows)
    console.clock.pass_by(hours=1)
    code_in(send(other).text)
    with console.context.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM public_uses").scalar_one() == 1


def test_codes_cannot_be_tried_for_long(console: Console) -> None:
    client = console.app.test_client()
    answers = [client.post(f"{ROOT}/phan-anh", data={"code": "AAAA-AAAA-AAAA"}) for _ in range(limits.ASKED_MOST + 1)]
    assert [each.status_code for each in answers[-2:]] == [422, 429]
    assert "Không có phản ánh nào mang mã này" in answers[0].text
    assert (
        "Không có phản ánh nào mang mã này"
        in client.post(f"{ROOT}/phan-anh", data={"code": "x"}, environ_overrides={"REMOTE_ADDR": "192.0.2.3"}).text
    )


def test_what_an_official_noted_has_no_code(console: Console) -> None:
    noted = feedback.noted(console)
    assert noted.code_hash == ""
    assert "Không có phản ánh" in looked_up(console, "")


def test_signs_that_no_text_holds_are_left_out_and_what_is_huge_is_not_read(console: Console) -> None:
    found = stored(console, code_in(send(console, text="Loa\x00 to\r\nquá\x1b.", contact="Bà\x00 Hoa").text))
    assert found is not None
    assert (found.text, found.contact) == ("Loa to\nquá.", "Bà Hoa")
    huge = send(console, text="x" * 70_000)
    assert huge.status_code == 413
    assert "Về danh sách các xã" in huge.text


def test_a_bulletin_that_nobody_may_know_of_is_not_noted(console: Console) -> None:
    draft = bulletins.write(console)
    found = stored(console, code_in(send(console, bulletin=draft.id).text))
    assert found is not None
    assert found.bulletin_id is None


def test_only_a_place_with_a_programme_of_its_own_has_the_form(console: Console) -> None:
    assert console.app.test_client().get(f"{ROOT}/{PROVINCE}/phan-anh").status_code == 404
    assert console.app.test_client().post(f"{ROOT}/nowhere/phan-anh").status_code == 404


def test_the_api_publishes_and_hides_too(console: Console) -> None:
    sent, _ = public_pages.sent(console)
    client, headers = console.app.test_client(), console.bearer("operator")
    path = f"/api/v1/feedback/{sent.id}"
    assert client.get(path, headers=headers).get_json()["is_from_public"] is True
    assert client.post(f"{path}/publish", json={"text": "To quá."}, headers=headers).status_code == 409
    client.post(f"{path}/answer", json={"answer": "Đã chỉnh."}, headers=headers)
    body = client.post(f"{path}/publish", json={"text": "To quá."}, headers=headers).get_json()
    assert (body["published_text"], body["published_by_name"], body["state"]) == ("To quá.", "Operator", "answered")
    assert client.post(f"{path}/hide", headers=headers).get_json()["published_at"] is None
    with console.context.uow() as uow:
        assert uow[FeedbackRegister].get(FeedbackId(sent.id)).state is FeedbackState.ANSWERED
