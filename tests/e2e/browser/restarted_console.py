"""Console on a port of its own, whose server can be restarted while somebody works in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.console import Console
from tests.e2e.browser import signing_in
from tests.web_server import served


@dataclass
class RestartedConsole:
    """A test's console at ``url``, and the person ``login`` who works in it."""

    console: Console
    login: str = ""
    port: int = 0
    _server: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sign_in_over(self, page: Page) -> None:
        signing_in.sign_in_over(self.console, page, self.login)

    def end_sessions(self) -> None:
        signing_in.end_sessions(self.console, self.login)

    def stop(self) -> None:
        self._server.close()

    def start(self) -> None:
        self.port = self._server.enter_context(served(self.console.app, self.port))

    @contextmanager
    def started(self) -> Iterator[RestartedConsole]:
        self.start()
        try:
            yield self
        finally:
            self.stop()
