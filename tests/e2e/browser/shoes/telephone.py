"""A person's telephone on a slow line, and what interrupts who writes with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import CDPSession, Page, ViewportSize

from tests.e2e.browser.axe import equip, shut_out
from tests.e2e.browser.conftest import BrowserTab
from tests.e2e.browser.waiting import until

TELEPHONE: Final = ViewportSize(width=360, height=740)
SLOW: Final = {"offline": False, "latency": 100, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""400 kbit/s, as a telephone in a village has on a bad day."""
NOT_SENT: Final = "Chưa gửi được: không liên lạc được với máy chủ"
NOTHING_KEPT: Final = "!Object.keys(localStorage).some((key) => key.startsWith('loa-kept:'))"


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") == TELEPHONE["width"]
    found = shut_out(page)
    assert found == [], found


@dataclass
class Telephone:
    """Telephone whose open tab is ``page``."""

    page: Page
    _line: CDPSession

    @classmethod
    def of(cls, tab: BrowserTab) -> Telephone:
        equip(tab.page)
        return cls(tab.page, _slowed(tab.page))

    def cut_line(self) -> None:
        self._line.send("Network.emulateNetworkConditions", {**SLOW, "offline": True})

    def mend_line(self) -> None:
        self._line.send("Network.emulateNetworkConditions", SLOW)

    def reopen(self, path: str, *, keeping: str) -> Page:
        """Close the tab once the browser keeps the text, and open the page in a new one, with a line."""
        until(self.page, f"Object.values(localStorage).some((each) => each.includes({json.dumps(keeping)}))")
        tab = self.page.context.new_page()
        self.page.close()
        self.page, self._line = tab, _slowed(tab)
        tab.goto(path)
        return tab


def _slowed(page: Page) -> CDPSession:
    line = page.context.new_cdp_session(page)
    line.send("Network.emulateNetworkConditions", SLOW)
    return line
