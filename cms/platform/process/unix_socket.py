"""Unix sockets between processes of one machine."""

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
        with short_address(path) as address:
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


class Sending:
    """Sending end of one thread. It keeps its socket, and finds the next one that listens there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    def __del__(self) -> None:
        self._close()

    def send(self, data: bytes, *, if_full: bool = False) -> bool:
        """Send one datagram. False: nothing listens there, or no file can be opened.

        ``if_full``: what is returned where the receiver's buffer is full.
        """
        for _ in range(2):
            try:
                if self._socket is None:
                    self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    self._socket.settimeout(0)
                    with short_address(self._path) as address:
                        self._socket.connect(address)
                self._socket.send(data)
            except BlockingIOError:
                return if_full
            except OSError:
                self._close()
            else:
                return True
        return False

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None


def send(path: Path, data: bytes, *, if_full: bool = False) -> bool:
    """Send one datagram; see ``Sending``."""
    return Sending(path).send(data, if_full=if_full)


@contextmanager
def short_address(path: Path) -> Iterator[str]:
    """Yield a short name of the same socket: a path must not exceed 107 bytes, and LOA_HOME may be deep."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
