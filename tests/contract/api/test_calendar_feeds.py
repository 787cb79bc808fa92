from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar

from cms.accounts.repository import People
from cms.schedule.service.calendar import FEEDS_MAX
from province.people import Grant, Role
from tests.builders import bulletins
from tests.console import COMMUNE, DISTRICT, FAR_COMMUNE, Console


@pytest.fixture
def client(console: Console) -> FlaskClient:
    return console.app.test_client()


def _made(console: Console, client: FlaskClient, area_id: str = DISTRICT, by: str = "editor") -> str:
    answer = client.post("/api/v1/calendar/feeds", json={"area_id": area_id}, headers=console.bearer(by))
    assert answer.status_code == 201, answer.text
    return str(urlsplit(answer.get_json()["url"]).path)


def _events(text: str) -> list[dict[str, str]]:
    names = ("SUMMARY", "STATUS", "PRIORITY", "LOCATION", "UID")
    events = Calendar.from_ical(text).walk("VEVENT")
    return [
        {"start": f"{event.decoded('DTSTART'):%Y%m%dT%H%M%SZ}", **{n: str(event[n]) for n in names}} for event in events
    ]


def test_a_feed_tells_what_is_planned_in_the_area_to_whoever_has_its_address(
    console: Console, client: FlaskClient
) -> None:
    bulletins.on_the_way(console, "Tiêm phòng, dại", priority="priority")
    bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console, "Họp", starts="2026-11-25T08:00")))
    path = _made(console, client)
    answer = client.get(path)
    assert answer.mimetype == "text/calendar"
    text = [{key: event[key] for key in ("start", "SUMMARY", "STATUS", "PRIORITY")} for event in _events(answer.text)]
    assert text == [
        {"start": "20261124T100000Z", "SUMMARY": "Tiêm phòng, dại", "STATUS": "CONFIRMED", "PRIORITY": "1"},
        {"start": "20261125T010000Z", "SUMMARY": "Họp", "STATUS": "TENTATIVE", "PRIORITY": "5"},
    ]
    assert Calendar.from_ical(answer.text)["X-WR-CALNAME"] == "Loa · Phan Thiết"


def test_a_change_that_waits_is_told_beside_what_airs_until_it_is_confirmed(
    console: Console, client: FlaskClient
) -> None:
    bulletin = bulletins.on_the_way(console)
    path = _made(console, client, COMMUNE)
    edit = {"shift": {"schedule_id": "1", "on": "2026-11-24", "to": "2026-11-24T19:00"}}
    client.post(f"/api/v1/bulletins/{bulletin.id}/reschedule", json=edit, headers=console.bearer("editor"))
    text = _events(client.get(path).text)
    assert [(event["start"], event["STATUS"]) for event in text] == [
        ("20261124T100000Z", "CONFIRMED"),
        ("20261124T120000Z", "TENTATIVE"),
    ]
    assert len({event["UID"] for event in text}) == 2


def test_a_feed_that_is_the_same_is_not_sent_again(console: Console, client: FlaskClient) -> None:
    bulletins.on_the_way(console)
    path = _made(console, client)
    etag = client.get(path).headers["ETag"]
    console.clock.pass_by(minutes=30)
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T19:00")
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_a_feed_shows_what_its_maker_may_read_and_goes_with_them(console: Console, client: FlaskClient) -> None:
    path = _made(console, client, by="operator", area_id=COMMUNE)
    assert client.get(path).status_code == 200
    with console.context.uow() as uow:
        operator = uow[People].by_login("operator")
        assert operator is not None
        uow[People].ungrant(operator.id, [Grant(Role.COMMUNE_OPERATOR, COMMUNE)])
        uow.commit()
    assert client.get(path).status_code == 404
    with console.context.uow() as uow:
        uow[People].grant(operator.id, [Grant(Role.COMMUNE_OPERATOR, COMMUNE)])
        uow[People].save(replace(operator, disabled_at=console.clock()))
        uow.commit()
    assert client.get(path).status_code == 404


def test_an_address_that_was_guessed_or_removed_answers_nothing(console: Console, client: FlaskClient) -> None:
    path, headers = _made(console, client), console.bearer("editor")
    assert client.get("/api/v1/calendar/feeds/guessed.ics").status_code == 404
    (feed,) = client.get("/api/v1/calendar/feeds", headers=headers).get_json()["items"]
    assert feed["area_id"] == DISTRICT
    other = client.delete(f"/api/v1/calendar/feeds/{feed['id']}", headers=console.bearer("approver"))
    assert other.status_code == 404
    assert client.delete(f"/api/v1/calendar/feeds/{feed['id']}", headers=headers).status_code == 204
    assert client.get(path).status_code == 404


def test_a_feed_is_made_of_areas_one_may_read_and_not_too_often(console: Console, client: FlaskClient) -> None:
    headers = console.bearer("operator")
    for area_id, status in ((FAR_COMMUNE, 403), ("nowhere", 422)):
        answer = client.post("/api/v1/calendar/feeds", json={"area_id": area_id}, headers=headers)
        assert answer.status_code == status
    for _ in range(FEEDS_MAX):
        _made(console, client, COMMUNE, "operator")
    assert client.post("/api/v1/calendar/feeds", json={"area_id": COMMUNE}, headers=headers).status_code == 422
