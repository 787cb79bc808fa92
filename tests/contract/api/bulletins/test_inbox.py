from __future__ import annotations

from tests.builders import inbox
from tests.console import COMMUNE, Console
from tests.contract.api.conftest import Caller

TIMES = {"schedules": [{"starts": "2026-11-24T17:30"}]}


def test_a_commune_answers_by_the_api_and_the_sender_reads_what_became_of_it(console: Console) -> None:
    item, operator = inbox.hand_down(console), Caller(console, "operator")
    assert [each["id"] for each in operator("GET", "/inbox").get_json()["items"]] == [item.id]
    assert operator("GET", f"/inbox/{item.id}").get_json()["seen_at"] is not None
    placed = operator("POST", f"/inbox/{item.id}/accept", TIMES)
    assert (placed.status_code, placed.get_json()["source_id"]) == (201, item.bulletin_id)
    (receipt,) = Caller(console, "editor")("GET", f"/bulletins/{item.bulletin_id}/receipts").get_json()["items"]
    assert (receipt["item"]["state"], receipt["placed_status"], receipt["devices"]) == ("placed", "approved", {})
    again = operator("POST", f"/inbox/{item.id}/accept", TIMES)
    assert (again.status_code, again.get_json()["code"]) == (409, "NOT_POSSIBLE")


def test_a_refusal_and_an_order_by_the_api(console: Console) -> None:
    item, operator = inbox.hand_down(console), Caller(console, "operator")
    declined = operator("POST", f"/inbox/{item.id}/decline", {"reason": "Đã phát"}).get_json()
    assert (declined["state"], declined["reason"]) == ("declined", "Đã phát")
    met = inbox.collide(console, "2026-11-24T17:00")
    assert operator("POST", f"/inbox/{met.id}/order", {"first": "above"}).get_json()["state"] == "placed"


def test_what_holds_without_an_answer_is_set_by_the_api(console: Console) -> None:
    rules = {"first": "own", "order_minutes": 30, "answer_hours": 24}
    admin = Caller(console, "admin")
    assert admin("PUT", f"/areas/{COMMUNE}/inbox-rules", rules).get_json() == rules
