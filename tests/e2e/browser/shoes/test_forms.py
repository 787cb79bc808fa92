"""A form that does not save itself, interrupted as ``loa bench interruptions`` does it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize

from bench.writing.form_writer import FormWriter
from bench.writing.forms import WrittenForm, forms_of
from bench.writing.interruptions import Interruption
from tests.e2e.browser.conftest import WIDE, open_visits
from tests.e2e.browser.restarted_console import RestartedConsole
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.shoes.journey import TELEPHONE
from tests.e2e.browser.signing_in import end_sessions, open_session

LOGIN, PATH = "operator", "/feedback/new"


@dataclass
class SessionStage:
    """The console behind the bench's port: people get a session as by a sign-in in another tab."""

    console: RestartedConsole

    def sign_in(self, context: BrowserContext, login: str) -> None:
        open_session(context.request, self.console.console, login)

    def end_sessions(self, login: str) -> None:
        end_sessions(self.console.console, login)

    def stop(self) -> None:
        self.console.stop()

    def start(self) -> None:
        self.console.start()


@pytest.mark.parametrize(
    ("size", "kinds"),
    [
        (WIDE, (Interruption.SESSION, Interruption.SERVER)),
        (TELEPHONE, (Interruption.TAB, Interruption.LINE)),
    ],
    ids=["desk", "telephone"],
)
def test_whatever_ends_the_form_is_offered_as_it_was_typed(
    browser: Browser, served: ServedConsole, size: ViewportSize, kinds: tuple[Interruption, ...]
) -> None:
    page = served.console.client(LOGIN).get(PATH).text
    ((number, fields),) = forms_of(page)
    assert {"text", "contact"} <= set(fields)
    with (
        RestartedConsole(served.console).started() as console,
        open_visits(browser, served, url=console.url) as visitor,
    ):
        writer = FormWriter(SessionStage(console))
        for kind in kinds:
            context = visitor("", size=size).page.context
            writer.write(context, WrittenForm("feedback", PATH, LOGIN, number), kind)
        assert writer.lost == []
        assert writer.count.total() == len(kinds)


def test_what_is_gone_is_told(browser: Browser, served: ServedConsole) -> None:
    with (
        RestartedConsole(served.console).started() as console,
        open_visits(browser, served, url=console.url) as visitor,
    ):
        context = visitor("").page.context
        context.add_init_script("localStorage.clear()")
        writer = FormWriter(SessionStage(console), settled_s=1)
        writer.write(context, WrittenForm("feedback", PATH, LOGIN, 0), Interruption.TAB)
        assert [each for each in writer.lost if "gõ dở" in each] == writer.lost != []


def test_forms_are_found_by_their_text_and_secrets_and_times_are_none() -> None:
    page = """<html><body><form method="post"><textarea name="outside"></textarea></form><main>
      <form method="post"><input type="hidden" name="version"><button>Xoá</button></form>
      <form method="post"><input type="password" name="old"><input type="text" name="login"></form>
      <form method="post" data-autosave="/a"><textarea name="text"></textarea></form>
      <form method="post"><input type="text" name="code">
        <span class="when date"><input type="text" name="on"></span></form>
      <form method="post"><div data-unkept><input type="text" name="contact"></div>
        <textarea id="why" name="reason"></textarea>
        <input type="text" name="title"></form></main></body></html>"""
    assert list(forms_of(page)) == [(4, ("why", "title"))]
