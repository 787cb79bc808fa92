from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from cms.accounts.repository import People
from tests.builders import bulletins
from tests.console import COMMUNE, FAR_COMMUNE, Console
from tests.contract.api.conftest import Caller

DRAFT = {"title": "Tin mới", "text": "Xin chào", "targets": {"areas": [COMMUNE]}}
Ask = Callable[[Console, Caller], TestResponse]

CASES: dict[str, tuple[int, str, Ask]] = {
    "no token": (401, "UNAUTHORIZED", lambda c, _: Caller(c, "")("GET", "/me")),
    "unknown address": (404, "NOT_FOUND", lambda _, call: call("GET", "/nowhere")),
    "unknown bulletin": (404, "NOT_FOUND", lambda _, call: call("GET", "/bulletins/nope")),
    "unknown job": (404, "NOT_FOUND", lambda _, call: call("GET", "/jobs/nope")),
    "unknown device": (404, "NOT_FOUND", lambda _, call: call("GET", "/devices/nope")),
    "wrong method": (405, "METHOD_NOT_ALLOWED", lambda _, call: call("DELETE", "/bulletins")),
    "not JSON by type": (415, "UNSUPPORTED_MEDIA_TYPE", lambda _, call: call.send("/bulletins", b"x", "text/plain")),
    "not JSON by content": (400, "BAD_REQUEST", lambda _, call: call.send("/bulletins", b"{", "application/json")),
    "misspelt member": (422, "INVALID", lambda _, call: call("POST", "/bulletins", {**DRAFT, "titel": "x"})),
    "no title": (422, "INVALID", lambda _, call: call("POST", "/bulletins", {**DRAFT, "title": " "})),
    "no body": (422, "INVALID", lambda _, call: call("POST", "/bulletins")),
    "unknown recording": (
        422,
        "INVALID",
        lambda _, call: call("POST", "/bulletins", {**DRAFT, "original_sha256": "0" * 64}),
    ),
    "page too large": (422, "INVALID", lambda _, call: call("GET", "/bulletins?limit=501")),
    "role": (403, "NOT_ALLOWED", lambda c, _: Caller(c, "auditor")("POST", "/bulletins", DRAFT)),
    "another area": (
        403,
        "NOT_ALLOWED",
        lambda c, _: Caller(c, "operator")("POST", "/bulletins", {**DRAFT, "targets": {"areas": [FAR_COMMUNE]}}),
    ),
    "recording not audio by type": (
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        lambda _, call: call.send("/audio", b"x", "text/html"),
    ),
    "recording too large": (413, "AUDIO_REFUSED", lambda _, call: call.send("/audio", b"x" * 2_200_000, "audio/wav")),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_refusal_is_problem_json(console: Console, call: Caller, name: str) -> None:
    status, code, ask = CASES[name]
    answer = ask(console, call)
    body = answer.get_json(force=True)
    assert (answer.status_code, body["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert body["status"] == status
    assert body["type"]
    assert body["title"]


def test_a_missing_token_names_the_scheme(console: Console) -> None:
    assert Caller(console, "")("GET", "/me").headers["WWW-Authenticate"] == "Bearer"


def test_a_wrong_method_names_the_right_ones(call: Caller) -> None:
    assert "POST" in call("DELETE", "/bulletins").headers["Allow"]


def test_a_revoked_token_opens_nothing(console: Console, call: Caller) -> None:
    with console.context.uow() as uow:
        uow[People].revoke_token("t-editor", console.clock())
        uow.commit()
    assert call("GET", "/me").status_code == 401


def test_every_problem_of_the_input_is_named_at_once(call: Caller) -> None:
    schedule = {"starts": "2026-12-01T05:00", "rrule": "FREQ=YEARLY"}
    body = {"title": "", "language": "xx", "targets": {"areas": ["nowhere"]}, "schedules": [schedule]}
    problems = call("POST", "/bulletins", body).get_json(force=True)["problems"]
    assert {"title", "language", "targets", "schedules.0.rrule"} <= {problem["field"] for problem in problems}


def test_a_member_of_a_list_is_named_by_its_place_whatever_is_wrong_with_it(call: Caller) -> None:
    """By the schema (a time that is none) and by the rules (a rule that is none) alike."""
    good = {"id": "b", "starts": "2026-12-01T05:00"}
    for wrong, field in (
        ({"starts": "x"}, "starts"),
        ({"starts": "2026-12-01T05:00", "rrule": "FREQ=YEARLY"}, "rrule"),
    ):
        body = {"title": "Tin", "targets": {"areas": ["bt-mui-ne"]}, "schedules": [good, wrong]}
        problems = call("POST", "/bulletins", body).get_json(force=True)["problems"]
        assert f"schedules.1.{field}" in {problem["field"] for problem in problems}


def test_clashes_are_listed_when_submitting(console: Console, call: Caller) -> None:
    quiet = bulletins.make_sound(console, bulletins.write(console, starts="2026-11-24T23:00"))
    answer = call("POST", f"/bulletins/{quiet.id}/submit", {})
    assert answer.status_code == 409
    assert [clash["kind"] for clash in answer.get_json(force=True)["clashes"]] == ["quiet_hours"]


def test_a_crash_says_nothing_of_the_inside(console: Console, call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    api = console.app.extensions["loa.api"]

    def crash() -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setitem(api.view_functions, "v1.me", crash)
    answer = call("GET", "/me")
    assert answer.status_code == 500
    assert answer.get_json(force=True)["code"] == "INTERNAL_SERVER_ERROR"
    assert "hunter2" not in answer.text
