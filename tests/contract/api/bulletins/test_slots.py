from __future__ import annotations

from tests.builders import bulletins
from tests.console import COMMUNE, Console
from tests.contract.api.conftest import Caller

SLOT = {
    "login": "operator",
    "area_id": COMMUNE,
    "weekdays": ["TU", "WE"],
    "starts": "17:00",
    "ends": "18:00",
    "classes": ["normal"],
    "last_on": "2026-12-31",
}


def test_a_slot_is_granted_filled_and_revoked(console: Console, call: Caller) -> None:
    approver, operator = Caller(console, "approver"), Caller(console, "operator")
    made = approver("POST", "/slots", SLOT)
    assert (made.status_code, made.get_json()["holder_name"]) == (201, "Operator")
    assert [each["id"] for each in call("GET", "/slots").get_json()["items"]] == [made.get_json()["id"]]
    bulletin = bulletins.on_the_way(console)
    path = f"/bulletins/{bulletin.id}/fill"
    filled = operator("POST", path, {"schedules": [{"starts": "2026-11-25T17:30"}]})
    assert filled.get_json()["schedules"][0]["starts"] == "2026-11-25T17:30:00"
    outside = operator("POST", path, {"schedules": [{"starts": "2026-11-25T18:30"}]})
    assert outside.status_code == 403
    assert approver("DELETE", f"/slots/{made.get_json()['id']}").status_code == 204
    assert call("GET", "/slots").get_json()["items"] == []
    assert operator("POST", path, {"schedules": [{"starts": "2026-11-25T17:40"}]}).status_code == 403


def test_a_slot_for_nobody_is_refused(console: Console) -> None:
    refused = Caller(console, "approver")("POST", "/slots", {**SLOT, "login": "khong-ai"})
    assert refused.get_json(force=True)["problems"][0]["code"] == "PERSON_UNKNOWN"
