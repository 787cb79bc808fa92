"""Connections that stall on purpose: held open on the bench's own front, each kind at its own pace."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

PACE_S: Final = 1.0
"""Interval of bytes: slow enough to hold a connection, fast enough to pass an idle timeout."""
_BODY: Final = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\na=1"


@dataclass(frozen=True, slots=True)
class StallKind:
    """Kind of stalling: ``opening`` is sent at once, then ``drip`` byte by byte; if that is empty, a byte is read."""

    name: str
    opening: bytes
    drip: bytes


def kinds(content_path: str) -> Sequence[StallKind]:
    """Return the kinds: headers that never end, two bodies that never end, and an answer that is hardly read."""
    return (
        StallKind("headers", b"GET /sign-in HTTP/1.1\r\nHost: bench\r\nX-Slow: ", b"a"),
        StallKind("sign-in body", f"POST /sign-in HTTP/1.1\r\nHost: bench\r\n{_BODY}".encode(), b"a"),
        StallKind("public form body", f"POST /cong-khai/phan-anh HTTP/1.1\r\nHost: bench\r\n{_BODY}".encode(), b"a"),
        StallKind("content", f"GET {content_path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode(), b""),
    )


class StalledConnections:
    """Context manager: hold ``each`` connections of every kind open, and reopen one as soon as it is closed."""

    def __init__(self, host: str, port: int, kinds: Sequence[StallKind], each: int, *, pace_s: float = PACE_S) -> None:
        self._address = (host, port)
        self._wanted = [kind for kind in kinds for _ in range(each)]
        self._pace_s = pace_s
        self._links: list[socket.socket | None] = [None] * len(self._wanted)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stalled", daemon=True)
        self.opened = 0
        """Number of connections made in all."""

    def __enter__(self) -> Self:
        self._turn()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        for link in self._links:
            if link is not None:
                link.close()

    @property
    def held(self) -> int:
        """Count the connections that are open now."""
        return sum(link is not None for link in self._links)

    def _run(self) -> None:
        while not self._stopping.wait(self._pace_s):
            self._turn()

    def _turn(self) -> None:
        for number, kind in enumerate(self._wanted):
            link = self._links[number]
            if link is None:
                self._links[number] = self._open(kind)
            elif not _keeps(link, kind):
                link.close()
                self._links[number] = self._open(kind)

    def _open(self, kind: StallKind) -> socket.socket | None:
        link = socket.socket()
        try:
            # A small receive buffer: the part of an answer that is not read stays with the sender.
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            link.settimeout(1)
            link.connect(self._address)
            link.sendall(kind.opening)
        except OSError:
            link.close()
            return None
        link.settimeout(0)
        self.opened += 1
        return link


def _keeps(link: socket.socket, kind: StallKind) -> bool:
    """Do the next little that keeps it open; False: the other end has closed it."""
    try:
        if kind.drip:
            link.send(kind.drip)
            with suppress(BlockingIOError):
                return bool(link.recv(1, socket.MSG_PEEK))
            return True
        return bool(link.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False
