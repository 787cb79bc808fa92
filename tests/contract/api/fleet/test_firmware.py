"""Firmware over the API."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from tests.builders import rollouts
from tests.console import Console

PREFIX = "/api/v1/firmware"


def sent(
    client: FlaskClient, console: Console, package: bytes, kind: str = "application/octet-stream"
) -> tuple[int, Any]:
    headers = {**console.bearer("technician"), "Content-Type": kind}
    answer = client.post(f"{PREFIX}/images", data=package, headers=headers)
    return answer.status_code, answer.get_json()


def test_a_package_is_taken_in_once(console: Console) -> None:
    client = console.app.test_client()
    first = sent(client, console, rollouts.package(9))
    assert first == sent(client, console, rollouts.package(9))
    listed = client.get(f"{PREFIX}/images", headers=console.bearer("auditor")).get_json()["items"]
    assert [(each["model"], each["number"], each["notes"]) for each in listed] == [("loa-c4", 9, "Sửa lỗi mất tiếng")]


def test_what_is_no_package_is_refused_with_its_code(console: Console) -> None:
    client = console.app.test_client()
    status, published = sent(client, console, b"nothing")
    assert (status, published["problems"][0]["code"]) == (422, "NO_PACKAGE")
    assert sent(client, console, b"{}", "text/plain")[0] == 415


def test_a_rollout_from_preview_to_stop(console: Console) -> None:
    client, body = console.app.test_client(), rollouts.body(console)
    mine = console.bearer("technician")
    preview = client.post(f"{PREFIX}/rollouts/preview", json=body, headers=mine).get_json()
    assert preview == {
        "devices": 3,
        "waves": {"canary": 1, "tenth": 0, "half": 1, "all": 1},
        "models": {body["image_ids"][0]: 3},
        "left_out": {},
    }
    keyed = {**mine, "Idempotency-Key": "k1"}
    made = client.post(f"{PREFIX}/rollouts", json=body, headers=keyed)
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    assert client.post(f"{PREFIX}/rollouts", json=body, headers=keyed).get_json() == made.get_json()
    path = f"{PREFIX}/rollouts/{made.get_json()['id']}"
    assert client.post(f"{path}/start", headers=mine).get_json()["state"] == "canary"
    assert client.post(f"{path}/start", headers=mine).status_code == 409
    assert client.post(f"{path}/pause", headers={**mine, "If-Match": '"1"'}).status_code == 412
    assert client.post(f"{path}/pause", headers=mine).get_json()["paused_at"]
    assert client.post(f"{path}/resume", headers=mine).get_json()["paused_at"] is None
    answer = client.get(path, headers=mine).get_json()
    assert (answer["wave"], [wave["size"] for wave in answer["waves"]]) == ("canary", [1, 0, 1, 1])
    devices = client.get(f"{path}/devices?limit=2&state=waiting", headers=mine).get_json()
    assert (len(devices["items"]), devices["next_cursor"]) == (2, devices["items"][1]["device_id"])
    assert client.post(f"{path}/release", headers=mine).status_code == 409
    stopped = client.post(f"{path}/stop", json={"why": "Lỗi tiếng"}, headers=mine).get_json()
    assert (stopped["state"], stopped["stop_code"], stopped["stop_why"]) == ("stopped", "PERSON", "Lỗi tiếng")
    assert len(client.get(f"{PREFIX}/rollouts", headers=mine).get_json()["items"]) == 1


def test_a_second_person_releases_it(console: Console) -> None:
    rollout, client = rollouts.held(console), console.app.test_client()
    path = f"{PREFIX}/rollouts/{rollout.id}/release"
    assert client.post(path, headers=console.bearer("technician")).get_json()["state"] == "waves"


def test_a_rollout_elsewhere_is_not_there(console: Console) -> None:
    rollout, client = rollouts.planned(console), console.app.test_client()
    assert client.get(f"{PREFIX}/rollouts/{rollout.id}", headers=console.bearer("far-operator")).status_code == 404
