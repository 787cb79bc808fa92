"""Rate limits of device messages; what is beyond is dropped, counted, and recorded once a minute.

The unit is the item: each planned item, record or word that a message names, and at least one a message, over all
topics of the device together. Events have a limit of their own besides, as each is a line of the audit log. Dropped
messages are acknowledged all the same: the broker's queue is shared by all devices.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.gateway.inbound import InboundMessage
from cms.platform.store.events import FLOODED
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol import topics
from devices.rate_limit import RateLimit
from province.events import Event

TOLD_EVERY_S: Final = 60.0
ITEMS_AT_ONCE: Final = 1_500
"""A device that was offline for a day: 500 answers kept, a month of records."""
ITEMS_A_MINUTE: Final = 600
"""Plans of 100 items, changed three times a minute."""

_HEAD, _FACTS = topics.device_event("+").split("+/")
_HEAD_LENGTH: Final = len(_HEAD)
_STATE = topics.device_state("+").removeprefix(f"{_HEAD}+/")

Understand = Callable[[Incoming], InboundMessage | None]


class Throttle:
    """Rate limits, owned by the thread that stores messages: ``flood`` of events, ``work`` of items over all topics."""

    def __init__(
        self,
        context: Context,
        monotonic: Callable[[], float] = time.monotonic,
        flood: RateLimit | None = None,
        work: RateLimit | None = None,
    ) -> None:
        self._context = context
        self._monotonic = monotonic
        self._facts = flood or RateLimit()
        self._work = work or RateLimit(ITEMS_AT_ONCE, ITEMS_A_MINUTE)
        self._dropped: Counter[DeviceId] = Counter()
        self._told_at_s = monotonic() - TOLD_EVERY_S

    def let_through(self, batch: Sequence[Incoming], understand: Understand) -> list[InboundMessage]:
        """Decode the messages within each device's limit; the others are not even decoded. Called once per message.

        The last state of each limited device is decoded all the same: its connection must not be shown wrongly, least
        of all when it ends.
        """
        now_s = self._monotonic()
        heard: list[InboundMessage] = []
        last_states: dict[DeviceId, Incoming] = {}
        for message in batch:
            if not message.topic.startswith(_HEAD):
                continue
            name, _, tail = message.topic[_HEAD_LENGTH:].partition("/")
            device_id = DeviceId(name)
            is_heard = self._work.admits(device_id, now_s)
            if is_heard and tail == _FACTS:
                is_heard = self._facts.admits(device_id, now_s)
            if not is_heard:
                if tail == _STATE:
                    last_states[device_id] = message
                continue
            word = understand(message)
            if word is not None:
                heard.append(word)
                if (items := word.items) > 1:
                    self._work.charge(device_id, items - 1)
        heard += [word for state in last_states.values() if (word := understand(state)) is not None]
        return heard

    def tell(self) -> int:
        """Record the limited devices, if it is time to; return their number. A failure is retried the next time."""
        self._dropped.update(self._facts.take())
        self._dropped.update(self._work.take())
        if not self._dropped or self._monotonic() - self._told_at_s < TOLD_EVERY_S:
            return 0
        now = self._context.now()
        with self._context.uow() as unit:
            devices = unit[Devices].get_many(self._dropped)
            for device_id, device in sorted(devices.items()):
                count: dict[str, object] = {"count": self._dropped[device_id]}
                unit.record(Event(FLOODED, device_id, now, "gateway", device.name, count))
            unit.commit()
        self._dropped.clear()
        self._told_at_s = self._monotonic()
        return len(devices)
