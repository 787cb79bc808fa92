"""Main menu: each screen is declared by its feature, and marks its entry."""

from __future__ import annotations

import re
import sys
from importlib.resources import files
from subprocess import run

import pytest

from cms.features import FEATURES
from cms.platform.feature import MenuEntry
from cms.platform.web.menu import Menu
from tests.console import Console

MENU = Menu(FEATURES)


def module_of(console: Console, endpoint: str) -> str:
    return console.app.view_functions[endpoint].__module__


NOTES = {"cms.alert_contradictions.views"}
"""Modules that put notes on the screens of others."""


def test_each_screen_of_a_feature_is_declared_and_its_place_is_a_screen(console: Console) -> None:
    rules = list(console.app.url_map.iter_rules())
    served = {module_of(console, rule.endpoint) for rule in rules}
    screens = {module for module in served if module.startswith("cms.") and not module.startswith("cms.platform.")}
    assert screens == set(MENU.places) - NOTES
    assert {place for place in MENU.places.values() if place} <= MENU.own
    assert {rule.endpoint for rule in rules} >= MENU.own
    assert {tab.entry for tab in MENU.tabs} <= {entry.endpoint for entry in MENU.entries}


def test_no_two_entries_and_no_two_tabs_stand_in_one_position() -> None:
    assert len({entry.position for entry in MENU.entries}) == len(MENU.entries)
    assert len({(tab.entry, tab.position) for tab in MENU.tabs}) == len(MENU.tabs)


@pytest.mark.parametrize(
    ("login", "path", "entry"),
    [
        ("editor", "/bulletins/new", "/bulletins"),
        ("editor", "/phrases", "/bulletins"),
        ("editor", "/rules", "/calendar"),
        ("approver", "/slots", "/bulletins"),
        ("officer", "/drills", "/alerts"),
        ("officer", "/stop", "/stop"),
    ],
)
def test_a_screen_marks_the_entry_of_its_module(console: Console, login: str, path: str, entry: str) -> None:
    page = console.client(login).get(path)
    assert page.status_code == 200
    # Below an entry with tabs one of those is marked as well.
    assert page.text.partition('class="tabs"')[0].count('aria-current="page"') == 1
    assert f'<a href="{entry}" aria-current="page">' in page.text


@pytest.mark.parametrize(
    ("login", "thumbs"),
    [
        ("editor", ["/", "/bulletins", "/calendar", "/devices"]),
        ("approver", ["/", "/bulletins", "/approvals", "/calendar"]),
        ("officer", ["/", "/bulletins", "/calendar", "/alerts"]),
        ("technician", ["/", "/devices", "/alerts", "/reports"]),
    ],
)
def test_the_bar_of_a_telephone_holds_four_entries_of_ones_own_work(
    console: Console, login: str, thumbs: list[str]
) -> None:
    page = console.client(login).get("/").text
    assert re.findall(r'<li class="[a-z -]*thumb"><a href="([^"]+)"', page) == thumbs
    assert "Thêm</summary>" in page


def test_an_entry_behind_more_is_in_the_bar_while_its_page_is_open(console: Console) -> None:
    client = console.client("editor")
    assert '<li><a href="/reports">' in client.get("/").text.split("<details>")[1]
    bar, more = client.get("/reports").text.split("<details>")[:2]
    assert '<a href="/reports" aria-current="page">' in bar
    assert '<li class="on-phone"><a href="/reports">' in more


def test_an_entry_tells_how_many_things_wait_behind_it(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    client = console.client("editor")
    assert 'class="count"' not in client.get("/account").text
    for count, shown in ((3, "3"), (120, "99+")):
        monkeypatch.setattr(Menu, "_count", lambda _self, entry, n=count: n if entry.endpoint == "web.today" else 0)
        assert f'Hôm nay <b class="count">{shown}</b></a>' in client.get("/account").text


def test_declarations_load_no_framework() -> None:
    code = "import sys, cms.features; sys.exit(bool({'flask', 'sqlalchemy', 'celery'} & set(sys.modules)))"
    assert run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_part_that_open_pages_ask_for_counts_nothing_of_the_menu(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[MenuEntry] = []

    def count(_menu: Menu, entry: MenuEntry) -> int:
        counted.append(entry)
        return 0

    monkeypatch.setattr(Menu, "_count", count)
    client = console.client("editor")
    parts = ("/on-air", "/server/line", "/alerts/news?known=")
    assert [client.get(path).status_code for path in parts] == [200, 200, 200]
    assert not counted
    assert client.get("/").status_code == 200
    assert counted


def test_what_every_open_page_asks_is_kept_off_the_threads_of_people(console: Console) -> None:
    asked = re.findall(r'hx-get="([^"?]+)[^>]+every \d+s', console.client("editor").get("/bulletins").text)
    assert len(asked) >= 2
    front = (files("cms.platform.cli.front") / "nginx.conf").read_text("utf-8")
    polled = re.findall(r'location ~ "([^"]+)" \{\{\s+proxy_pass http://polled;', front)
    for path in asked:
        assert any(re.match(location, path) for location in polled), path
