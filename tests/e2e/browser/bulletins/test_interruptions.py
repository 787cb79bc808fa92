"""Somebody who writes a bulletin is interrupted in four ways, at a desk and on a telephone: nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bench.writing.interruptions import TEXT, TITLE, InterruptedWriter, Interruption
from cms.accounts.repository import People
from tests.e2e.browser.bulletins.test_nothing_typed_is_lost import NARROW, sign_in_over
from tests.e2e.browser.conftest import WIDE, open_visits
from tests.e2e.browser.served_console import ServedConsole, tomorrow_at
from tests.web_server import served as served_app

LOGIN = "operator"
K = Interruption
PLANS = {
    "desk": (WIDE, {0: K.TAB, 3: K.SESSION, 6: K.SERVER, 8: K.LINE}),
    "telephone": (NARROW, {1: K.LINE, 3: K.SERVER, 7: K.TAB, 10: K.SESSION}),
}


@dataclass
class RestartedConsole:
    """The tests' console on a port of its own, whose server can be restarted."""

    served: ServedConsole
    port: int = 0
    _server: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sign_in_over(self, page: Page) -> None:
        sign_in_over(self.served, page, LOGIN)

    def end_sessions(self) -> None:
        console = self.served.console
        with console.context.uow() as unit:
            unit[People].revoke_sessions(console.actor(LOGIN).user_id, console.clock())
            unit.commit()

    def stop(self) -> None:
        self._server.close()

    def start(self) -> None:
        self.port = self._server.enter_context(served_app(self.served.console.app, self.port))


@pytest.fixture
def stage(served: ServedConsole) -> Iterator[RestartedConsole]:
    made = RestartedConsole(served)
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("where", PLANS)
def test_whatever_ends_while_one_writes_everything_typed_is_there_again(
    browser: Browser, served: ServedConsole, stage: RestartedConsole, where: str
) -> None:
    size, plan = PLANS[where]
    with open_visits(browser, served, url=stage.url) as visitor:
        tab = visitor(LOGIN, size=size)
        context: BrowserContext = tab.page.context
        writer = InterruptedWriter(stage, context)
        saved = served.bulletin(writer.write(tomorrow_at(17).date(), plan).rsplit("/", 1)[1])
        assert writer.lost == []
        assert writer.count.total() == len(plan)
        assert (saved.title, saved.text, saved.priority) == (TITLE, TEXT, "priority")
        assert [each.starts.hour for each in saved.schedules] == [17, 6]
        assert len(saved.targets.areas) == 1
        page = context.new_page()
        page.goto("/bulletins")
        expect(page.get_by_text(re.compile("Bạn đang viết dở"))).to_have_count(0)
        assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('loa-kept:'))") == []
