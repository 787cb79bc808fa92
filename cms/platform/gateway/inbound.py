"""Inbound messages of devices: topics, decoding, and the port of the handler that applies them."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.store.events import FLOODED
from cms.platform.store.uow import UnitOfWork
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.messages import Ack, CertificateRequest, DeviceEvent, LogPart, State, SyncRequest, Wire
from devices.protocol.topics import Topic, TopicKind
from devices.rate_limit import RateLimit
from province.events import Event

log = logging.getLogger(__name__)

SUBSCRIPTIONS = {
    topics.device_state("+"): 1,
    topics.device_ack("+"): 1,
    topics.device_event("+"): 1,
    topics.device_request("+", "sync"): 1,
    topics.device_request("+", "csr"): 1,
    topics.device_request("+", "log"): 1,
}

_BODIES: dict[TopicKind, type[Wire]] = {
    TopicKind.DEVICE_STATE: State,
    TopicKind.DEVICE_ACK: Ack,
    TopicKind.DEVICE_EVENT: DeviceEvent,
}
_REQUESTS: dict[str, type[Wire]] = {"sync": SyncRequest, "csr": CertificateRequest, "log": LogPart}


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """Inbound message of one device. ``is_retained``: the broker repeats something said before."""

    device_id: DeviceId
    body: Wire
    is_retained: bool = False

    @property
    def is_urgent(self) -> bool:
        """Return whether it acknowledges a command, as an alert's; it names no planned items."""
        return isinstance(self.body, Ack) and not self.body.items

    @property
    def items(self) -> int:
        """Return the number of entries to look up and store for it."""
        if isinstance(self.body, Ack):
            return len(self.body.items) or 1
        if isinstance(self.body, DeviceEvent):
            return len(self.body.records) + len(self.body.words) or 1
        return 1

    @property
    def is_own(self) -> bool:
        """Return whether the device made it, now: it is neither a retained message nor the device's will."""
        return not self.is_retained and not (isinstance(self.body, State) and self.body.st != "online")


def understand(topic: str, payload: bytes, *, is_retained: bool = False) -> InboundMessage | None:
    """Decode a message; None if the server does not use the topic.

    Raises:
        ProtocolError: the payload is not valid on that topic.
    """
    found = topics.parse(topic)
    kind = None if found is None else _body_of(found)
    if found is None or kind is None:
        return None
    return InboundMessage(DeviceId(found.id), codec.decode(kind, payload), is_retained)


def _body_of(topic: Topic) -> type[Wire] | None:
    if topic.kind is TopicKind.DEVICE_REQUEST:
        return _REQUESTS.get(topic.request)
    return _BODIES.get(topic.kind)


class InboundApplier(Protocol):
    """Application of device messages within a unit of work."""

    def look_up(self, heard: Sequence[InboundMessage]) -> None:
        """Read the ids that these messages name, before the transaction that stores them takes the write lock."""

    def apply(self, unit: UnitOfWork, heard: Sequence[InboundMessage], now: datetime) -> Sequence[OutgoingMessage]:
        """Apply every message in order, after ``look_up``; return the answers to send after the commit."""


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
