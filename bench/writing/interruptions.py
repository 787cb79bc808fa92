"""Interruptions of somebody who writes a bulletin: whatever ends in the middle, all that was typed is there again.

Four things end: the session, the browser's tab, the server, the line. After each the person comes back as people do,
by signing in over the page, by the link on *Hôm nay*, or by waiting until the draft is saved; then the form of the page
as the server shows it is compared with what stood in it before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

TITLE: Final = "Lịch phun thuốc muỗi đợt hai"
TEXT: Final = "Bảy giờ sáng mai, tổ dân phố phun thuốc muỗi.\nBà con đóng cửa, cất đồ ăn."
_SAVED: Final = "#autosaved:not(.error)"
_SAVED_WORDS: Final = "Đã lưu nháp lúc"
_DIALOG: Final = "dialog[open]"
_READ: Final = """form => window.loaUnsaved.read(form).filter(
  ([name]) => !/^(say_|version$|draft$|window$|autosave_version$)/.test(name))"""
_CHECK: Final = "element => { if (!element.checked) element.click(); }"
SETTLED_S: Final = 20.0
_LOOK_MS: Final = 100


class Interruption(StrEnum):
    """Kinds of interruption, by the thing that ends while somebody types."""

    SESSION = "session"
    TAB = "tab"
    SERVER = "server"
    LINE = "line"


class WritingStage(Protocol):
    """Console with a person who may write, and the means to interrupt them."""

    def sign_in_over(self, page: Page) -> None:
        """Sign in by the dialog over the page."""
        ...

    def end_sessions(self) -> None: ...

    def stop(self) -> None: ...

    def start(self) -> None:
        """Serve again, at the same address."""
        ...


@dataclass(frozen=True)
class TypingStep:
    """One thing that the person does in the form."""

    name: str
    act: Callable[[Page], object]


def typing_steps(on: date) -> Sequence[TypingStep]:
    """Return the steps of writing a bulletin, from the first letter to a second schedule."""
    half = len(TEXT) // 2

    def type_into(selector: str, text: str) -> Callable[[Page], object]:
        def type_at_end(page: Page) -> None:
            page.locator(selector).press("ControlOrMeta+End")
            page.locator(selector).press_sequentially(text)

        return type_at_end

    def set_to(selector: str, value: str) -> Callable[[Page], object]:
        return lambda page: page.locator(selector).fill(value)

    def check(selector: str) -> Callable[[Page], object]:
        # Places lie in folded branches, where a pointer reaches nothing.
        return lambda page: page.locator(selector).first.evaluate(_CHECK)

    def add_schedule(page: Page) -> None:
        page.locator("#schedules button[value=add]").click()
        page.locator("[name='s-2-at']").wait_for()

    return (
        TypingStep("first letter", type_into("#title", TITLE[0])),
        TypingStep("title", type_into("#title", TITLE[1:])),
        TypingStep("half of the text", type_into("#text", TEXT[:half])),
        TypingStep("the other half", type_into("#text", TEXT[half:])),
        TypingStep("text on boards", type_into("#board_text", "Phun thuốc muỗi 7 giờ")),
        TypingStep("place", check("li[data-leaf] input[name=areas]")),
        TypingStep("class", check("input[name=priority][value=priority]")),
        TypingStep("day", set_to("[name='s-1-on']", f"{on:%d/%m/%Y}")),
        TypingStep("time", set_to("[name='s-1-at']", "17:00")),
        TypingStep("second schedule", add_schedule),
        TypingStep("its time", set_to("[name='s-2-at']", "06:30")),
    )


Typed = Mapping[str, tuple[str, ...]]


@dataclass
class InterruptedWriter:
    """Person who writes bulletins and is interrupted. ``lost``: what was gone after which interruption."""

    stage: WritingStage
    context: BrowserContext
    count: Counter[Interruption] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)

    def write(self, on: date, plan: Mapping[int, Interruption]) -> str:
        """Write a bulletin, interrupted after the steps that the plan names, and save it; return its path.

        While the server or the line is down, and where the session has ended, one more step is taken before it is
        noticed.
        """
        page = self._open()
        interrupted: Interruption | None = None
        for number, step in enumerate(typing_steps(on)):
            needs_server = step.name == "second schedule"
            if interrupted is not None and needs_server:
                page, interrupted = self._come_back(page, interrupted, step.name), None
            step.act(page)
            if interrupted is not None:
                page, interrupted = self._come_back(page, interrupted, step.name), None
            if number in plan:
                interrupted = plan[number]
                self._interrupt(interrupted)
        if interrupted is not None:
            page = self._come_back(page, interrupted, "the end")
        page.locator(".actions.sticky button[value=save]").click()
        page.wait_for_url("**/bulletins/0*")
        path = page.evaluate("location.pathname")
        page.close()
        return str(path)

    def _open(self) -> Page:
        page = self.context.new_page()
        page.goto("/bulletins/new")
        return page

    def _interrupt(self, kind: Interruption) -> None:
        self.count[kind] += 1
        match kind:
            case Interruption.SESSION:
                self.stage.end_sessions()
            case Interruption.SERVER:
                self.stage.stop()
            case Interruption.LINE:
                self.context.set_offline(True)
            case Interruption.TAB:
                pass  # it is closed after one more step, in the middle of its saving

    def _come_back(self, page: Page, kind: Interruption, at: str) -> Page:
        """End the interruption as a person does, and compare what the server shows with what was typed."""
        before = self._typed(page)
        assert before
        is_reopened = kind is Interruption.TAB or (kind is Interruption.LINE and self.count[kind] % 2 == 0)
        if is_reopened:
            page.close()
        match kind:
            case Interruption.SESSION:
                page.locator(_DIALOG).wait_for()
                self.stage.sign_in_over(page)
            case Interruption.SERVER:
                self.stage.start()
            case Interruption.LINE:
                self.context.set_offline(False)
            case Interruption.TAB:
                pass
        if is_reopened:
            page = self.context.new_page()
            page.goto("/")
            page.locator("main a[href*='draft=']").first.click()
        else:
            page.locator(_SAVED, has_text=_SAVED_WORDS).wait_for()
            # Another tab: this one's fields the browser might restore by itself.
            address = page.url
            page.close()
            page = self.context.new_page()
            page.goto(address)
        self._compare(page, before, f"{kind}, after “{at}”")
        return page

    def _compare(self, page: Page, before: Typed, where: str) -> None:
        # What only this browser has is saved on the server first, and the page is opened again by itself.
        last_s = monotonic() + SETTLED_S
        after = self._typed(page)
        while after != before and monotonic() < last_s:
            page.wait_for_timeout(_LOOK_MS)
            after = self._typed(page)
        gone = [name for name in before if before[name] != after.get(name)]
        self.lost += [f"{where}: {name} was {before[name]!r}, is {after.get(name)!r}" for name in gone]

    def _typed(self, page: Page) -> Typed:
        from playwright.sync_api import Error  # noqa: PLC0415 - a tool of developers, not on a server

        try:
            pairs: list[list[Any]] = page.locator("form[data-autosave]").evaluate(_READ)
        except Error:  # the page is on its way to another
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            # White space around a text is no part of it: neither page nor server tells it apart.
            found[name] = (*found.get(name, ()), str(value).replace("\r\n", "\n").strip())
        return found
