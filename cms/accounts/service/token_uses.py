"""Last uses of tokens, written by a thread of its own: no call waits for the database's write lock for them."""

import logging
import threading
from datetime import datetime, timedelta
from typing import Final

from cms.accounts.repository import People
from cms.platform.store.uow import UowFactory

log = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=1)
"""Shortest time between two writes for one token."""
WAITING_MAX: Final = 1000
"""Tokens whose use waits to be written; one more is noted at a later call."""


class TokenUses:
    """Uses that wait to be written. The thread lives while there are any."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: dict[str, tuple[UowFactory, datetime]] = {}
        self._thread: threading.Thread | None = None

    def note(self, units: UowFactory, token_id: str, at: datetime) -> None:
        """Have the use written soon; one that waits already is not replaced."""
        with self._guard:
            if len(self._waiting) >= WAITING_MAX:
                return
            self._waiting.setdefault(token_id, (units, at))
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="token-uses", daemon=True)
                self._thread.start()

    def settle(self) -> None:
        """Wait until what was noted is written."""
        with self._guard:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _write(self) -> None:
        while True:
            with self._guard:
                if not self._waiting:
                    self._thread = None
                    return
                token_id, (units, at) = next(iter(self._waiting.items()))
            try:
                with units() as unit:
                    unit[People].touch_token(token_id, at)
                    unit.commit()
            except Exception as error:  # noqa: BLE001 - the next use is noted again
                log.warning("the use of a token was not written: %s", error)
            with self._guard:
                del self._waiting[token_id]


USES: Final = TokenUses()
