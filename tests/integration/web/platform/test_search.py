from __future__ import annotations

import re

import pytest

from tests.builders import bulletins
from tests.console import COMMUNE, Console, post


def found(console: Console, login: str, words: str) -> list[str]:
    page = console.client(login).get("/search", query_string={"q": words}).text
    return re.findall(r'<li><a href="([^"]+)">', page.split('<div id="found"')[1])


def test_the_search_finds_bulletins_places_devices_and_pages_without_diacritics(console: Console) -> None:
    made = bulletins.write(console, "Tiêm chủng ở Mũi Né")
    hits = found(console, "editor", "mui ne")
    assert hits[:2] == [f"/calendar?area={COMMUNE}", f"/bulletins/{made.id}"]
    assert found(console, "editor", "bao cao")[0] == "/reports"
    assert f"/devices/{COMMUNE}-l01" in found(console, "editor", f"{COMMUNE}-l0")


@pytest.mark.parametrize(
    ("login", "words", "refused"),
    [
        ("technician", "tiem chung", "/bulletins/"),
        ("station", f"{COMMUNE}-l0", "/devices/"),
        ("editor", "nhat ky", "/audit"),
    ],
)
def test_the_search_finds_nothing_that_the_user_may_not_open(
    console: Console, login: str, words: str, refused: str
) -> None:
    bulletins.write(console, "Tiêm chủng ở Mũi Né")
    assert [hit for hit in found(console, login, words) if hit.startswith(refused)] == []


def test_a_technician_gets_from_a_place_to_its_devices(console: Console) -> None:
    assert f"/devices?area={COMMUNE}" in found(console, "technician", "Mũi Né")


def test_people_are_found_by_name_where_the_user_may_see_them(console: Console) -> None:
    """Contacts are for those who call, accounts for those who manage them."""
    contact = {"name": ["Nguyễn Thị Hoa"], "duty": ["Trực loa"], "phone": ["0912 345 678"]}
    assert post(console.client("operator"), f"/contacts/{COMMUNE}", contact).status_code == 302
    page = console.client("editor").get("/search", query_string={"q": "thi hoa"}).text
    assert "0912 345 678" in page

    def people(login: str, words: str) -> list[str]:
        return [hit for hit in found(console, login, words) if not hit.startswith("/help")]

    assert people("editor", "thi hoa") == [f"/contacts#at-{COMMUNE}"]
    assert people("operator", "truc loa") == [f"/contacts#at-{COMMUNE}"]
    assert people("far-operator", "thi hoa") == []
    assert any(hit.startswith("/people/") for hit in found(console, "admin", "operator"))
    assert people("editor", "operator") == []


@pytest.mark.parametrize(("words", "said"), [("m", "ít nhất hai chữ"), ("xyzxyz", "Không tìm thấy gì cho “xyzxyz”")])
def test_a_search_without_hits_says_what_to_do(console: Console, words: str, said: str) -> None:
    assert said in console.client("editor").get("/search", query_string={"q": words}).text
