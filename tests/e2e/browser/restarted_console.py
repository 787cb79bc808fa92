"""Console on a port of its own, whose server can be restarted while somebody works in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from gzip import compress
from typing import TYPE_CHECKING

from playwright.sync_api import Page
from werkzeug.wrappers import Response

from tests.console import Console
from tests.e2e.browser import signing_in
from tests.web_server import served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass
class RestartedConsole:
    """A test's console at ``url``, and the person ``login`` who works in it.

    ``is_compressed``: pages and files come compressed, as from the front of a real server.
    """

    console: Console
    login: str = ""
    port: int = 0
    is_compressed: bool = False
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
        app = _compressed(self.console.app) if self.is_compressed else self.console.app
        self.port = self._server.enter_context(served(app, self.port))

    @contextmanager
    def started(self) -> Iterator[RestartedConsole]:
        self.start()
        try:
            yield self
        finally:
            self.stop()


def _compressed(app: WSGIApplication) -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = Response.from_app(app, environ)
        if ((answer.mimetype or "").startswith("text/") or answer.is_json) and "Content-Encoding" not in answer.headers:
            answer.direct_passthrough = False
            if data := answer.get_data():
                answer.set_data(compress(data, 5))
                answer.headers["Content-Encoding"] = "gzip"
        return answer(environ, start_response)

    return application
