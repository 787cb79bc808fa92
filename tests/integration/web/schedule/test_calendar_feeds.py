from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.console import COMMUNE, Console, post


def test_an_address_is_shown_once_works_and_is_taken_back(console: Console) -> None:
    client = console.client("operator")
    page = post(client, "/calendar/feeds", {"area": COMMUNE}).text
    shown = re.search(r"<code class=\"secret\">([^<]+)</code>", page)
    assert shown is not None
    path = urlsplit(shown.group(1)).path
    assert client.get(path).status_code == 200
    again = client.get("/calendar/feeds").text
    assert path not in again
    assert "Mũi Né" in again
    remove = re.search(r'action="(/calendar/feeds/[^"]+/remove)"', again)
    assert remove is not None
    assert post(client, remove.group(1)).headers["Location"] == "/calendar/feeds"
    assert client.get(path).status_code == 404


def test_a_place_that_is_not_there_is_said_beside_the_field(console: Console) -> None:
    answer = post(console.client("operator"), "/calendar/feeds", {"area": "nowhere"})
    assert answer.status_code == 422
    assert "Không có địa bàn mã nowhere." in answer.text
