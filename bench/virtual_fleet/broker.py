"""Broker in virtual time: retained messages, sessions, wills, one connection for each client id, an access list.

As mosquitto with our configuration, as far as a device can tell: a second connection of one id ends the first; a will
is published ``WILL_DELAY_S`` after a connection was lost, unless the device is back; a session keeps QoS 1 messages a
day.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from bench.virtual_fleet.timeline import Appointment, Timeline
from devices.protocol import topics
from devices.protocol.limits import SESSION_EXPIRY_S, WILL_DELAY_S
from firmware_sim.core.effects import Publish

QUEUED_MAX: Final = 10_000
_TIME: Final = topics.time_beacon()

OnUplink = Callable[[str, bytes], object]
"""Called with topic and body of a device's message, or of its will."""
OnTrespass = Callable[[str], object]
"""Called with the line that the real broker would log for a denied client, without the time."""


class Receiver(Protocol):
    """A device's end of a connection."""

    client_id: str

    def carry(self, topic: str, payload: bytes, qos: int) -> bool:
        """Send a message on its way; False: nothing passes now."""

    def ended(self) -> None:
        """Note that the broker has ended this connection."""

    def wants_time(self) -> bool:
        """Return whether one more beacon could change anything for this device."""


@dataclass(frozen=True, slots=True)
class _Message:
    topic: str
    payload: bytes
    qos: int
    until_ms: int | None


@dataclass(slots=True)
class _BrokerSession:
    receiver: Receiver | None = None
    will: Publish | None = None
    will_due: Appointment | None = None
    filters: dict[str, int] = field(default_factory=dict)
    queue: deque[_Message] = field(default_factory=lambda: deque(maxlen=QUEUED_MAX))
    left_ms: int = 0


class VirtualBroker:
    """Broker. ``on_uplink`` is called with every message of the devices."""

    def __init__(self, timeline: Timeline, on_uplink: OnUplink = lambda *_: None) -> None:
        self._timeline = timeline
        self.on_uplink = on_uplink
        self.on_trespass: OnTrespass = lambda _: None
        self.trespasses: Counter[str] = Counter()
        """Denied publications and subscriptions of each client."""
        self.is_down = False
        self.takeovers = 0
        self.overheard: deque[tuple[str, bytes]] = deque(maxlen=200)
        """The server's last messages: an attacker who reads the broker's disk could repeat them."""
        self._retained: dict[str, _Message] = {}
        self._below: dict[str, dict[str, None]] = {}
        self._sessions: dict[str, _BrokerSession] = {}
        self._readers: dict[str, dict[str, int]] = {}

    # The server's side.

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool, expiry_s: int | None) -> None:
        """Publish from the gateway to the topic's subscribers. An empty retained body clears."""
        until_ms = None if expiry_s is None else self._timeline.now_ms + expiry_s * 1000
        message = _Message(topic, payload, qos, until_ms)
        self.overheard.append((topic, payload))
        if retain:
            self._retain(message)
        for client_id, granted in self._readers_of(topic).items():
            self._hand(self._sessions[client_id], message, min(qos, granted))

    def go_down(self) -> None:
        """Kill the process: connections break, state on its disk stays; wills are not on it."""
        self.is_down = True
        for session in list(self._sessions.values()):
            receiver, session.receiver, session.will = session.receiver, None, None
            if session.will_due is not None:
                session.will_due.cancel()
                session.will_due = None
            if receiver is not None:
                session.left_ms = self._timeline.now_ms
                receiver.ended()

    def lose_disk(self) -> None:
        """Lose sessions and retained messages, while it is down."""
        self._retained.clear()
        self._below.clear()
        self._sessions.clear()
        self._readers.clear()

    def come_up(self) -> None:
        self.is_down = False

    # A device's side.

    def connect(self, receiver: Receiver, will: Publish) -> None:
        """Accept a device; a connection that had its id ends."""
        session = self._sessions.setdefault(receiver.client_id, _BrokerSession())
        held, session.receiver = session.receiver, None
        if held is not None and held is not receiver:
            self.takeovers += 1
            held.ended()
        if session.will_due is not None:
            session.will_due.cancel()
            session.will_due = None
        elif held is None and self._timeline.now_ms - session.left_ms > SESSION_EXPIRY_S * 1000:
            session.queue.clear()
            self.unsubscribe(receiver.client_id, list(session.filters))
        session.receiver, session.will = receiver, will

    def disconnected(self, receiver: Receiver) -> None:
        """Note that the broker found this connection lost: its will is due in a while."""
        session = self._sessions.get(receiver.client_id)
        if session is not None and session.receiver is receiver:
            self._leave(receiver.client_id, session)

    def has(self, receiver: Receiver) -> bool:
        """Return whether the broker takes this connection for alive."""
        session = self._sessions.get(receiver.client_id)
        return session is not None and session.receiver is receiver

    def subscribe(self, client_id: str, filters: Iterable[tuple[str, int]]) -> None:
        session = self._sessions[client_id]
        for name, qos in filters:
            if not topics.may_hear(client_id, name):
                self._denied(client_id, f"{client_id} {qos} {name}")
                continue
            session.filters[name] = qos
            self._readers.setdefault(name, {})[client_id] = qos
            for held in self._retained_for(name):
                self._hand(session, held, min(held.qos, qos))

    def unsubscribe(self, client_id: str, filters: Iterable[str]) -> None:
        session = self._sessions[client_id]
        for name in filters:
            session.filters.pop(name, None)
            self._readers.get(name, {}).pop(client_id, None)

    def flush(self, client_id: str) -> None:
        """Send the queued messages of this device, in order, as far as they pass."""
        session = self._sessions[client_id]
        waiting, session.queue = session.queue, deque(maxlen=QUEUED_MAX)
        for message in waiting:
            self._hand(session, message, message.qos)

    def keep(self, client_id: str, topic: str, payload: bytes, qos: int) -> None:
        """Queue a message that was on its way when the connection broke: with QoS 1 it comes again."""
        if qos:
            self._sessions[client_id].queue.append(_Message(topic, payload, qos, None))

    def take(self, client_id: str, message: Publish) -> None:
        """Take a device's message, or its will; one it may not publish is denied."""
        if not topics.may_say(client_id, message.topic):
            what = (
                f"(d0, q{message.qos}, r{int(message.retain)}, m0, '{message.topic}', ... ({len(message.body)} bytes))"
            )
            self._denied(client_id, f"Denied PUBLISH from {client_id} {what}")
            return
        if message.retain:
            self._retain(_Message(message.topic, message.body, message.qos, None))
        self.on_uplink(message.topic, message.body)

    def _denied(self, client_id: str, said: str) -> None:
        self.trespasses[client_id] += 1
        self.on_trespass(said)

    def _leave(self, client_id: str, session: _BrokerSession) -> None:
        session.receiver = None
        session.left_ms = self._timeline.now_ms
        will, session.will = session.will, None
        if will is not None:
            session.will_due = self._timeline.after(WILL_DELAY_S * 1000, lambda: self._speak(client_id, session, will))

    def _speak(self, client_id: str, session: _BrokerSession, will: Publish) -> None:
        session.will_due = None
        self.take(client_id, will)

    def _hand(self, session: _BrokerSession, message: _Message, qos: int) -> None:
        if self._is_over(message):
            return
        receiver = session.receiver
        if receiver is not None and message.topic == _TIME and not receiver.wants_time():
            return
        if (receiver is None or not receiver.carry(message.topic, message.payload, qos)) and qos:
            session.queue.append(message)

    def _readers_of(self, topic: str) -> dict[str, int]:
        exact = self._readers.get(topic, {})
        wild = self._readers.get(_wild(topic))
        return {**wild, **exact} if wild else dict(exact)

    def _retain(self, message: _Message) -> None:
        below = self._below.setdefault(_wild(message.topic), {})
        if message.payload:
            self._retained[message.topic] = message
            below[message.topic] = None
        else:
            self._retained.pop(message.topic, None)
            below.pop(message.topic, None)

    def _retained_for(self, name: str) -> list[_Message]:
        named = self._below.get(name, {}) if name.endswith("/+") else (name,)
        return [self._retained[topic] for topic in named if topic in self._retained]

    def _is_over(self, message: _Message) -> bool:
        return message.until_ms is not None and message.until_ms <= self._timeline.now_ms


def _wild(topic: str) -> str:
    return topic.rpartition("/")[0] + "/+"
