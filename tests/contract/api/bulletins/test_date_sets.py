from __future__ import annotations

from flask.testing import FlaskClient

from tests.console import COMMUNE, Console


def test_a_set_is_named_told_and_forgotten(console: Console) -> None:
    client, headers = console.app.test_client(), console.bearer("operator")
    body = {"area_id": COMMUNE, "name": "Lễ hội", "dates": ["2026-11-26", "2026-11-25"]}
    made = client.put("/api/v1/date-sets", json=body, headers=headers).get_json()
    assert (made["name"], made["dates"]) == ("Lễ hội", ["2026-11-25", "2026-11-26"])
    answer = client.get("/api/v1/date-sets", headers=headers).get_json()
    assert [each["id"] for each in answer["built_in"]] == ["tet", "holidays"]
    assert "2026-02-17" in answer["built_in"][0]["dates"]
    assert [each["id"] for each in answer["items"]] == [made["id"]]
    _is_used(client, headers, made["id"])
    assert client.delete(f"/api/v1/date-sets/{made['id']}", headers=headers).status_code == 204
    assert client.get("/api/v1/date-sets", headers=headers).get_json()["items"] == []


def _is_used(client: FlaskClient, headers: dict[str, str], set_id: str) -> None:
    rule = {"starts": "2026-11-24T17:00", "rrule": "FREQ=DAILY", "not_on": [set_id, set_id]}
    body = {"title": "Tin", "targets": {"areas": [COMMUNE]}, "schedules": [rule]}
    written = client.post("/api/v1/bulletins", json=body, headers=headers).get_json()
    assert written["schedules"][0]["not_on"] == [set_id]
    assert written["schedules"][0]["closed_on"] == ["2026-11-25", "2026-11-26"]
