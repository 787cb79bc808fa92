"""Proxy before a web server that cuts the connection as often as a test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class Line:
    """Proxy between a station and the server. ``cuts``: after so many bytes from the server, each once."""

    port: int
    cuts: list[int]
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    listening = socket.create_server(("127.0.0.1", 0))
    line = Line(listening.getsockname()[1], [])
    threads: list[threading.Thread] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                line.connections += 1
                left = line.cuts.pop(0) if line.cuts else None
                thread = threading.Thread(target=_carry, args=(near, port, left), daemon=True)
                threads.append(thread)
                thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield line
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join()
        for thread in threads:
            thread.join()


def _carry(near: socket.socket, port: int, left: int | None) -> None:
    """Carry bytes both ways, until one end closes or ``left`` bytes have come back."""
    with near, socket.create_connection(("127.0.0.1", port)) as far:
        there = threading.Thread(target=_pump, args=(near, far, None), daemon=True)
        there.start()
        _pump(far, near, left)
        for end in (near, far):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        there.join()


def _pump(source: socket.socket, into: socket.socket, left: int | None) -> None:
    with suppress(OSError):
        while (left is None or left > 0) and (data := source.recv(4096)):
            into.sendall(data if left is None else data[:left])
            left = None if left is None else left - len(data)
