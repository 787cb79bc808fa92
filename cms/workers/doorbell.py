"""The web tells the gateway that something is to be sent: a datagram on a Unix socket, at once after the commit.

It carries nothing: what is to be done is in the store. A ring that is lost costs one turn of the gateway's polling.
"""

from __future__ import annotations

import logging
import os
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from cms.settings import Settings
from cms.store.uow import AfterCommit, Committed

log = logging.getLogger(__name__)

_RING = b"!"
_RINGS_AT_ONCE = 4096


def path_of(settings: Settings) -> Path:
    """Where the gateway listens."""
    return settings.run_dir / "gateway.sock"


class Doorbell:
    """The gateway's end. Only one process has it: the one that holds the gateway's lock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        with _address(path) as address:
            self._socket.bind(address)
        path.chmod(0o600)

    def wait(self, timeout_s: float) -> bool:
        """Until somebody rings or the time is over; all rings so far count as one."""
        if not select.select([self._socket], [], [], timeout_s)[0]:
            return False
        for _ in range(_RINGS_AT_ONCE):
            try:
                self._socket.recv(len(_RING))
            except BlockingIOError:
                break
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._path.unlink(missing_ok=True)
        self._socket.close()


def ring(path: Path) -> None:
    """Wake whoever listens there. Nobody listening, or one who has enough rings waiting: nothing is lost by it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.settimeout(0)
        try:
            with _address(path) as address:
                bell.sendto(_RING, address)
        except OSError as error:
            log.debug("the gateway was not told: %s", error)


def ring_after_commit(path: Path) -> AfterCommit:
    """A hook for the unit of work: a commit with work for the gateway is told to it."""

    def hook(done: Committed) -> None:
        if done.has_outbox:
            ring(path)

    return hook


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """A short name of the same socket: a path of more than 107 bytes is none, and LOA_HOME may lie deep."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
