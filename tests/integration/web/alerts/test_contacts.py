"""Contacts of areas: entered on a screen and by the API, inherited, shown on the page of a live alert, never lost."""

from __future__ import annotations

from typing import Any

from tests.builders import alerts
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, PROVINCE, Console, post

HOA = {"name": "Lê Thị Hoa", "duty": "Trực ban", "phone": "0252 3822 123"}


def put(console: Console, area_id: str, *people: dict[str, str], by: str = "officer") -> Any:
    client = console.app.test_client()
    return client.put(f"/api/v1/areas/{area_id}/contacts", json={"people": list(people)}, headers=console.bearer(by))


def get(console: Console, area_id: str) -> Any:
    client = console.app.test_client()
    return client.get(f"/api/v1/areas/{area_id}/contacts", headers=console.bearer("officer")).get_json()


def test_an_area_without_contacts_of_its_own_has_those_of_the_area_above(console: Console) -> None:
    assert get(console, COMMUNE) == {"area_id": None, "people": []}
    assert put(console, DISTRICT, HOA).get_json() == {"area_id": DISTRICT, "people": [HOA]}
    assert get(console, COMMUNE) == {"area_id": DISTRICT, "people": [HOA]}
    own = {"name": "Trần Văn Nam", "duty": "", "phone": "+84 252 381 1111"}
    put(console, COMMUNE, own)
    assert get(console, COMMUNE) == {"area_id": COMMUNE, "people": [own]}
    # No contacts of its own again.
    assert put(console, COMMUNE).get_json() == {"area_id": DISTRICT, "people": [HOA]}
    assert put(console, "nowhere", HOA).status_code == 404


def test_all_that_is_wrong_with_contacts_is_said_at_once(console: Console) -> None:
    bad = put(console, COMMUNE, {**HOA, "phone": "gọi anh Hai"}, {**HOA, "name": "", "duty": "x" * 101}, *[HOA] * 9)
    found = [(problem["field"], problem["code"]) for problem in bad.get_json()["problems"]]
    assert bad.status_code == 422
    assert found == [
        ("contacts", "TOO_MANY"),
        ("phone-1", "NOT_A_PHONE"),
        ("duty-2", "TOO_LONG"),
        ("name-2", "MISSING"),
    ]
    assert get(console, COMMUNE)["people"] == []


def test_the_screen_keeps_what_was_typed_until_it_is_right(console: Console) -> None:
    officer = console.client("officer")
    typed: dict[str, object] = {"name": ["Lê Thị Hoa", ""], "duty": ["Trực ban", ""], "phone": ["12", ""]}
    refused = post(officer, f"/contacts/{COMMUNE}", typed)
    assert refused.status_code == 422
    assert "Lê Thị Hoa" in refused.text
    assert "Số điện thoại gồm chữ số" in refused.text
    saved = post(officer, f"/contacts/{COMMUNE}", typed | {"phone": ["0252 3822 123", ""]})
    assert saved.headers["Location"] == "/contacts"
    assert 'href="tel:02523822123"' in officer.get("/contacts").text
    assert get(console, COMMUNE)["people"] == [HOA]


def test_who_changed_the_contacts_from_what_to_what_stays_in_the_log(console: Console) -> None:
    officer = console.client("officer")
    put(console, COMMUNE, HOA)
    assert put(console, COMMUNE, HOA).status_code == 200
    put(console, COMMUNE)
    page = officer.get(f"/contacts/{COMMUNE}").text
    assert page.count("Officer:") == 2
    assert "không ai" in page


def test_a_form_tells_whose_numbers_are_used_meanwhile(console: Console) -> None:
    put(console, PROVINCE, HOA)
    page = console.client("operator").get(f"/contacts/{COMMUNE}").text
    assert "đang dùng người của Bình Thuận" in page
    assert console.client("operator").get(f"/contacts/{COMMUNE_2}").status_code == 404
    assert console.client("far-operator").get(f"/contacts/{COMMUNE}").status_code in (403, 404)


def test_the_page_of_a_live_alert_names_whom_to_call_and_dials(console: Console) -> None:
    alerts.staff(console)
    officer = console.client("officer")
    alert = alerts.active(console, officer)
    assert f'href="/contacts/{COMMUNE}"' in officer.get(f"/alerts/{alert.id}/calls").text
    put(console, DISTRICT, HOA)
    live = officer.get(f"/alerts/{alert.id}/calls").text
    assert 'href="tel:02523822123"' in live
    assert "Lê Thị Hoa, Trực ban · Phan Thiết" in live
