"""Filters of the device list, through the API."""

from __future__ import annotations

import pytest

from tests.console import COMMUNE, Console, post
from tests.contract.api.conftest import Caller

PATH = "/device-filters"
AWAY: dict[str, object] = {"name": " Mất kết nối ", "area": COMMUNE, "link": "off", "q": "loa & đài"}


@pytest.fixture
def mender(console: Console) -> Caller:
    return Caller(console, "technician")


def test_what_is_kept_here_is_on_the_page_and_what_is_kept_there_is_here(console: Console, mender: Caller) -> None:
    first, again = (mender("POST", PATH, AWAY, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, first.get_json()) == (201, again.get_json())
    made = first.get_json()
    assert (made["name"], made["q"], made["link"], made["kind"]) == ("Mất kết nối", "loa & đài", "off", "")
    browser = console.client("technician")
    assert 'aria-current="page">Mất kết nối<' in browser.get(f"/devices?{made['query']}").text
    post(browser, "/devices/filters", {"name": "Bảng", "kind": "board"})
    names = {each["name"]: each["kind"] for each in mender("GET", PATH).get_json()["items"]}
    assert names == {"Mất kết nối": "", "Bảng": "board"}
    assert Caller(console, "admin")("GET", PATH).get_json() == {"items": []}
    assert Caller(console, "admin")("DELETE", f"{PATH}/{made['id']}").status_code == 404
    assert mender("DELETE", f"{PATH}/{made['id']}").status_code == 204
    assert [each["name"] for each in mender("GET", PATH).get_json()["items"]] == ["Bảng"]


@pytest.mark.parametrize(
    ("body", "code"), [({"name": "Tất cả"}, "NOTHING_NARROWED"), ({**AWAY, "name": " "}, "MISSING")]
)
def test_a_filter_needs_a_name_and_a_condition(mender: Caller, body: dict[str, object], code: str) -> None:
    answer = mender("POST", PATH, body)
    assert (answer.status_code, answer.get_json()["problems"][0]["code"]) == (422, code)


def test_a_kind_that_is_none_is_refused_and_not_dropped(mender: Caller) -> None:
    assert mender("POST", PATH, {**AWAY, "kind": "siren"}).status_code == 422
