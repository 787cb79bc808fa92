from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import bulletins, recordings
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, Console

DAY = "from_at=2026-11-24T00:00%2B07:00&until_at=2026-11-25T00:00%2B07:00"


@pytest.fixture
def client(console: Console) -> FlaskClient:
    return console.app.test_client()


def _shift(**more: str) -> dict[str, Any]:
    return {"shift": {"schedule_id": "1", "on": "2026-11-24", "to": "2026-11-24T18:00", **more}}


def test_what_is_planned_under_an_area_is_told_with_its_quiet_hours(console: Console, client: FlaskClient) -> None:
    bulletin = bulletins.on_the_way(console, rrule="FREQ=DAILY")
    answer = client.get(f"/api/v1/calendar?area={DISTRICT}&{DAY}", headers=console.bearer("editor"))
    body = answer.get_json()
    assert body["rows"] == [COMMUNE_2, COMMUNE]
    assert [(slot["bulletin_id"], slot["start_at"], slot["rows"], slot["change"]) for slot in body["slots"]] == [
        (bulletin.id, "2026-11-24T10:00:00+00:00", [COMMUNE], "none")
    ]
    assert {silence["row"] for silence in body["silences"]} == {COMMUNE, COMMUNE_2}
    assert body["is_cut"] is False


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"area=nowhere&{DAY}", 404),
        (f"area={COMMUNE}&from_at=2026-11-24T00:00Z&until_at=2026-11-24T00:00Z", 422),
        (f"area={COMMUNE}&from_at=2026-11-24T00:00Z&until_at=2027-11-24T00:00Z", 422),
        (f"area={COMMUNE}&from_at=2026-11-24T00:00&until_at=2026-11-25T00:00Z", 422),
    ],
)
def test_a_span_that_cannot_be_told_is_refused(console: Console, client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/api/v1/calendar?{query}", headers=console.bearer("editor")).status_code == status


def test_what_a_move_would_mean_is_told_with_every_clash_and_the_ways_out(
    console: Console, client: FlaskClient
) -> None:
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T18:00")
    bulletin = bulletins.on_the_way(console, rrule="FREQ=DAILY")
    path, headers = f"/api/v1/bulletins/{bulletin.id}/reschedule", console.bearer("editor")
    body = client.post(f"{path}/check", json=_shift(scope="all"), headers=headers).get_json()
    assert (body["is_clear"], body["needs_approval"]) == (False, True)
    assert body["come"][0] == "2026-11-24T11:00:00+00:00"
    assert [(clash["kind"], clash["is_blocking"]) for clash in body["clashes"]] == [("equal_priority", True)]
    assert [offer["kind"] for offer in body["offers"]] == ["move", "leave_out", "raise_class"]
    refused = client.post(path, json=_shift(scope="all"), headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "CLASH")
    for offer in body["offers"]:
        checked = client.post(f"{path}/check", json=offer["edit"], headers=headers)
        assert checked.get_json()["is_clear"], checked.get_json()
    assert bulletins.again(console, bulletin) == bulletin


def test_a_change_is_asked_for_and_confirmed_by_another(console: Console, client: FlaskClient) -> None:
    bulletin = bulletins.on_the_way(console)
    path = f"/api/v1/bulletins/{bulletin.id}"
    asked = client.post(f"{path}/reschedule", json=_shift(), headers=console.bearer("editor"))
    assert asked.status_code == 200
    assert asked.get_json()["proposal"]["schedules"][0]["starts"] == "2026-11-24T18:00:00"
    assert asked.get_json()["schedules"][0]["starts"] == "2026-11-24T17:00:00"
    own = client.post(f"{path}/change/confirm", headers=console.bearer("editor"))
    assert own.status_code == 403
    confirmed = client.post(f"{path}/change/confirm", headers=console.bearer("approver")).get_json()
    assert (confirmed["proposal"], confirmed["schedules"][0]["starts"]) == (None, "2026-11-24T18:00:00")


def test_a_retry_of_a_move_is_told_what_the_first_did(console: Console, client: FlaskClient) -> None:
    bulletin = bulletins.on_the_way(console)
    path, headers = f"/api/v1/bulletins/{bulletin.id}/reschedule", console.bearer("editor")
    answers = [client.post(path, json=_shift(), headers={**headers, "Idempotency-Key": "k1"}) for _ in range(2)]
    assert answers[0].get_json() == answers[1].get_json()
    assert bulletins.again(console, bulletin).version == answers[0].get_json()["version"]


def test_dates_and_areas_are_given_up_without_a_move(console: Console, client: FlaskClient) -> None:
    bulletin = bulletins.write(console, rrule="FREQ=DAILY", areas=(DISTRICT,))
    edit = {"leave_out": [{"schedule_id": "1", "on": "2026-11-25"}], "exclude": [COMMUNE], "raise_class": True}
    path = f"/api/v1/bulletins/{bulletin.id}/reschedule"
    body = client.post(path, json=edit, headers=console.bearer("editor")).get_json()
    assert body["schedules"][0]["except_on"] == ["2026-11-25"]
    assert (body["targets"]["exclude"], body["priority"]) == ([COMMUNE], "priority")


def test_a_recording_is_shortened_as_offered_and_why_another_is_not(console: Console, client: FlaskClient) -> None:
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T18:01:20")
    bulletin, spoken = recordings.on_the_way(console, length_ms=120_000), bulletins.write(console)
    bulletins.make_sound(console, spoken, length_ms=120_000)
    offers = {}
    for each in (bulletin, spoken):
        path, headers = f"/api/v1/bulletins/{each.id}/reschedule", console.bearer("editor")
        body = client.post(f"{path}/check", json=_shift(), headers=headers).get_json()
        (offers[each.id],) = (offer for offer in body["offers"] if offer["kind"] == "shorten")
    assert (offers[spoken.id]["edit"], offers[spoken.id]["why_not"]) == (None, "spoken")
    offer = offers[bulletin.id]
    assert (offer["length_ms"], offer["edit"]["length_ms"], offer["why_not"]) == (80_000, 80_000, None)
    path = f"/api/v1/bulletins/{bulletin.id}/reschedule"
    checked = client.post(f"{path}/check", json=offer["edit"], headers=headers).get_json()
    assert (checked["is_clear"], checked["takes_back"], checked["needs_approval"]) == (True, True, False)
    assert checked["cues"] == {"in_ms": 0, "out_ms": 79_000, "fade_in_ms": 0, "fade_out_ms": 2_000}
    done = client.post(path, json=offer["edit"], headers=headers).get_json()
    assert (done["status"], done["cues"]) == ("draft", checked["cues"])


def test_what_is_about_to_air_is_told_before_a_move_is_asked_for(console: Console, client: FlaskClient) -> None:
    bulletin = bulletins.on_the_way(console)
    console.clock.pass_by(hours=7, minutes=50)
    path, headers = f"/api/v1/bulletins/{bulletin.id}/reschedule/check", console.bearer("editor")
    body = client.post(path, json=_shift(), headers=headers).get_json()
    assert body["freeze"] == {"start_at": "2026-11-24T10:00:00+00:00", "freeze_min": 15}
    assert body["too_soon"] is None
    near = client.post(path, json=_shift(to="2026-11-24T17:02"), headers=headers).get_json()
    assert near["too_soon"] == {"start_at": "2026-11-24T10:02:00+00:00", "freeze_min": 15}
