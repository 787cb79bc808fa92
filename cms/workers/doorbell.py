"""The web tells the gateway that something is to be sent: a datagram on a Unix socket, at once after the commit.

It carries nothing: what is to be done is in the store. A ring that is lost costs one turn of the gateway's polling.
"""

from __future__ import annotations

import logging
import select
from pathlib import Path
from types import TracebackType
from typing import Self

from cms.settings import Settings
from cms.store.uow import AfterCommit, Committed
from cms.unix_socket import listening, send

log = logging.getLogger(__name__)

_RING = b"!"
_RINGS_AT_ONCE = 4096


def path_of(settings: Settings) -> Path:
    """Where the gateway listens."""
    return settings.run_dir / "gateway.sock"


class Doorbell:
    """The gateway's end. Only one process has it: the one that holds the gateway's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = listening(path)

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
    if not send(path, _RING):
        log.debug("the gateway was not told")


def ring_after_commit(path: Path) -> AfterCommit:
    """A hook for the unit of work: a commit with work for the gateway is told to it."""

    def hook(done: Committed) -> None:
        if done.has_outbox:
            ring(path)

    return hook
