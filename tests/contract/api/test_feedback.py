from __future__ import annotations

from typing import Any

from tests.builders import feedback
from tests.console import COMMUNE, Console

BODY: dict[str, Any] = {
    "area_id": COMMUNE,
    "channel": "phone",
    "kind": "noise",
    "text": "Loa đầu ngõ to quá.",
    "said_at": "2026-11-24T01:00:00Z",
    "contact": "0912 345 678",
}


def test_feedback_is_noted_once_put_right_answered_and_closed(console: Console) -> None:
    client, who = console.app.test_client(), console.bearer("operator")
    keyed = {**who, "Idempotency-Key": "once"}
    made = client.post("/api/v1/feedback", json=BODY, headers=keyed)
    assert made.status_code == 201
    assert "contact" not in made.get_json()
    assert client.post("/api/v1/feedback", json=BODY, headers=keyed).get_json() == made.get_json()
    path = made.headers["Location"]
    shown = client.get(path, headers=who)
    assert (shown.get_json()["contact"], shown.headers["ETag"]) == ("0912 345 678", '"1"')
    right = {**BODY, "kind": "content"}
    assert client.put(path, json=right, headers=who).status_code == 428
    assert client.put(path, json=right, headers={**who, "If-Match": '"1"'}).get_json()["kind"] == "content"
    assert client.put(path, json=right, headers={**who, "If-Match": '"1"'}).status_code == 412
    assert client.post(f"{path}/close", headers=who).status_code == 409
    body = client.post(f"{path}/answer", json={"answer": "Đã chỉnh."}, headers=who).get_json()
    assert (body["state"], body["version"]) == ("answered", 3)
    assert client.post(f"{path}/close", headers=who).get_json()["state"] == "closed"
    assert client.get(path, headers=who).get_json()["contact"] == ""


def test_lists_hold_no_contact_and_readers_see_none(console: Console) -> None:
    found = feedback.noted(console, contact="0912 345 678")
    client = console.app.test_client()
    auditor = console.bearer("auditor")
    (line,) = client.get("/api/v1/feedback?state=open&kind=noise", headers=auditor).get_json()["items"]
    assert line["id"] == found.id
    assert "contact" not in line
    assert client.get(f"/api/v1/feedback/{found.id}", headers=auditor).get_json()["contact"] == ""
    assert client.get("/api/v1/feedback?state=closed", headers=auditor).get_json() == {"items": [], "next": ""}


def test_a_report_has_it(console: Console) -> None:
    feedback.noted(console)
    query = f"area={COMMUNE}&first_on=2026-11-01&last_on=2026-11-30"
    answer = console.app.test_client().get(f"/api/v1/reports/figures?{query}", headers=console.bearer("editor"))
    body = answer.get_json()["feedback"]
    assert body == {"received": 1, "answered": 0, "waiting": 1, "median_days": None}
