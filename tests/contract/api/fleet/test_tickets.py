"""Tickets on the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import faults, tickets
from tests.console import COMMUNE, FAR_COMMUNE, Console
from tests.contract.api.conftest import Caller


@pytest.fixture
def mender(console: Console) -> Caller:
    return Caller(console, "technician")


def test_a_ticket_is_opened_once_told_of_again_and_listed_with_its_place(console: Console, mender: Caller) -> None:
    fault = faults.fault(console)
    body = {"fault_id": fault.id, "text": "Dân gọi điện"}
    first, again = (mender("POST", "/tickets", body, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, first.get_json()) == (201, again.get_json())
    made = first.get_json()
    assert (made["origin"], made["fault_kind"], made["device_id"], made["state"]) == (
        *("fault", "speaker_open", faults.BOX, "open"),
    )
    other = Caller(console, "operator")("POST", "/tickets", {"fault_id": fault.id}).get_json()
    assert other["id"] == made["id"]
    found = Caller(console, "operator")("POST", "/tickets", {**body, "text": "Vẫn câm"}, Idempotency_Key="k2")
    assert found.get_json()["id"] == made["id"]
    whole = mender("GET", f"/tickets/{made['id']}").get_json()
    assert [each["text"] for each in whole["entries"]] == ["Vẫn câm"]
    (line,) = mender("GET", f"/tickets?area={COMMUNE}").get_json()["items"]
    assert set(line["point"]) == {"lat", "lon"}
    assert mender("GET", f"/tickets?area={FAR_COMMUNE}").get_json() == {"items": []}
    assert mender("GET", "/tickets?area=none").status_code == 422
    assert Caller(console, "far-operator")("GET", f"/tickets/{made['id']}").status_code == 404


def test_steps_are_done_once_and_what_the_state_forbids_is_refused(console: Console, mender: Caller) -> None:
    found = tickets.of_fault(console)
    path = f"/tickets/{found.id}/steps"
    answers = [mender("POST", path, {"step": "take"}, Idempotency_Key="k1") for _ in range(2)]
    assert [each.get_json()["holder_name"] for each in answers] == ["Technician"] * 2
    assert mender("POST", path, {"step": "take"}).get_json()["code"] == "NOT_POSSIBLE"
    early = (console.clock() - timedelta(hours=1)).isoformat()
    noted = mender("POST", path, {"step": "check", "check": "look", "is_good": True, "done_at": early})
    assert noted.status_code == 200
    done = mender("POST", path, {"step": "finish"})
    assert [each["field"] for each in done.get_json()["problems"]] == ["text"]
    assert mender("POST", path, {"step": "finish", "text": "Đã nối dây"}).get_json()["state"] == "done"
    assert mender("GET", "/tickets").get_json() == {"items": []}
    assert [each["id"] for each in mender("GET", "/tickets?state=ended").get_json()["items"]] == [found.id]
    first = mender("GET", f"/tickets/{found.id}").get_json()["entries"][0]
    assert (first["check"], first["is_good"], first["done_at"] < first["at"]) == ("look", True, True)


def test_only_a_picture_is_taken_for_one(console: Console, mender: Caller) -> None:
    path = f"/tickets/{tickets.ticket(console).id}/steps"
    text = console.context.content.put_bytes(b"a log")
    for sha256 in (text, "0" * 64):
        answer = mender("POST", path, {"step": "note", "photo_sha256": sha256})
        assert [each["code"] for each in answer.get_json()["problems"]] == ["NO_PICTURE"]
    picture = console.context.content.put_bytes(b"\x89PNG\r\n\x1a\n...")
    assert mender("POST", path, {"step": "note", "photo_sha256": picture}).status_code == 200


def test_an_incident_over_communes_is_told_to_readers_in_each_and_not_elsewhere(console: Console) -> None:
    found = tickets.ticket(console, text="", incident_id=faults.wide_incident(console).id)
    far = Caller(console, "far-operator")
    (line,) = far("GET", "/tickets").get_json()["items"]
    assert (line["id"], line["device_name"], line["point"]) == (found.id, "", None)
    assert far("GET", f"/tickets/{found.id}").status_code == 200
    assert far("POST", f"/tickets/{found.id}/steps", {"step": "note", "text": "Cột đổ"}).status_code == 200
    assert far("POST", f"/tickets/{found.id}/steps", {"step": "finish", "text": "Xong"}).status_code == 403
    (ended,) = Caller(console, "operator")("GET", f"/tickets?area={COMMUNE}").get_json()["items"]
    assert ended["id"] == found.id
