from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from broadcast.alerts.cap.message import Status
from cms.accounts.service.vault import secret_hash
from cms.exchange.cap.reader import MAX_BYTES
from cms.exchange.cap.writer import write
from cms.exchange.model import CapSender
from cms.exchange.repository.exchange import CapSenders
from tests.console import START, Console
from tests.contract.api.conftest import Caller
from tests.unit.exchange.messages import SENDER, message
from tests.unit.exchange.test_wrappers import carried, edxl_2, embedded

SECRET = "loacap_of-a-test"


@pytest.fixture(autouse=True)
def known(console: Console) -> None:
    with console.context.uow() as uow:
        uow[CapSenders].put(CapSender(SENDER, "Đài KTTV", "", (), (), secret_hash(SECRET), START))
        uow[CapSenders].put(CapSender("quiet@example.vn", "Không gửi", "", (), (), "", START))
        uow.commit()


def push(
    console: Console, body: bytes, secret: str = SECRET, kind: str = "application/cap+xml", to: str = "cap"
) -> TestResponse:
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": kind} if secret else {"Content-Type": kind}
    return console.app.test_client().post(f"/api/v1/{to}", data=body, headers=headers)


def push_edxl(console: Console, body: bytes, secret: str = SECRET) -> TestResponse:
    return push(console, body, secret, "application/xml", "edxl")


def test_a_message_left_is_answered_with_what_became_of_it(console: Console) -> None:
    answers = [push(console, write(message("pushed-1"))) for _ in range(2)]
    first, again = (each.get_json() for each in answers)
    assert [each.status_code for each in answers] == [201, 200]
    assert (first["verdict"], first["kind"], first["outcome"], first["code"]) == (
        "draft",
        "alert",
        "drafted",
        "UNSIGNED",
    )
    assert "alert_id" not in first
    assert again == {**first, "times_heard": 2}


def test_what_is_ignored_is_no_fault_of_the_sender(console: Console) -> None:
    answer = push(console, write(message("pushed-2", status=Status.TEST)))
    assert answer.status_code == 201
    assert answer.get_json()["verdict"] == "ignore"


def test_what_is_refused_is_told_as_a_problem_with_every_finding(console: Console) -> None:
    answer = push(console, write(message("pushed-3")).replace(b"<scope>Public</scope>", b""))
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert ("MISSING", "/alert/scope") in {(p["code"], p["field"]) for p in answer.get_json()["problems"]}


@pytest.mark.parametrize("secret", ["", "wrong", "token of a person"])
def test_only_a_sender_s_secret_opens_the_door(console: Console, secret: str) -> None:
    given = console.tokens["officer"] if secret.startswith("token") else secret
    answer = push(console, write(message()), given)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_a_sender_s_secret_opens_no_other_door(call: Caller, console: Console) -> None:
    answer = console.app.test_client().get("/api/v1/bulletins", headers={"Authorization": f"Bearer {SECRET}"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("kind", "body", "status"), [("text/plain", b"x", 415), ("text/xml", b"x" * (MAX_BYTES + 1), 413)]
)
def test_another_kind_or_too_much_is_turned_away(console: Console, kind: str, body: bytes, status: int) -> None:
    answer = push(console, body, kind=kind)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_each_alert_of_a_distribution_is_taken_as_if_left_by_itself(console: Console) -> None:
    test = write(message("edxl-2", status=Status.TEST))
    body = edxl_2(embedded(write(message("edxl-1"))), carried(test), carried(b"<alert"))
    answers = [push_edxl(console, body) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 200]
    assert [(each["verdict"], each["outcome"]) for each in answers[0].get_json()["messages"]] == [
        ("draft", "drafted"),
        ("ignore", "nothing"),
        ("refuse", "nothing"),
    ]
    assert [each["times_heard"] for each in answers[1].get_json()["messages"]] == [2, 2, 2]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (edxl_2(), "NO_ALERT"),
        (edxl_2(*[carried(b"<alert")] * 51), "TOO_MANY_ENTRIES"),
        (edxl_2(carried(b"<alert")), "NOT_WELL_FORMED"),
        (b"<html/>", "NOT_CAP"),
    ],
    ids=["empty", "many", "refused", "html"],
)
def test_a_distribution_with_nothing_to_take_is_a_problem(console: Console, body: bytes, code: str) -> None:
    answer = push_edxl(console, body)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert code in {each["code"] for each in answer.get_json()["problems"]}


def test_a_distribution_needs_a_sender_s_secret_too(console: Console) -> None:
    assert push_edxl(console, edxl_2(), "wrong").status_code == 401
