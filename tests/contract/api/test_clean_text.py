"""Texts with control characters, as word processors paste them: stored without them, and old ones break no reader."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import pytest
from icalendar import Calendar

from tests.builders import bulletins, stations
from tests.console import COMMUNE, DISTRICT, Console, post
from tests.contract.api.conftest import Caller

PASTED = "Họp\x0bphường\x00 \uffff"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def test_a_control_character_is_left_out_where_a_bulletin_comes_in(call: Caller) -> None:
    body = {"title": PASTED, "text": "Mời họp.\x0bĐúng giờ.\x07", "targets": {"areas": [COMMUNE]}, "schedules": []}
    made = call("POST", "/bulletins", body).get_json()
    assert (made["title"], made["text"]) == ("Họp phường", "Mời họp.\nĐúng giờ.")


def test_a_control_character_is_left_out_of_forms_and_queries(console: Console) -> None:
    client = console.client("editor")
    page = client.get("/bulletins?q=a%00b%0bc").text
    assert "\x00" not in page
    answer = post(client, "/bulletins/new", {"title": PASTED, "text": "", "source": "text"})
    assert _FORBIDDEN.search(answer.text) is None
    assert "Họp" in answer.text


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000])
def test_json_nested_without_end_is_not_json(console: Console, text: str) -> None:
    headers = {**console.bearer("editor"), "Content-Type": "application/json"}
    answer = console.app.test_client().post("/api/v1/bulletins", data=text, headers=headers)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_a_stored_control_character_breaks_no_stations_feed(console: Console) -> None:
    station = stations.registered(console)
    stations.programme(console, "Dịch\x0bbệnh\x01", text="Rửa tay.\x07")
    address = urlsplit(Caller(console, "station")("POST", f"/stations/{station.id}/feed").get_json()["url"]).path
    answer = console.app.test_client().get(address)
    (title,) = ET.fromstring(answer.data).iterfind("./channel/item/title")
    assert title.text is not None
    assert title.text.split() == ["Dịch", "bệnh"]


def test_a_stored_control_character_breaks_no_calendar(console: Console, call: Caller) -> None:
    bulletins.on_the_way(console, "Họp\x0bxã\x01")
    made = call("POST", "/calendar/feeds", {"area_id": DISTRICT}).get_json()["url"]
    text = console.app.test_client().get(urlsplit(made).path).text
    assert _FORBIDDEN.search(text) is None
    assert [str(event["SUMMARY"]) for event in Calendar.from_ical(text).walk("VEVENT")] == ["Họp xã"]
