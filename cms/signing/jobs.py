"""Background work of remote signing: each on a thread of its own, as it waits for a person."""

import logging
import threading
from typing import Final

from cms.platform.context import Context
from cms.signing.model import RemoteSigning, SigningState
from cms.signing.repository import RemoteSignings
from cms.signing.service import remote_signing
from cms.signing.service.csc_client import CscClient

AT_ONCE: Final = 8
_LOOK_MOST: Final = 100
log = logging.getLogger(__name__)


class RemoteSigningJob:
    """Job that begins ordered signings; a step waits for none of them. The threads end with the process."""

    def __init__(self, context: Context, client: CscClient | None = None) -> None:
        self._context = context
        self._client = client or CscClient.of(context.settings)
        self._running: dict[str, threading.Thread] = {}

    def step(self) -> int:
        """Begin what waits, and end what was interrupted; return the number of both."""
        if self._client is None:
            return 0
        self._running = {key: thread for key, thread in self._running.items() if thread.is_alive()}
        now = self._context.now()
        with self._context.uow.reading() as unit:
            found = unit[RemoteSignings].unfinished(_LOOK_MOST)
        if over := [each for each in found if each.is_over(now)]:
            remote_signing.end_interrupted(self._context.uow(), over, now)
        waiting = [each for each in found if each.state is SigningState.WAITING and each not in over]
        begun = [each for each in waiting if each.transmission_id not in self._running]
        begun = begun[: AT_ONCE - len(self._running)]
        for each in begun:
            thread = threading.Thread(target=self._sign, args=(self._client, each), name="remote-signing", daemon=True)
            self._running[each.transmission_id] = thread
            thread.start()
        return len(over) + len(begun)

    def wait(self, timeout_s: float) -> None:
        """Wait for the running ones, each for this long at most."""
        for thread in self._running.values():
            thread.join(timeout_s)

    def _sign(self, client: CscClient, ordered: RemoteSigning) -> None:
        try:
            remote_signing.sign(self._context, client, ordered)
        except Exception:  # the outermost of this thread: the page says that it was interrupted
            log.exception("signing an approval failed")
