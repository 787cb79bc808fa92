"""Inbound messages of devices: topics, decoding, and the port of the handler that applies them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.store.uow import UnitOfWork
from devices.model import DeviceId
from devices.protocol import codec, topics
from devices.protocol.messages import Ack, CertificateRequest, DeviceEvent, LogPart, State, SyncRequest, Wire
from devices.protocol.topics import Topic, TopicKind

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
