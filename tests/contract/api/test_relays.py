from __future__ import annotations

from typing import Any

from tests.builders import bulletins, relays
from tests.console import COMMUNE, Console

BODY: dict[str, Any] = {
    "area_id": COMMUNE,
    "name": "VOV1",
    "kind": "national",
    "form": "hls",
    "urls": ["https://stream.example/vov1.m3u8"],
    "licence": {"paper": "12/HĐ-TS", "slot_max_minutes": 30},
}


def test_a_source_is_written_once_put_right_approved_and_suspended(console: Console) -> None:
    client, who, other = console.app.test_client(), console.bearer("editor"), console.bearer("approver")
    keyed = {**who, "Idempotency-Key": "once"}
    made = client.post("/api/v1/relay-sources", json=BODY, headers=keyed)
    assert (made.status_code, made.get_json()["state"]) == (201, "draft")
    assert client.post("/api/v1/relay-sources", json=BODY, headers=keyed).get_json() == made.get_json()
    path = made.headers["Location"]
    assert client.get(path, headers=who).headers["ETag"] == '"1"'
    right = {**BODY, "owner": "VOV"}
    assert client.put(path, json=right, headers=who).status_code == 428
    assert client.put(path, json=right, headers={**who, "If-Match": '"1"'}).get_json()["owner"] == "VOV"
    assert client.put(path, json=right, headers={**who, "If-Match": '"1"'}).status_code == 412
    assert client.post(f"{path}/approve", headers=who).status_code == 403
    assert client.post(f"{path}/approve", headers=other).get_json()["state"] == "approved"
    body = client.post(f"{path}/suspend", json={"why": "Đài ngừng phát"}, headers=other).get_json()
    assert (body["state"], body["suspended_why"]) == ("suspended", "Đài ngừng phát")
    (line,) = client.get("/api/v1/relay-sources", headers=who).get_json()["items"]
    assert (line["id"], line["health"]) == (body["id"], None)


def test_a_source_with_an_address_that_is_none_is_refused(console: Console) -> None:
    answer = console.app.test_client().post(
        "/api/v1/relay-sources", json={**BODY, "urls": ["file:///etc/shadow"]}, headers=console.bearer("editor")
    )
    assert answer.status_code == 422
    assert "NOT_A_STREAM_URL" in answer.text


def test_a_bulletin_relays_a_source_until_it_is_told_to_stop(console: Console) -> None:
    source = relays.approved(console)
    client, who = console.app.test_client(), console.bearer("editor")
    relay = {"source_id": source.id, "length_ms": 1_200_000}
    body = {"title": "Thời sự", "text": "Mất sóng.", "targets": {"areas": [COMMUNE]}, "relay": relay}
    made = client.post("/api/v1/bulletins", json=body, headers=who)
    assert made.get_json()["relay"] == relay
    path = f"/api/v1/bulletins/{made.get_json()['id']}"
    kept = client.patch(path, json={"title": "Tin"}, headers={**who, "If-Match": "*"})
    assert kept.get_json()["relay"] == relay
    gone = client.patch(path, json={"relay": None}, headers={**who, "If-Match": "*"})
    assert gone.get_json()["relay"] is None
    odd = client.post("/api/v1/bulletins", json={**body, "relay": {**relay, "source_id": "none"}}, headers=who)
    assert "RELAY_SOURCE_UNKNOWN" in odd.text


def test_a_bulletin_without_a_relay_has_none(console: Console) -> None:
    bulletin = bulletins.write(console)
    found = console.app.test_client().get(f"/api/v1/bulletins/{bulletin.id}", headers=console.bearer("editor"))
    assert found.get_json()["relay"] is None
