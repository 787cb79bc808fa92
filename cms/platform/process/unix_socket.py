"""Unix datagram sockets between processes of one machine."""

import os
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self


class Listening:
    """Receiving end: for our own user only, and replaces the socket of an earlier process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        with _short_address(path) as address:
            self._socket.bind(address)
        path.chmod(0o600)

    def datagrams(self, timeout_s: float, max_bytes: int, at_once: int) -> Iterator[bytes]:
        """Yield the datagrams received by now, waiting ``timeout_s`` at most for the first."""
        if not select.select([self._socket], [], [], timeout_s)[0]:
            return
        with suppress(BlockingIOError):
            for _ in range(at_once):
                yield self._socket.recv(max_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._path.unlink(missing_ok=True)
        self._socket.close()


def send(path: Path, data: bytes, *, if_full: bool = False) -> bool:
    """Send one datagram. False: nothing listens there, or no file can be opened.

    ``if_full``: what is returned where the receiver's buffer is full.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, _short_address(path) as address:
            sender.settimeout(0)
            sender.sendto(data, address)
    except BlockingIOError:
        return if_full
    except OSError:
        return False
    return True


@contextmanager
def _short_address(path: Path) -> Iterator[str]:
    """Yield a short name of the same socket: a path must not exceed 107 bytes, and LOA_HOME may be deep."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
