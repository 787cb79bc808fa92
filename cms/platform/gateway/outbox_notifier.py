"""Outbox notifier: a datagram on a Unix socket that wakes the gateway right after a commit.

It carries no data: the work is in the store. A lost datagram costs one turn of the gateway's polling.
"""

from collections.abc import Callable
from pathlib import Path

from cms.platform.process.unix_socket import Listening, send
from cms.platform.settings import Settings
from cms.platform.store.uow import AfterCommit, Committed

RING = b"!"
_RINGS_AT_ONCE = 4096


def path_of(settings: Settings) -> Path:
    """Return the path of the gateway's socket."""
    return settings.run_dir / "gateway.sock"


class OutboxNotifier(Listening):
    """Receiving end of the notifier, in one process only: the one that holds the gateway's lock."""

    def wait(self, timeout_s: float) -> bool:
        """Wait for a wake-up or the timeout; all wake-ups so far count as one."""
        return any(list(self.datagrams(timeout_s, len(RING), _RINGS_AT_ONCE)))


def ring(path: Path) -> bool:
    """Wake the gateway, unless it has enough wake-ups waiting. False: it does not listen on this host."""
    return send(path, RING, if_full=True)


def ring_after_commit(path: Path, ring_elsewhere: Callable[[], object] = lambda: None) -> AfterCommit:
    """Return a hook for the unit of work: a commit with outbox rows wakes the gateway, here or on another host."""

    def hook(done: Committed) -> None:
        if done.has_outbox and not ring(path):
            ring_elsewhere()

    return hook
