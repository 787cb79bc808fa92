"""Of a device that floods its events only so many are listened to; what was not is counted, and said once a minute.

What is not listened to is acknowledged all the same: the broker's queue is for everybody's words.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from broadcast.events import Event
from cms.context import Context
from cms.store.queries.health import FLOODED
from devices.flood import Flood
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol import topics

TOLD_EVERY_S: Final = 60.0

_HEAD, _TAIL = topics.device_event("+").split("+")


class Throttle:
    """Owned by the thread that stores what devices say."""

    def __init__(
        self, context: Context, monotonic: Callable[[], float] = time.monotonic, flood: Flood | None = None
    ) -> None:
        self._context = context
        self._monotonic = monotonic
        self._flood = flood or Flood()
        self._dropped: Counter[DeviceId] = Counter()
        self._told_at_s = monotonic() - TOLD_EVERY_S

    def let_through(self, batch: Sequence[Incoming]) -> Sequence[Incoming]:
        """All but what devices say beyond their share. Each message is asked about once."""
        now_s = self._monotonic()
        return [each for each in batch if not _is_event(each) or self._flood.admits(_speaker(each), now_s)]

    def tell(self) -> int:
        """Write down who was not listened to, if it is time to; how many devices. What fails is told the next time."""
        self._dropped.update(self._flood.take())
        if not self._dropped or self._monotonic() - self._told_at_s < TOLD_EVERY_S:
            return 0
        now = self._context.now()
        with self._context.uow() as unit:
            devices = unit.devices.get_many(self._dropped)
            for device_id, device in sorted(devices.items()):
                count: dict[str, object] = {"count": self._dropped[device_id]}
                unit.record(Event(FLOODED, device_id, now, "gateway", device.name, count))
            unit.commit()
        self._dropped.clear()
        self._told_at_s = self._monotonic()
        return len(devices)


def _is_event(message: Incoming) -> bool:
    return message.topic.endswith(_TAIL) and message.topic.startswith(_HEAD)


def _speaker(message: Incoming) -> DeviceId:
    return DeviceId(message.topic[len(_HEAD) : -len(_TAIL)])
