"""Remote commands and maintenance windows on the API."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import commands
from tests.builders.commands import LOA_1, LOA_2
from tests.console import COMMUNE, Console

PATH = "/api/v1/device-commands"
REBOOT: dict[str, Any] = {"kind": "reboot", "choice": {"devices": [LOA_1, LOA_2]}, "reason": "Treo sau bão"}


@pytest.fixture
def api(console: Console) -> FlaskClient:
    return console.app.test_client()


def test_a_preview_is_what_is_then_asked(console: Console, api: FlaskClient) -> None:
    headers = console.bearer("technician")
    wanted = {"kind": "resync", "choice": {"areas": [COMMUNE], "devices": ["khong-co"]}}
    seen = api.post(f"{PATH}/preview", json=wanted, headers=headers).get_json()
    assert seen["left_out"] == [{"device_id": "khong-co", "why": "unknown"}]
    assert (len(seen["devices"]), seen["offline"], seen["dangers"]) == (3, seen["devices"], [])
    asked = api.post(PATH, json={**wanted, "reason": "Đổi khóa", "mark": seen["mark"]}, headers=headers)
    assert (asked.status_code, asked.headers["ETag"]) == (201, '"1"')
    assert asked.get_json()["device_ids"] == seen["devices"]
    other = api.post(PATH, json={**wanted, "reason": "Đổi khóa", "mark": "another"}, headers=headers)
    assert (other.status_code, other.get_json()["code"]) == (409, "VERSION_CONFLICT")


def test_the_same_request_asks_once(console: Console, api: FlaskClient) -> None:
    headers = {**console.bearer("technician"), "Idempotency-Key": "once"}
    body = {"kind": "volume", "volume_pct": 40, "choice": {"devices": [LOA_1]}, "reason": "Đêm hội"}
    first, again = (api.post(PATH, json=body, headers=headers) for _ in range(2))
    assert first.get_json() == again.get_json()
    listed = api.get(f"/api/v1/devices/{LOA_1}/commands", headers=headers).get_json()["items"]
    assert [(each["kind"], each["state"]) for each in listed] == [("volume", "queued")]


def test_what_is_wrong_is_said_all_at_once(console: Console, api: FlaskClient) -> None:
    body = {"kind": "resync", "volume_pct": 4, "is_audible": True, "choice": {"areas": ["nowhere"]}, "reason": "x"}
    answer = api.post(PATH, json=body, headers=console.bearer("technician"))
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    found = [(problem["field"], problem["code"]) for problem in answer.get_json()["problems"]]
    assert found == [("volume_pct", "NOT_TAKEN"), ("is_audible", "NOT_TAKEN"), ("areas", "AREA_UNKNOWN")]


def test_what_is_dangerous_is_agreed_to_by_another_and_called_off(console: Console, api: FlaskClient) -> None:
    technician, admin = console.bearer("technician"), console.bearer("admin")
    asked = api.post(PATH, json=REBOOT, headers=technician).get_json()
    path = f"{PATH}/{asked['id']}"
    assert (asked["state"], asked["dangers"]) == ("waiting", ["reboot_several"])
    own = api.post(f"{path}/agree", headers=technician)
    assert (own.status_code, own.get_json()["reason"]) == (403, "OWN_COMMAND")
    stale = api.post(f"{path}/agree", headers={**admin, "If-Match": '"7"'})
    assert stale.status_code == 412
    agreed = api.post(f"{path}/agree", headers=admin)
    assert (agreed.get_json()["state"], agreed.headers["ETag"]) == ("running", '"2"')
    aborted = api.post(f"{path}/abort", json={"why": "Đang bão"}, headers=technician).get_json()
    assert (aborted["state"], aborted["ended_why"]) == ("aborted", "Đang bão")
    again = api.post(f"{path}/abort", json={"why": "Đang bão"}, headers=technician)
    assert again.get_json()["code"] == "NOT_POSSIBLE"
    shown = api.get(path, headers=technician).get_json()
    assert shown["counts"] == {"aborted": 2}
    rows = api.get(f"{path}/devices?limit=1", headers=technician).get_json()
    assert [each["device_id"] for each in rows["items"]] == [LOA_1]
    rest = api.get(f"{path}/devices?cursor={rows['next_cursor']}&state=aborted", headers=technician).get_json()
    assert [each["device_id"] for each in rest["items"]] == [LOA_2]
    listed = api.get(PATH, headers=technician).get_json()
    assert [(each["id"], each["counts"]) for each in listed["items"]] == [(asked["id"], {"aborted": 2})]


def test_another_person_may_say_no(console: Console, api: FlaskClient) -> None:
    batch = commands.waiting(console)
    said = api.post(f"{PATH}/{batch.id}/refuse", json={"why": "Đang bão"}, headers=console.bearer("admin"))
    assert said.get_json()["state"] == "refused"


def test_a_log_is_text(console: Console, api: FlaskClient) -> None:
    command = commands.log(console)
    path = f"/api/v1/devices/{LOA_1}/commands/{command.id}/log"
    answer = api.get(path, headers=console.bearer("technician"))
    assert (answer.mimetype, answer.text) == ("text/plain", "start b1 (power)\n")
    assert api.get(path.replace(LOA_1, LOA_2), headers=console.bearer("technician")).status_code == 404


def test_a_window_is_opened_listed_and_ended(console: Console, api: FlaskClient) -> None:
    headers = {**console.bearer("technician"), "Idempotency-Key": "window"}
    body = {
        "area_id": COMMUNE,
        "from_at": "2026-11-24T09:00:00+07:00",
        "until_at": "2026-11-24T11:00:00+07:00",
        "reason": "Thay bình",
    }
    made, again = (api.post("/api/v1/maintenance", json=body, headers=headers) for _ in range(2))
    assert (made.status_code, again.get_json()) == (201, made.get_json())
    assert made.get_json()["until_at"] == "2026-11-24T04:00:00Z"
    listed = api.get("/api/v1/maintenance", headers=headers).get_json()["items"]
    assert [each["id"] for each in listed] == [made.get_json()["id"]]
    ended = api.post(f"/api/v1/maintenance/{listed[0]['id']}/end", headers=console.bearer("admin"))
    assert ended.get_json()["ended_by_name"] == "Admin"
    assert api.get("/api/v1/maintenance", headers=headers).get_json()["items"] == []
    wrong = api.post("/api/v1/maintenance", json={**body, "until_at": body["from_at"]}, headers=console.bearer("admin"))
    assert wrong.get_json()["problems"][0]["code"] == "ENDS_BEFORE_START"
