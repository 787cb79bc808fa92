"""Tiny server of content by hash, with range requests and faults on demand."""

from __future__ import annotations

import hashlib
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.web_server import POLL_S


class ContentServer:
    """Content server. ``requests``: (hash, offset) of each; ``break_after`` cuts the next answers short (bytes).

    ``silent_for``: the hash of each request that gets no answer, until the client gives up.
    """

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.content: dict[str, bytes] = {}
        self.requests: list[tuple[str, int]] = []
        self.break_after: list[int] = []
        self.lies: list[bytes] = []
        self.silent_for: list[str] = []

    def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self.content[sha256] = data
        return sha256


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[ContentServer]:
    """Serve, by https with ``tls``."""
    store = ContentServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            sha256 = self.path.removeprefix("/content/")
            begun = int(found[1]) if (found := re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))) else 0
            store.requests.append((sha256, begun))
            if sha256 in store.silent_for:
                store.silent_for.remove(sha256)
                self.rfile.read(1)
                self.close_connection = True
                return
            data = store.content.get(sha256)
            if data is None:
                self.send_error(404)
                return
            if store.lies:
                data = store.lies.pop(0)
            self.send_response(206 if begun else 200)
            self.send_header("Content-Length", str(len(data) - begun))
            self.end_headers()
            if store.break_after:
                self.wfile.write(data[begun : begun + store.break_after.pop(0)])
                self.close_connection = True
                return
            self.wfile.write(data[begun:])

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    store.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_S}, daemon=True)
    thread.start()
    yield store
    server.shutdown()
    server.server_close()
    thread.join()
