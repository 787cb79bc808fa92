"""Drivers of a page: the same user actions by mouse or by keyboard alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser.waiting import TWO_FRAMES, until

TABS_MOST: Final = 400
_LOOKS: Final = 20
_STOP_WATCH: Final = "() => { const at = performance.now(); performance.now = () => at; }"
_START_WATCH: Final = "() => { delete performance.now; }"
_HAS_FOCUS: Final = "(wanted) => wanted === document.activeElement"
# Of radio buttons with one name Tab reaches one; the arrow keys lead on from it.
_HAS_FOCUS_BESIDE: Final = "(wanted) => wanted.type === 'radio' && wanted.name === document.activeElement.name"


@contextmanager
def held_down(button: Locator) -> Iterator[None]:
    """Hold the button down with the mouse, and let go beside it; fail where another has taken its place meanwhile.

    However long the machine takes, it is one press: a press of seconds no longer keeps the page as it is.
    """
    page = button.page
    button.hover()
    button.evaluate("(button) => { window.pressed = button; }")
    page.mouse.down()
    page.evaluate(_STOP_WATCH)
    yield
    page.evaluate(TWO_FRAMES)
    assert button.evaluate("(button) => button === window.pressed")
    page.evaluate(_START_WATCH)
    page.mouse.move(0, 0)
    page.mouse.up()


@dataclass(frozen=True)
class Hand(ABC):
    page: Page

    @abstractmethod
    def press(self, target: Locator) -> None:
        """Press a button or follow a link."""

    @abstractmethod
    def reach(self, target: Locator) -> None:
        """Bring the focus into a field."""

    @abstractmethod
    def tick(self, target: Locator) -> None:
        """Tick a check box or choose a radio button that is not ticked."""

    @abstractmethod
    def choose(self, target: Locator, option: str) -> None:
        """Choose the option of that name."""

    @abstractmethod
    def play(self, player: Locator) -> None:
        """Start a sound."""

    def write(self, target: Locator, text: str) -> None:
        """Replace the text of a field."""
        self.reach(target)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)
        expect(target).to_have_value(text)

    def time(self, target: Locator, at: time) -> None:
        self.write(target, f"{at:%H:%M}")

    def date(self, target: Locator, on: date) -> None:
        self.write(target, f"{on:%d/%m/%Y}")

    def moment(self, target: Locator, at: datetime) -> None:
        self.write(target, f"{at:%H:%M %d/%m/%Y}")


class Mouse(Hand):
    def press(self, target: Locator) -> None:
        target.click()

    def reach(self, target: Locator) -> None:
        target.click(position={"x": 14, "y": 14})

    def tick(self, target: Locator) -> None:
        target.check()

    def choose(self, target: Locator, option: str) -> None:
        target.select_option(label=option)

    def play(self, player: Locator) -> None:
        box = player.bounding_box()
        assert box is not None
        player.click(position={"x": 28, "y": box["height"] / 2})
        until(self.page, "!document.querySelector('audio').paused")


class Keyboard(Hand):
    def press(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def reach(self, target: Locator) -> None:
        self._tab_to(target, _HAS_FOCUS)

    def tick(self, target: Locator) -> None:
        self._tab_to(target, f"(wanted) => ({_HAS_FOCUS})(wanted) || ({_HAS_FOCUS_BESIDE})(wanted)")
        for _ in range(TABS_MOST):
            if target.evaluate(_HAS_FOCUS):
                break
            self.page.keyboard.press("ArrowDown")
        if not target.is_checked():
            self.page.keyboard.press("Space")
        expect(target).to_be_checked()

    def choose(self, target: Locator, option: str) -> None:
        names = [name.strip() for name in target.locator("option").all_inner_texts()]
        self.reach(target)
        self.page.keyboard.press("Home")
        for _ in range(names.index(option)):
            self.page.keyboard.press("ArrowDown")
        expect(target.locator("option:checked")).to_have_text(option)

    def play(self, player: Locator) -> None:
        self.reach(self.page.get_by_role("slider", name="Vị trí trong âm thanh"))
        self.page.keyboard.press("Space")
        until(self.page, "!document.querySelector('audio').paused")

    def _tab_to(self, target: Locator, is_there: str) -> None:
        for tabs in range(TABS_MOST):
            if tabs % _LOOKS == 0:
                # An element found a while ago may have been drawn again.
                expect(target).to_be_visible()
                wanted = target.element_handle()
            if wanted.evaluate(is_there):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no way by Tab to {target}")
