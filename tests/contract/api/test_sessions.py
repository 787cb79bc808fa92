from __future__ import annotations

from tests.builders import bulletins, sessions
from tests.console import COMMUNE, Console
from tests.contract.api.conftest import Caller

SESSION = {
    "area_id": COMMUNE,
    "name": "Buổi chiều",
    "clock": "17:00",
    "days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"],
    "length_ms": 1_800_000,
}


def test_a_session_is_set_up_filled_ordered_and_ended(console: Console, call: Caller) -> None:
    made = call("POST", "/sessions", SESSION)
    assert made.status_code == 201
    session_id, on = made.get_json()["id"], sessions.day_ahead(console)
    assert [each["id"] for each in call("GET", "/sessions").get_json()["items"]] == [session_id]
    ids = []
    for title in ("Một", "Hai"):
        bulletin = bulletins.write(console, title, starts="")
        put = call("POST", f"/bulletins/{bulletin.id}/session", {"session_id": session_id, "on": on.isoformat()})
        assert put.get_json()["schedules"][0]["session"] == session_id
        ids.append(bulletin.id)
    day = f"/sessions/{session_id}/orders/{on}"
    found = call("GET", day).get_json()
    assert [(each["bulletin_id"], each["is_estimated"]) for each in found["items"]] == [(each, True) for each in ids]
    assert not found["is_locked"]
    item = f"{day}/items/{ids[1]}/1"
    assert [each["title"] for each in call("PUT", item, {"place": 0}).get_json()["items"]] == ["Hai", "Một"]
    anchored = call("PUT", item, {"anchor": "17:10:00", "role": "item"}).get_json()["items"][0]
    assert (anchored["anchor"], anchored["start_at"][14:19]) == ("17:10:00", "10:00")
    assert call("DELETE", item).status_code == 204
    assert [each["title"] for each in call("GET", day).get_json()["items"]] == ["Một"]
    assert call("DELETE", f"/sessions/{session_id}").status_code == 204


def test_a_session_of_another_area_is_not_found(console: Console) -> None:
    session = sessions.afternoon(console)
    far = Caller(console, "far-operator")
    assert far("GET", f"/sessions/{session.id}/orders/2026-12-24").status_code == 404
