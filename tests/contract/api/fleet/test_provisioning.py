from __future__ import annotations

import pytest

from devices.health.kinds import FaultKind
from tests.builders import faults
from tests.builders.registrations import CODE
from tests.console import COMMUNE, COMMUNE_2, Console

BOX = {"serial": "VTB/1", "area_id": COMMUNE, "code": CODE}


def test_boxes_are_registered_once_claimed_moved_and_taken_back(console: Console) -> None:
    client, who = console.app.test_client(), console.bearer("technician")
    keyed = {**who, "Idempotency-Key": "once"}
    made = client.post("/api/v1/devices/registrations", json={"items": [BOX]}, headers=keyed)
    assert (made.status_code, made.get_json()["items"][0]["state"]) == (201, "registered")
    again = client.post("/api/v1/devices/registrations", json={"items": [BOX]}, headers=keyed)
    assert again.get_json() == made.get_json()
    twice = client.post("/api/v1/devices/registrations", json={"items": [BOX]}, headers=who)
    assert (twice.status_code, "SERIAL_TAKEN" in twice.text) == (422, True)
    claim = {"serial": "vtb-1", "code": CODE, "area_id": COMMUNE, "lat": 10.9, "lon": 108.2}
    wrong = client.post("/api/v1/devices/claims", json={**claim, "code": "0" * 16}, headers=who)
    assert (wrong.status_code, "CLAIM_WRONG" in wrong.text) == (422, True)
    body = client.post("/api/v1/devices/claims", json=claim, headers=who).get_json()
    assert (body["state"], body["certificates"]) == ("claimed", [])
    path = f"/api/v1/devices/{body['device_id']}"
    moved = client.post(f"{path}/move", json={"area_id": COMMUNE_2}, headers=who)
    assert moved.get_json()["area_id"] == COMMUNE_2
    shown = client.get(f"{path}/identity", headers=who)
    stale = client.post(f"{path}/identity/revoke", json={"why": "x"}, headers={**who, "If-Match": '"1"'})
    assert stale.status_code == 412
    asked = client.post(
        f"{path}/identity/revoke", json={"why": "Mất"}, headers={**who, "If-Match": shown.headers["ETag"]}
    )
    assert (asked.status_code, asked.get_json()["dangers"]) == (202, ["silences", "lasts"])
    batch = f"/api/v1/device-commands/{asked.get_json()['id']}"
    assert client.post(f"{batch}/agree", headers=console.bearer("admin")).status_code == 200
    assert client.get(f"{path}/identity", headers=who).get_json()["state"] == "revoked"
    assert client.post(f"{path}/identity/revoke", json={"why": "Mất"}, headers=who).status_code == 409
    assert client.post(f"{path}/identity/claim", json={}, headers=who).status_code == 404
    listed = client.get("/api/v1/devices/registrations", headers=who).get_json()["items"]
    assert [(each["serial"], each["state"]) for each in listed] == [("vtb-1", "revoked")]


def test_a_device_that_came_with_its_bundle_has_an_identity_too(console: Console) -> None:
    client, who = console.app.test_client(), console.bearer("technician")
    path = f"/api/v1/devices/{COMMUNE}-l01/identity"
    assert client.get(path, headers=who).get_json()["state"] == "in_service"
    urgent = {"why": "Nghi bị chiếm", "at_once": True}
    assert client.post(f"{path}/release", json={"why": ""}, headers=who).status_code == 409
    for act in ("release", "retire"):
        refused = client.post(f"{path}/{act}", json=urgent, headers=who)
        assert (refused.status_code, [each["code"] for each in refused.get_json()["problems"]]) == (422, ["NOT_TAKEN"])
    missing = client.post(f"{path}/revoke", json={}, headers=who)
    assert (missing.status_code, "MISSING" in missing.text) == (422, True)


@pytest.mark.parametrize("act", ["quarantine", "revoke"])
def test_no_token_shuts_a_device_off_at_once_whatever_is_seen(console: Console, act: str) -> None:
    faults.fault(console, FaultKind.TRESPASSES)
    client, who = console.app.test_client(), console.bearer("technician")
    path = f"/api/v1/devices/{COMMUNE}-l01/identity"
    refused = client.post(f"{path}/{act}", json={"why": "Khóa bị lộ", "at_once": True}, headers=who)
    assert (refused.status_code, refused.get_json(force=True)["code"]) == (403, "TOKEN_REFUSED")
    assert client.get(path, headers=who).get_json()["state"] == "in_service"


def test_shutting_off_and_letting_on_wait_for_another_person(console: Console) -> None:
    client, who, admin = console.app.test_client(), console.bearer("technician"), console.bearer("admin")
    path = f"/api/v1/devices/{COMMUNE}-l01/identity"
    for act, is_silent in (("quarantine", True), ("release", False)):
        keyed = {**who, "Idempotency-Key": act}
        first, again = (client.post(f"{path}/{act}", json={"why": "Nghi"}, headers=keyed) for _ in range(2))
        assert (first.status_code, first.get_json()) == (202, again.get_json())
        assert client.get(path, headers=who).get_json()["quarantined"] is not is_silent
        batch = f"/api/v1/device-commands/{first.get_json()['id']}"
        assert client.post(f"{batch}/agree", headers=who).status_code == 403
        assert client.post(f"{batch}/agree", headers=admin).status_code == 200
        assert client.get(path, headers=who).get_json()["quarantined"] is is_silent
    missing = client.post(f"{path}/quarantine", json={"why": " "}, headers=who).get_json()
    assert [(each["field"], each["code"]) for each in missing["problems"]] == [("why", "MISSING")]
