"""Last-seen times of devices: kept in memory, written now and then, many at a time.

Only messages that a device itself made now count: no will (the broker's), and no retained message.
"""

import threading
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final

from sqlalchemy import Engine

from cms.fleet.queries.presence import move_seen
from devices.model import DeviceId

A_TRANSACTION: Final = 1_000


class LastSeen:
    """Last-seen times, shared by the inbound threads. Times lost with a killed process come again with new messages."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: dict[DeviceId, datetime] = {}

    def note(self, device_ids: Iterable[DeviceId], at: datetime) -> None:
        with self._lock:
            self._heard.update(dict.fromkeys(device_ids, at))

    def flush(self, engine: Engine) -> int:
        """Write the pending times; return the number of devices. On failure they stay pending."""
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
