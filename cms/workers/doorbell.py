"""The web tells the gateway that something is to be sent: a datagram on a Unix socket, at once after the commit.

It carries nothing: what is to be done is in the store. A ring that is lost costs one turn of the gateway's polling.
"""

from __future__ import annotations

import logging
from pathlib import Path

from cms.settings import Settings
from cms.store.uow import AfterCommit, Committed
from cms.unix_socket import Listening, send

log = logging.getLogger(__name__)

_RING = b"!"
_RINGS_AT_ONCE = 4096


def path_of(settings: Settings) -> Path:
    """Where the gateway listens."""
    return settings.run_dir / "gateway.sock"


class Doorbell(Listening):
    """The gateway's end. Only one process has it: the one that holds the gateway's lock."""

    def wait(self, timeout_s: float) -> bool:
        """Until somebody rings or the time is over; all rings so far count as one."""
        return any(list(self.datagrams(timeout_s, len(_RING), _RINGS_AT_ONCE)))


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
