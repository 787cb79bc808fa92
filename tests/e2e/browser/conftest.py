"""One browser and one console for the folder; every test has sessions of its own.

Both end with the folder: while Playwright runs, no other event loop can run in this thread.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from bench.pace.person import SELDOM
from tests.e2e.browser.operations import Operations, open_operations
from tests.e2e.browser.presses import WITHIN_S, WRITE_AND_SEND, Job, Presses, measured
from tests.e2e.browser.screens import Screens, screens_of
from tests.e2e.browser.served_console import ServedConsole, open_served_console
from tests.e2e.browser.signing_in import open_session
from tests.e2e.browser.waiting import DEADLINE_MS
from tests.integration.media.sounds import bursts, write_wav

WIDE = ViewportSize(width=1280, height=800)
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    # Scripts of a page run once: compiling them better, in threads beside, took a fifth of the browser's time.
    "--js-flags=--single-threaded,--no-opt,--no-maglev",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A microphone, and the permission to use it.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
# Sums the layout shifts without user input since the page began (window.loaShift), and keeps the elements of the main
# part that moved (window.loaMoved): a bar above it may be painted before the rest of its row has been read. An audio
# player moves its own buttons when it is first painted: of that shift no node is told.
_WATCH_SHIFTS = """
window.loaShift = 0;
window.loaMoved = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  const moved = entry.sources.map(({ node }) => node).filter(Boolean);
  if (moved.length) window.loaShift += entry.value;
  const main = document.querySelector("main");
  window.loaMoved.push(...moved.filter((node) => main?.contains(node)).map((node) => node.outerHTML || node.data));
})).observe({ type: "layout-shift", buffered: true });
"""


# htmx logs these about a request that a newer one has replaced, or that the person has left: no fault. About a failed
# one it logs a second line, which counts.
# The last two are about what the tests themselves do: they read pixels, and block service workers.
_NO_FAULTS = (
    "htmx:afterRequest",
    "htmx:sendAbort",
    "Canvas2D: Multiple readback operations",
    "Service Worker registration blocked by Playwright",
)


def is_complaint(message: ConsoleMessage) -> bool:
    """Return whether the browser's console message is an error or a warning."""
    return message.type in {"error", "warning"} and not message.text.startswith(_NO_FAULTS)


@dataclass
class BrowserTab:
    """A person's page; ``complaints`` holds the errors and warnings of the browser's console."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)


Visitor = Callable[..., BrowserTab]
SignIn = Callable[..., Page]
MeasureJob = Callable[[str], AbstractContextManager[Presses]]
Picture = Callable[[Page, str, Locator | None, int], None]
# Enough for a page of few colours, a third of the size.
_COLOURS = 128


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedConsole]:
    with open_served_console(tmp_path_factory.mktemp("served")) as made:
        yield made


@pytest.fixture(scope="package")
def paths(served: ServedConsole) -> Screens:
    """Every screen with content; filled once, since a second filling would clash with the first."""
    return screens_of(served)


@pytest.fixture(scope="package")
def operations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operations]:
    with open_operations(tmp_path_factory.mktemp("operations")) as running:
        yield running


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = shutil.which("chromium-headless-shell")
    assert path, "Debian's chromium-headless-shell is not installed: make setup-test"
    # Sound for the fake microphone: the browser's own beeps are knocks, which are refused.
    spoken = write_wav(tmp_path_factory.mktemp("microphone") / "spoken.wav", bursts(-24, seconds=6.0))
    expect.set_options(timeout=DEADLINE_MS)
    with sync_playwright() as playwright:
        options = [*_OPTIONS, f"--use-file-for-fake-audio-capture={spoken}"]
        chromium = playwright.chromium.launch(executable_path=path, args=options)
        yield chromium
        chromium.close()


@contextmanager
def open_visits(browser: Browser, served: ServedConsole, *, url: str = "") -> Iterator[Visitor]:
    """Yield a factory of pages, each in its own browser profile, signed in where a login is named.

    ``url``: another address of the same console.
    """
    contexts = []
    url = url or served.url

    def open_page(login: str = "", *, size: ViewportSize = WIDE, has_workers: bool = False) -> BrowserTab:
        # A service worker answers from what it keeps, which tests of the network itself must not see.
        workers: Literal["allow", "block"] = "allow" if has_workers else "block"
        context = browser.new_context(locale="vi-VN", viewport=size, base_url=url, service_workers=workers)
        contexts.append(context)
        context.set_default_timeout(DEADLINE_MS)
        context.add_init_script(_WATCH_SHIFTS)
        tab = BrowserTab(context.new_page(), url)

        def note(message: ConsoleMessage) -> None:
            if is_complaint(message):
                tab.complaints.append(f"{message.text} ({tab.page.url})")

        tab.page.on("console", note)
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        if login:
            open_session(context.request, served.console, login)
        return tab

    try:
        yield open_page
    finally:
        for context in contexts:
            context.close()


@pytest.fixture
def visitor(browser: Browser, served: ServedConsole) -> Iterator[Visitor]:
    with open_visits(browser, served) as open_page:
        yield open_page


@contextmanager
def open_sign_ins(browser: Browser, operations: Operations) -> Iterator[SignIn]:
    """Yield a factory of signed-in pages on the whole set; at the end no browser console may hold a complaint."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if is_complaint(message):
            complaints.append(f"{message.text} ({message.location['url']})")

    def open_page(login: str, *, size: ViewportSize = WIDE) -> Page:
        context = browser.new_context(locale="vi-VN", viewport=size, base_url=operations.url)
        contexts.append(context)
        context.set_default_timeout(DEADLINE_MS)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        person = operations.person(login)
        page.goto("/sign-in")
        page.get_by_label("Tên đăng nhập").focus()
        page.keyboard.type(login)
        page.keyboard.press("Tab")
        page.keyboard.type(person.password)
        page.keyboard.press("Enter")
        if person.totp_secret:
            page.get_by_label("Mã xác thực").fill(operations.code(login))
            page.get_by_role("button", name="Xác nhận").click()
        expect(page.get_by_role("navigation")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sign_in(browser: Browser, operations: Operations) -> Iterator[SignIn]:
    with open_sign_ins(browser, operations) as open_page:
        yield open_page


@pytest.fixture(scope="session")
def job(request: pytest.FixtureRequest) -> Iterator[MeasureJob]:
    """Measure of a job of docs/presses.md.

    With ``--presses`` all are printed, and the limit of time holds.
    """
    jobs: list[Job] = []
    yield lambda name: measured(name, jobs)
    if request.config.getoption("--presses"):
        writer = request.config.get_terminal_writer()
        for line in ("", *(each.line() for each in jobs)):
            writer.line(line)
        assert [each for each in jobs if each.name == WRITE_AND_SEND and each.seconds(SELDOM) > WITHIN_S] == []


@pytest.fixture(scope="session")
def picture(request: pytest.FixtureRequest) -> Picture:
    """Function that writes a screenshot into the folder of ``--pictures``; without that option it does nothing.

    A screenshot starts at the page's top or at an element, and is so many pixels high.
    """
    folder: Path | None = request.config.getoption("--pictures")

    def take(page: Page, name: str, at: Locator | None, height: int) -> None:
        size = page.viewport_size
        if folder is None or size is None:
            return
        page.set_viewport_size(ViewportSize(width=size["width"], height=height))
        page.evaluate("scrollTo(0, 0)")
        if at is not None:
            at.evaluate("(part) => scrollTo(0, part.getBoundingClientRect().top - 16)")
        # A caret that is hidden, or motion that is held, would need a style of its own: the console lets none in.
        with Image.open(io.BytesIO(page.screenshot(caret="initial"))) as taken:
            taken.convert("RGB").quantize(_COLOURS).save(folder / f"{name}.png", optimize=True)
        page.set_viewport_size(size)

    return take
