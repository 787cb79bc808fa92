"""Filters of the list of bulletins on screen and in the API, and the next airing of each."""

from __future__ import annotations

import re

import pytest

from tests.builders import bulletins
from tests.console import FAR_COMMUNE, Console
from tests.contract.api.conftest import Caller

DAILY, LATER, DRAFT, DONE = "Tin hằng ngày", "Tin tuần sau", "Tin nháp", "Tin đã xong"


@pytest.fixture
def office(console: Console) -> Console:
    """Return an office with a bulletin of each day, one far ahead by another author, a draft, and one that is over."""
    bulletins.on_the_way(console, DONE, starts="2026-11-24T10:00")
    bulletins.on_the_way(console, DAILY, starts="2026-11-24T17:00", rrule="FREQ=DAILY")
    bulletins.on_the_way(console, LATER, starts="2026-12-05T18:00", by="operator")
    bulletins.write(console, DRAFT, starts="2026-12-24T17:00", areas=(FAR_COMMUNE,))
    console.clock.pass_by(hours=2)
    return console


def titles(page: str) -> set[str]:
    return {title for title in (DAILY, LATER, DRAFT, DONE) if f">{title}</a>" in page}


NARROWED = {
    "": {DAILY, LATER, DRAFT, DONE},
    f"area={FAR_COMMUNE}": {DRAFT},
    "area=bt": {DAILY, LATER, DRAFT, DONE},
    "area=nowhere": set(),
    "topic=health": {DAILY, LATER, DRAFT, DONE},
    "topic=culture": set(),
    "topic=nonsense": {DAILY, LATER, DRAFT, DONE},
    "on=24/11/2026": {DAILY, DONE},
    "on=2026-12-05": {DAILY, LATER},
    "next=today": {DAILY},
    "next=week": {DAILY},
    "next=none": {DRAFT, DONE},
    "on=24/11/2026&next=none": {DONE},
    "q=hang+ngay&on=25/11/2026&area=bt&status=scheduled&author=editor": {DAILY},
    "author=nobody+of+this+name": set(),
}


def test_the_list_is_narrowed_by_what_its_address_says(office: Console) -> None:
    client = office.client("editor")
    assert {query: titles(client.get(f"/bulletins?{query}").text) for query in NARROWED} == NARROWED


def test_an_author_is_found_by_parts_of_the_name_or_the_login(office: Console) -> None:
    client = office.client("editor")
    assert titles(client.get("/bulletins?author=operator").text) == {LATER}
    assert LATER in titles(client.get("/bulletins?author=OPER%20tor").text)


def test_each_shows_its_next_airing_and_a_draft_the_one_it_wants(office: Console) -> None:
    page = office.client("editor").get("/bulletins").text
    cells = {
        each: re.search(rf">{each}</a>.*?Lần phát tới\">(.*?)</td>", page, re.DOTALL) for each in (DAILY, DRAFT, DONE)
    }
    texts = {title: re.sub(r"<[^>]+>", "", found[1]).strip() for title, found in cells.items() if found}
    assert "17:00" in texts[DAILY]
    assert "nếu được duyệt" not in texts[DAILY]
    assert texts[DRAFT].endswith("nếu được duyệt")
    assert texts[DONE] == "–"


def test_a_time_beyond_the_planned_days_is_shown_as_well(console: Console) -> None:
    bulletins.on_the_way(console, DAILY, starts="2027-02-01T17:00")
    assert "01/02/2027" in console.client("editor").get("/bulletins").text


def test_a_mistyped_day_is_named_and_nothing_typed_is_lost(office: Console) -> None:
    page = office.client("editor").get("/bulletins?on=32/13&q=tin&author=editor").text
    assert "Hãy ghi ngày, ví dụ 28/11/2026" in page
    assert 'value="32/13"' in page
    assert titles(page) >= {DAILY}


def test_pages_and_the_way_back_keep_the_filters(console: Console) -> None:
    for number in range(31):
        bulletins.write(console, f"Tin {number}")
    page = console.client("editor").get("/bulletins?topic=health&next=none").text
    more = re.search(r'href="(/bulletins\?after=[^"]*)"', page)
    assert more is not None
    address = more[1].replace("&amp;", "&")
    assert "topic=health" in address
    assert "next=none" in address
    assert 'href="/bulletins?topic=health&amp;next=none"' in console.client("editor").get(address).text


def test_the_api_narrows_its_list_by_the_same_filters(office: Console) -> None:
    call = Caller(office)

    def found(query: str) -> set[str]:
        return {each["title"] for each in call("GET", f"/bulletins?{query}").get_json()["items"]}

    assert found(f"area={FAR_COMMUNE}") == {DRAFT}
    assert found("airs_on=2026-11-24&topic=health") == {DAILY, DONE}
    assert found("next_airing=today") == {DAILY}
    assert found(f"author_id={office.actor('operator').user_id}") == {LATER}
    assert call("GET", "/bulletins?airs_on=24-11").status_code == 422
    assert call("GET", "/bulletins?next_airing=soon").status_code == 422
    listed = {each["title"]: each["next_airing_at"] for each in call("GET", "/bulletins").get_json()["items"]}
    assert listed[DAILY] == "2026-11-24T10:00:00+00:00"
    assert listed[DONE] is None
