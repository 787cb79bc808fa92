"""Web server of the tests: leaves no body open, and so no file, whatever the client does."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.web_server import served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_RESET = struct.pack("ii", 1, 0)


class _Body:
    """Body that notes whether it was closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"x" * 1_000_000

    def close(self) -> None:
        self.is_closed = True


def test_a_client_that_resets_the_connection_leaves_no_body_open() -> None:
    bodies: list[_Body] = []

    def app(_: WSGIEnvironment, start_response: StartResponse) -> _Body:
        start_response("200 OK", [("Content-Length", "1000000")])
        bodies.append(_Body())
        return bodies[-1]

    with served(app) as port:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert client.recv(10)
    assert bodies
    assert all(body.is_closed for body in bodies)
