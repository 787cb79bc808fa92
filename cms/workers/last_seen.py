"""When devices last spoke: noted in memory by whoever hears them, written now and then, many at a time.

Only what a device made itself counts. A will is the broker's word, and what is retained was said at some other time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final

from sqlalchemy import Engine

from cms.store.presence import move_seen
from devices.model import DeviceId

A_TRANSACTION: Final = 1_000


class LastSeen:
    """Shared by the threads that hear. What a killed process had not written is written again by the next words."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: dict[DeviceId, datetime] = {}

    def note(self, device_ids: Iterable[DeviceId], at: datetime) -> None:
        with self._lock:
            self._heard.update(dict.fromkeys(device_ids, at))

    def flush(self, engine: Engine) -> int:
        """Write what was noted; how many devices. Where that fails, it is noted still."""
        with self._lock:
            heard, self._heard = self._heard, {}
        if not heard:
            return 0
        left = dict(sorted(heard.items()))
        try:
            while left:
                some = dict(islice(left.items(), A_TRANSACTION))
                with engine.begin() as connection:
                    move_seen(connection, some)
                left = dict(islice(left.items(), A_TRANSACTION, None))
        except Exception:
            with self._lock:
                self._heard = {**left, **self._heard}
            raise
        return len(heard)
