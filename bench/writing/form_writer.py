"""Interruptions of somebody who fills in a form that does not save itself: the browser keeps what was typed.

Half of the fields are typed, then the session, the tab, the server or the line ends; the person types the rest, presses
the button, closes the tab, and opens the page again when they can. What was typed must be on the page, after the
press of the button that offers it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from bench.writing.forms import WrittenForm
from bench.writing.interruptions import SETTLED_S, Interruption

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

_FORMS: Final = "main form[method=post]"
_OFFER: Final = "[data-kept-offer] button:not(.second)"
_NOTICED: Final = "[data-unsent], dialog[open]"
_NOTICED_MS: Final = 6_000
_LOOK_MS: Final = 100
_OPENS: Final = """form => {
  [form, ...form.querySelectorAll("*")].forEach((each) => each.closest("details")?.setAttribute("open", ""));
  const typed = "textarea:not([readonly]), input[type=text]:not([readonly]), input[type=email], input[type=tel]";
  const never = "[name=code], [name=word], [name=claim_code], [data-unkept] *, .when *, .trap *";
  return [...form.elements].map((each, at) => [each, at])
    .filter(([each]) => each.matches(typed) && each.name && !each.matches(never))
    .filter(([each]) => !each.disabled && each.checkVisibility())
    .map(([each, at]) => [at, each.tagName === "TEXTAREA", each.maxLength]);
}"""
_WRITES: Final = """(form, [at, text]) => {
  const field = form.elements[at];
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}"""
_PRESSES: Final = """form => {
  const button = [...form.elements].find((each) => each.matches("button:not([type=button]):not([disabled])"));
  if (button && !form.matches("[data-waits]")) button.click();
}"""
_SHOWN: Final = """() => [document.querySelector("main").innerText,
  ...[...document.querySelectorAll("main textarea, main input")].map((each) => each.value)]"""


class FormStage(Protocol):
    """Console with people who may write, and the means to interrupt them."""

    def sign_in(self, context: BrowserContext, login: str) -> None: ...

    def end_sessions(self, login: str) -> None: ...

    def stop(self) -> None: ...

    def start(self) -> None:
        """Serve again, at the same address."""
        ...


@dataclass
class FormWriter:
    """Person who fills in forms and is interrupted. ``lost``: what was gone after which interruption."""

    stage: FormStage
    count: Counter[tuple[str, Interruption]] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    settled_s: float = SETTLED_S

    def write(self, context: BrowserContext, form: WrittenForm, kind: Interruption) -> None:
        """Fill in the form in a browser that keeps nothing yet, and be interrupted once."""
        self.stage.sign_in(context, form.login)
        page = context.new_page()
        page.goto(form.path)
        place = page.locator(_FORMS).nth(form.number)
        fields = place.evaluate(_OPENS)
        typed = [(at, _text(at, is_long=is_long, most=most)) for at, is_long, most in fields]
        if not typed:
            page.close()  # folded away until something else is chosen
            return
        half = (len(typed) + 1) // 2
        self._type(place, typed[:half])
        self.count[form.login, kind] += 1
        self._interrupt(context, form, kind)
        # The last field again, so that something is always typed after the interruption.
        self._type(place, typed[half:] or typed[-1:])
        where = f"{kind}, {form.name} ({form.login})"
        if kind is not Interruption.TAB:
            _press(page, place)
            self._note(f"{where}, before the tab was closed", typed, _shown(page))
        page.close()
        self._end(context, form, kind)
        page = context.new_page()
        page.goto(form.path)
        self._note(where, typed, _offered(page, [text for _at, text in typed], self.settled_s))
        page.close()

    def _type(self, place: Locator, fields: Sequence[tuple[int, str]]) -> None:
        for at, text in fields:
            place.evaluate(_WRITES, [at, text])

    def _interrupt(self, context: BrowserContext, form: WrittenForm, kind: Interruption) -> None:
        match kind:
            case Interruption.SESSION:
                self.stage.end_sessions(form.login)
            case Interruption.SERVER:
                self.stage.stop()
            case Interruption.LINE:
                context.set_offline(True)
            case Interruption.TAB:
                pass

    def _end(self, context: BrowserContext, form: WrittenForm, kind: Interruption) -> None:
        match kind:
            case Interruption.SESSION:
                self.stage.sign_in(context, form.login)
            case Interruption.SERVER:
                self.stage.start()
            case Interruption.LINE:
                context.set_offline(False)
            case Interruption.TAB:
                pass

    def _note(self, where: str, typed: Sequence[tuple[int, str]], shown: str) -> None:
        gone = [text for _at, text in typed if _plain(text) not in shown]
        self.lost += [f"{where}: {text!r} is gone" for text in gone]


def _text(at: int, *, is_long: bool, most: int) -> str:
    """Return a text for the field at that place, no longer than it takes."""
    text = f"Dòng {at} gõ dở dang.\nDòng {at} thứ hai, chưa xong" if is_long else f"Chữ {at} gõ dở"
    return text if most < 0 else text[:most].strip()


def _press(page: Page, place: Locator) -> None:
    """Press the form's button; nothing is sent, and the person is told."""
    from playwright.sync_api import TimeoutError as NotToldError  # noqa: PLC0415 - a tool of developers

    place.evaluate(_PRESSES)
    # A form that the browser finds incomplete, or whose act is confirmed first, is not sent anyway.
    with suppress(NotToldError):
        page.locator(_NOTICED).first.wait_for(timeout=_NOTICED_MS)


def _offered(page: Page, texts: Sequence[str], within_s: float) -> str:
    """Return what the page shows once it has had time to offer what was kept, and the person has taken it up."""
    last_s = monotonic() + within_s
    shown = _shown(page)
    while monotonic() < last_s and not all(_plain(text) in shown for text in texts):
        offers = page.locator(_OFFER)
        if offers.count():
            offers.first.click()
        page.wait_for_timeout(_LOOK_MS)
        shown = _shown(page)
    return shown


def _shown(page: Page) -> str:
    """Return the text and the fields of the page's main part, all in one."""
    from playwright.sync_api import Error  # noqa: PLC0415 - a tool of developers, not on a server

    try:
        return _plain("\n".join(page.evaluate(_SHOWN)))
    except Error:  # the page is on its way to another
        return ""


def _plain(text: str) -> str:
    return " ".join(text.split())
