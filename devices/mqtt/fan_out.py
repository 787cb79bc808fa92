"""Links to several brokers as one link: a message goes to every broker, as a device may be connected to any of them.

A message is confirmed once every connected broker has it; one that is silent is not waited for. What a broker missed
while it was away is published there when it is back, unless it has expired meanwhile.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from devices.errors import LinkError
from devices.mqtt.link import refuse_too_big

log = logging.getLogger(__name__)

GRACE_S: Final = 2.0
"""A broker that has to shake hands with a province confirms within a second; a frozen one never does."""
MISSED_MAX: Final = 20_000
"""Messages kept for a broker that is away: every manifest and setting of a province, and what concerns single devices.
A device that connects there asks for whatever it lacks."""
_AT_ONCE: Final = 500
_LOOK_S: Final = 0.05


class MemberLink(Protocol):
    """Link to one broker; see ``MqttDeviceLink``."""

    @property
    def is_ready(self) -> bool: ...

    @property
    def connections(self) -> int: ...

    @property
    def threads(self) -> Collection[str]: ...

    def start(self) -> None: ...

    def close(self) -> None: ...

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None
    ) -> Future[None]: ...


@dataclass(slots=True, eq=False)
class _FanOutMessage:
    number: int
    topic: str
    payload: bytes
    retain: bool
    until_s: float | None
    done: Future[None] = field(default_factory=Future)
    awaited: set[str] = field(default_factory=set)
    """Names of the brokers that are waited for."""
    first_at_s: float | None = None
    """Instant at which the first broker confirmed it."""

    def send(self, link: MemberLink, now_s: float) -> Future[None]:
        """Publish it. Raises TooBigError, LinkError."""
        expiry_s = None if self.until_s is None else max(1, int(self.until_s - now_s))
        return link.publish(self.topic, self.payload, retain=self.retain, expiry_s=expiry_s)


@dataclass(slots=True, eq=False)
class _Member:
    name: str
    link: MemberLink
    is_caught_up: bool = False
    waiting: dict[_FanOutMessage, float] = field(default_factory=dict)
    """Messages that it has not confirmed, and when each was sent there."""
    missed: dict[str | int, _FanOutMessage] = field(default_factory=dict)
    is_silent: bool = False
    """True while it owes an answer that another broker gave long ago."""

    @property
    def is_open(self) -> bool:
        return self.is_caught_up and self.link.is_ready

    def takes(self, message: _FanOutMessage, now_s: float) -> bool:
        """Return whether the message is to be published there now; else it is kept for later."""
        if self.is_open and len(self.waiting) < MISSED_MAX:
            self.waiting[message] = now_s
            return True
        self.is_caught_up = False
        self.miss(message)
        return False

    def miss(self, message: _FanOutMessage) -> None:
        """Keep it for later; of a retained topic only the newest message."""
        key = message.topic if message.retain else message.number
        held = self.missed.get(key)
        if held is not None and held.number > message.number:
            return
        self.missed[key] = message
        if len(self.missed) > MISSED_MAX:
            log.warning("broker.overflowed %s: a message is not kept for it", self.name)
            del self.missed[next(iter(self.missed))]


class FanOutLink:
    """Link to all brokers. ``links``: one a broker, by its name; ``run`` is a loop that a thread has to run.

    The lock is never held while a link publishes: links report the end of a publish with a lock of their own held.
    """

    def __init__(
        self, links: Iterable[tuple[str, MemberLink]], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._members = [_Member(name, link) for name, link in links]
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._count = 0
        self._undone: dict[_FanOutMessage, None] = {}

    @property
    def threads(self) -> Collection[str]:
        """Return the names of the threads that wake once a second: all have one, and none while one is away."""
        if not all(each.link.is_ready for each in self._members):
            return ()
        return {name for each in self._members for name in each.link.threads}

    def start(self) -> None:
        """Connect to all in the background."""
        for each in self._members:
            each.link.start()

    def close(self) -> None:
        """Disconnect from all. Unconfirmed publishes fail."""
        for each in self._members:
            each.link.close()

    @property
    def is_ready(self) -> bool:
        """Return whether any broker is connected, and has what it had missed."""
        return any(each.is_open for each in self._members)

    @property
    def away(self) -> Sequence[str]:
        """Return the names of the brokers that are not connected, or do not confirm."""
        return [each.name for each in self._members if each.is_silent or not each.is_open]

    @property
    def connections(self) -> int:
        """Return the number of connections; the first ones, one a broker, count as one together."""
        return 1 + sum(max(0, each.link.connections - 1) for each in self._members)

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None
    ) -> Future[None]:
        """Send at once to every connected broker; the future ends when these have it, or with LinkError.

        Raises:
            TooBigError: beyond the limit of the wire: nothing was sent, and it must never be tried again.
            LinkError: no broker is connected.
        """
        refuse_too_big(topic, payload)
        if not self.is_ready:
            raise LinkError("not connected")
        if not qos:
            return self._publish_unconfirmed(topic, payload, retain=retain, expiry_s=expiry_s)
        now_s = self._monotonic()
        with self._lock:
            self._count += 1
            message = _FanOutMessage(
                self._count, topic, payload, retain, None if expiry_s is None else now_s + expiry_s
            )
            takers = [each for each in self._members if each.takes(message, now_s)]
            message.awaited = {each.name for each in takers if not each.is_silent} or {each.name for each in takers}
            self._undone[message] = None
        if not takers:
            self._settle(message)
        for each in takers:
            self._send(each, message, now_s)
        return message.done

    def step(self) -> None:
        """Publish what brokers missed that are back, and stop waiting for those that are silent."""
        late_s = self._monotonic() - GRACE_S
        for each in self._members:
            with self._lock:
                each.is_silent = any(
                    message.first_at_s is not None and max(message.first_at_s, sent_s) < late_s
                    for message, sent_s in each.waiting.items()
                )
            self._catch_up(each)
        with self._lock:
            late = [each for each in self._undone if each.first_at_s is not None and each.first_at_s < late_s]
        for message in late:
            self._settle(message)

    def run(self, stopping: threading.Event) -> None:
        """Run ``step`` until stopped."""
        while not stopping.wait(_LOOK_S):
            self.step()

    def _publish_unconfirmed(self, topic: str, payload: bytes, *, retain: bool, expiry_s: int | None) -> Future[None]:
        sent: Future[None] = Future()
        sent.set_result(None)
        for each in self._members:
            if each.is_open:
                with suppress(LinkError):
                    each.link.publish(topic, payload, qos=0, retain=retain, expiry_s=expiry_s)
        return sent

    def _send(self, member: _Member, message: _FanOutMessage, now_s: float) -> None:
        """Publish it to one broker."""
        try:
            part = message.send(member.link, now_s)
        except LinkError as error:
            self._ended(member, message, error)
        else:
            part.add_done_callback(lambda done: self._ended(member, message, done.exception()))

    def _ended(self, member: _Member, message: _FanOutMessage, error: BaseException | None) -> None:
        """Note that one broker has it, or has refused it, or is gone."""
        with self._lock:
            member.waiting.pop(message, None)
            message.awaited.discard(member.name)
            if error is None and message.first_at_s is None:
                message.first_at_s = self._monotonic()
            elif error is not None and not member.link.is_ready:
                member.is_caught_up = False
                member.miss(message)
            is_last = not message.awaited
        if is_last:
            self._settle(message)

    def _settle(self, message: _FanOutMessage) -> None:
        """End its future, once."""
        with self._lock:
            if message not in self._undone:
                return
            del self._undone[message]
        if message.first_at_s is None:
            message.done.set_exception(LinkError("no broker has taken it"))
        else:
            message.done.set_result(None)

    def _catch_up(self, member: _Member) -> None:
        """Publish what the broker missed, oldest first; messages that come meanwhile queue behind."""
        now_s = self._monotonic()
        with self._lock:
            if member.is_caught_up or not member.link.is_ready or len(member.waiting) > _AT_ONCE:
                return
            due = sorted(member.missed.items(), key=lambda each: each[1].number)[:_AT_ONCE]
            for key, message in due:
                del member.missed[key]
                member.waiting[message] = now_s
            if not due:
                member.is_caught_up = True
                log.info("broker.caught_up %s", member.name)
        for _, message in due:
            if message.until_s is None or message.until_s > now_s:
                self._send(member, message, now_s)
            else:
                self._ended(member, message, None)
