"""A console's app on a real port of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLL_S: Final = 0.01
"""Longest wait of a server's end: the standard half second would be the longest part of many tests."""


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's signature
        pass


@contextmanager
def served(app: WSGIApplication, port: int = 0) -> Iterator[int]:
    """Serve the app at this port, or a free one, and yield the port; leaving waits for the answers still being made.

    Each of them holds a connection, which would be left open after the engine's end.
    """
    server = make_server("127.0.0.1", port, _closing_bodies(app), threaded=True, request_handler=_Silent)
    server.daemon_threads = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_S}, name="web server")
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _closing_bodies(app: WSGIApplication) -> WSGIApplication:
    """Return the app with bodies that close themselves.

    werkzeug's server leaves a body open, and with it its file, if the client resets the connection: it fails when it
    reads what is left of the request, before it comes to the close.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return _closed(app(environ, start_response))

    return application


def _closed(body: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from body
    finally:
        if hasattr(body, "close"):
            body.close()
