"""Templates and shares through the API."""

from __future__ import annotations

from typing import Any

from broadcast.bulletins.sharing import ShareKind
from tests.builders import template_sharing
from tests.console import COMMUNE, DISTRICT, PROVINCE, Console

WORDING = {"name": "Tiêm phòng", "title": "Lịch tiêm phòng", "text": "Mời bà con …", "topic": "health"}


def call(console: Console, method: str, path: str, *, by: str = "editor", body: Any = None) -> Any:
    answer = console.app.test_client().open(
        f"/api/v1{path}", method=method, json=body, headers={**console.bearer(by), "If-Match": "*"}
    )
    return answer.status_code, answer.get_json(silent=True)


def test_a_template_is_written_shared_listed_below_taken_back_and_dropped(console: Console) -> None:
    status, made = call(console, "POST", "/templates", body={**WORDING, "area_id": PROVINCE})
    assert (status, made["area_id"], made["priority"]) == (201, PROVINCE, "normal")
    body = {"kind": "template", "subject_id": made["id"], "area_id": DISTRICT}
    status, held = call(console, "POST", "/shares", body=body)
    assert (status, held["origin_id"]) == (201, PROVINCE)
    status, changed = call(console, "PUT", f"/templates/{made['id']}", body={**WORDING, "text": "Lời mới"})
    assert (status, changed["text"]) == (200, "Lời mới")
    status, listed = call(console, "GET", f"/areas/{COMMUNE}/templates", by="operator")
    (usable,) = listed["items"]
    assert (usable["template"]["text"], usable["share"]["id"]) == ("Lời mới", held["id"])
    assert call(console, "GET", f"/areas/{COMMUNE}/shares", by="operator")[1]["items"] == [held]
    assert call(console, "DELETE", f"/shares/{held['id']}")[0] == 204
    assert call(console, "GET", f"/areas/{COMMUNE}/templates", by="operator")[1]["items"] == []
    assert call(console, "DELETE", f"/templates/{made['id']}")[0] == 204
    assert call(console, "GET", f"/areas/{PROVINCE}/templates")[1]["items"] == []


def test_what_is_wrong_is_told_by_field(console: Console) -> None:
    status, found = call(console, "POST", "/templates", body={**WORDING, "name": "", "area_id": COMMUNE})
    assert (status, found["problems"][0]["field"], found["problems"][0]["code"]) == (422, "name", "MISSING")
    body = {"kind": "voice", "subject_id": PROVINCE, "area_id": COMMUNE}
    status, found = call(console, "POST", "/shares", body=body)
    assert (status, found["problems"][0]["code"]) == (422, "HAS_IT")
    assert call(console, "POST", "/shares", body={**body, "kind": "bulletin"})[0] == 422


def test_a_voice_that_is_shared_is_listed_where_it_speaks(console: Console) -> None:
    held = template_sharing.share(console, COMMUNE, DISTRICT, kind=ShareKind.VOICE)
    listed = call(console, "GET", f"/areas/{COMMUNE}/shares", by="operator")[1]["items"]
    assert [(each["id"], each["kind"]) for each in listed] == [(held.id, "voice")]
