from __future__ import annotations

import re

from tests.console import Console


def test_each_language_shows_who_speaks_it_or_that_it_is_recorded(console: Console) -> None:
    html = console.client("operator").get("/voices").text
    rows = dict(re.findall(r'<tr><th scope="row">(.*?)</th>.*?<td[^>]*>(.*?)</td></tr>', html, re.DOTALL))

    assert rows["Tiếng Việt"] == "figures"
    assert "Cần ghi âm" in rows["Tiếng Chăm"]
    assert "Cần ghi âm" in rows["Tiếng Anh"]
