"""Journeys of people in ten pairs of shoes, each with a telephone, on a slow line, interrupted in three ways.

| shoes | telephone, slow line | session ended | tab closed | server restarted |
|---|---|---|---|---|
| each of them | yes | yes, but for the citizen, who has none | yes | yes |

A journey notes what it has undergone, and fails at its end where something is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from bench.writing.interruptions import Interruption
from tests.console import Console
from tests.e2e.browser import signing_in
from tests.e2e.browser.axe import equip, shut_out
from tests.e2e.browser.conftest import BrowserTab, Visitor, open_visits
from tests.e2e.browser.restarted_console import RestartedConsole
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.shoes.slow_line import SlowLine, open_slow_line
from tests.e2e.browser.waiting import until

TELEPHONE: Final = ViewportSize(width=360, height=740)
NOT_SENT: Final = "Chưa gửi được: không liên lạc được với máy chủ"
NOTHING_KEPT: Final = "!Object.keys(localStorage).some((key) => key.startsWith('loa-kept:'))"


class Shoes(StrEnum):
    """Shoes in which a day is walked."""

    OFFICIAL = "official"
    APPROVER = "approver"
    COMMUNE = "commune with inbox"
    EDITOR = "editor"
    EMERGENCY_OFFICER = "emergency officer"
    TECHNICIAN = "technician without a line"
    STATION_EDITOR = "station editor"
    CITIZEN = "citizen"
    ADMINISTRATOR = "administrator of 124 communes"
    AUDITOR = "auditor"


def due(shoes: Shoes) -> set[str]:
    """Return the interruptions that a journey in these shoes undergoes."""
    ended = {Interruption.TAB, Interruption.SERVER}
    return {*ended} if shoes is Shoes.CITIZEN else {*ended, Interruption.SESSION}


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") == TELEPHONE["width"]
    found = shut_out(page)
    assert found == [], found


@dataclass
class Journey:
    """Journey of the person ``login`` in the tab ``page``; the console's server stands behind ``line``."""

    shoes: Shoes
    login: str
    url: str
    page: Page
    _tab: BrowserTab
    _stage: RestartedConsole
    _line: SlowLine
    _visitor: Visitor
    undergone: set[str] = field(default_factory=set)

    @property
    def complaints(self) -> list[str]:
        return self._tab.complaints

    def go(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def companion(self, login: str = "") -> BrowserTab:
        """Return a telephone of another person on the same line."""
        return _telephone(self._visitor, self._line, login)

    def end_sessions(self) -> None:
        self._stage.end_sessions()
        self.undergone.add(Interruption.SESSION)

    def sign_in_over(self, page: Page) -> None:
        self._stage.sign_in_over(page)

    def sign_in_on_page(self) -> None:
        signing_in.sign_in_on_page(self._stage.console, self.page, self.login)

    def stop(self) -> None:
        self._stage.stop()
        self.undergone.add(Interruption.SERVER)

    def start(self) -> None:
        self._stage.start()

    def cut_line(self) -> None:
        self.page.context.set_offline(True)

    def mend_line(self) -> None:
        self.page.context.set_offline(False)

    def reopen(self, path: str, *, keeping: str, has_line: bool = True) -> Page:
        """Close the tab once the browser keeps the text, and open the page in a new one, by default with a line."""
        self.close_tab(keeping=keeping)
        if has_line:
            self.mend_line()
        return self.go(path)

    def close_tab(self, *, keeping: str = "") -> None:
        """Close the tab, once the browser keeps the text; an empty one is open then."""
        if keeping:
            until(self.page, f"Object.values(localStorage).some((each) => each.includes({json.dumps(keeping)}))")
        tab = self.page.context.new_page()
        self.page.close()
        self.page = tab
        self.undergone.add(Interruption.TAB)


def _telephone(visitor: Visitor, line: SlowLine, login: str, *, has_workers: bool = False) -> BrowserTab:
    """Return a telephone; that of a person who signs in has the console's files of yesterday."""
    tab = visitor(login, size=TELEPHONE, has_workers=has_workers)
    equip(tab.page)
    line.is_slow = False
    if login:
        tab.go("/")
    line.is_slow = True
    return tab


def walked_in(shoes: Shoes, login: str = "") -> pytest.MarkDecorator:
    """Mark the test of a journey in these shoes, which gets it as ``journey``."""
    return pytest.mark.parametrize("journey", [pytest.param((shoes, login), id=shoes)], indirect=True)


@contextmanager
def open_journey(
    browser: Browser, served: ServedConsole, console: Console, shoes: Shoes, login: str
) -> Iterator[Journey]:
    """Yield a journey on the console; it ends once everything due has been undergone, on a slow line."""
    with (
        RestartedConsole(console, login, is_compressed=True).started() as stage,
        open_slow_line(stage.port) as (line, port),
        open_visits(browser, replace(served, console=console), url=f"http://127.0.0.1:{port}") as visitor,
    ):
        tab = _telephone(visitor, line, login, has_workers=shoes is Shoes.TECHNICIAN)
        journey = Journey(shoes, login, tab.url, tab.page, tab, stage, line, visitor)
        yield journey
        assert journey.undergone >= due(shoes)
        assert line.carried
