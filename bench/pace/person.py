"""Person at a page: seconds for a press and for a key, by the keystroke level model (Card, Moran, Newell)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from bench.chromium import DEADLINE_MS

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

LOOK_S: Final = 0.02
_FINGER: Final = """(() => {
  const answer = navigator.credentials.get.bind(navigator.credentials);
  navigator.credentials.get = (options) =>
    new Promise((resolve) => setTimeout(resolve, %d)).then(() => answer(options));
})();"""
"""Script that has the authenticator wait for the person's finger."""


@dataclass(frozen=True)
class Pace:
    """Seconds that a person needs for one press and for one key, without time for thought."""

    press_s: float
    key_s: float


SELDOM: Final = Pace(1.7, 0.28)
DAILY: Final = Pace(1.3, 0.2)


class PagePerson(Protocol):
    """Person who presses and types."""

    def __call__(self, target: Locator) -> None:
        """Press this."""

    def see(self, target: Locator) -> None:
        """Wait until this is on the screen."""

    def write(self, page: Page, text: str) -> None:
        """Type the text into the field that has the focus."""

    def key(self, page: Page, name: str) -> None:
        """Press a key, or several held together: ``ControlOrMeta+A``."""

    def follow(self, page: Page, url: str) -> None:
        """Press a link outside of the browser, such as that of a notification."""


@dataclass(frozen=True)
class PacedPerson:
    """Person who takes the time of a pace, before each press and each key."""

    pace: Pace
    pause: Callable[[float], None] = field(default=time.sleep)

    def __call__(self, target: Locator) -> None:
        # The person sees a button before the pointer goes there.
        self.see(target)
        self.pause(self.pace.press_s)
        target.click()

    def see(self, target: Locator) -> None:
        """Wait until this is on the screen, looking all the time: Playwright's own waits look once a second at last."""
        until_s = time.monotonic() + DEADLINE_MS / 1000
        while not target.is_visible():
            if time.monotonic() > until_s:
                raise TimeoutError(f"{target} did not appear")
            self.pause(LOOK_S)

    def write(self, page: Page, text: str) -> None:
        for letter in text:
            self.pause(self.pace.key_s)
            page.keyboard.type(letter)

    def key(self, page: Page, name: str) -> None:
        self.pause(self.pace.key_s * len(name.split("+")))
        page.keyboard.press(name)

    def follow(self, page: Page, url: str) -> None:
        self.pause(self.pace.press_s)
        page.goto(url, wait_until="commit")

    def take_finger_time(self, context: BrowserContext) -> None:
        """Have every page of the browser wait for the finger before a passkey answers."""
        context.add_init_script(_FINGER % round(self.pace.press_s * 1000))
