"""Saved filters of the device list."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from cms.fleet.service import filters as device_filters
from tests.console import COMMUNE, Console, post

LIST = "/devices"
AWAY: dict[str, object] = {"name": "Mũi Né mất kết nối", "area": COMMUNE, "link": "off", "q": "loa & đài"}
KEPT = f"?q=loa+%26+%C4%91%C3%A0i&amp;area={COMMUNE}&amp;link=off"


@pytest.fixture
def technician(console: Console) -> FlaskClient:
    return console.client("technician")


def kept(client: FlaskClient) -> str:
    page = client.get(LIST).text
    return page.split('aria-labelledby="kept"')[1].split("</section>")[0] if 'aria-labelledby="kept"' in page else ""


def test_a_filter_is_kept_under_a_name_opened_by_one_click_and_dropped(technician: FlaskClient) -> None:
    assert kept(technician) == ""
    narrowed = technician.get(f"{LIST}?link=off&unheard=of").text
    assert 'name="link" value="off"' in narrowed
    assert "unheard" not in narrowed.split("<main")[1]
    answer = post(technician, f"{LIST}/filters", AWAY)
    assert answer.status_code == 302
    page = technician.get(answer.headers["Location"]).text
    assert 'aria-current="page">Mũi Né mất kết nối<' in page
    assert KEPT in kept(technician)
    assert technician.get(LIST + KEPT.replace("&amp;", "&")).status_code == 200
    drop = kept(technician).split('action="')[1].split('"')[0]
    assert post(technician, drop).status_code == 302
    assert kept(technician) == ""
    assert post(technician, drop).status_code == 404


def test_on_a_telephone_filters_wait_behind_a_button_that_tells_how_many_hold(technician: FlaskClient) -> None:
    """A desktop shows them anyway, by its style sheet; a refused filter is never folded away."""

    def folded(page: str) -> str:
        return page.split('<details class="filters"')[1].partition("</details>")[0]

    everything = folded(technician.get(LIST).text)
    assert everything.startswith("><summary>Tìm và lọc</summary>")
    assert 'role="search"' in everything
    narrowed = folded(technician.get(f"{LIST}?link=off&q=loa").text)
    assert narrowed.startswith('><summary>Tìm và lọc <span class="chip brand">2 điều kiện</span></summary>')
    assert "Giữ bộ lọc đang xem" in narrowed
    assert folded(post(technician, f"{LIST}/filters", {**AWAY, "name": ""}).text).startswith(" open>")


def test_the_same_name_again_takes_the_place_of_the_first(technician: FlaskClient) -> None:
    post(technician, f"{LIST}/filters", AWAY)
    post(technician, f"{LIST}/filters", {"name": AWAY["name"], "link": "on"})
    assert kept(technician).count("<li") == 1
    assert "?link=on" in kept(technician)


def test_nobody_sees_or_drops_anybody_elses(console: Console, technician: FlaskClient) -> None:
    post(technician, f"{LIST}/filters", AWAY)
    drop = kept(technician).split('action="')[1].split('"')[0]
    admin = console.client("admin")
    assert kept(admin) == ""
    assert post(admin, drop).status_code == 404
    assert kept(technician) != ""


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "Cần điền mục này."),
        ({"name": "x" * 61}, "tối đa 60"),
        ({"area": "", "link": "", "q": ""}, "Chưa chọn điều kiện nào"),
    ],
)
def test_what_cannot_be_kept_is_said(technician: FlaskClient, changes: dict[str, object], sentence: str) -> None:
    refused = post(technician, f"{LIST}/filters", {**AWAY, **changes})
    assert refused.status_code == 422
    assert sentence in refused.text


def test_so_many_and_no_more(technician: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_filters, "KEPT_MAX", 1)
    post(technician, f"{LIST}/filters", AWAY)
    refused = post(technician, f"{LIST}/filters", {**AWAY, "name": "Khác", "link": "on"})
    assert "Nhiều quá, tối đa 1." in refused.text
    assert 'value="Khác"' in refused.text
    assert post(technician, f"{LIST}/filters", {**AWAY, "link": "on"}).status_code == 302


def test_what_a_filter_says_is_looked_at_when_it_is_used(technician: FlaskClient) -> None:
    post(technician, f"{LIST}/filters", {"name": "Cũ", "area": "xa-da-bo", "kind": "no-such", "link": "maybe"})
    assert technician.get(f"{LIST}?area=xa-da-bo&kind=no-such&link=maybe").status_code == 200
