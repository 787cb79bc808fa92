"""Fake broker connection that keeps the published messages, each of which has to be as its channel says.

Its contract suite also runs on the real link.
"""

from __future__ import annotations

import base64
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

from devices.errors import LinkError, TooBigError
from devices.protocol import codec, topics
from devices.protocol.limits import MESSAGE_MAX_BYTES, SPEECH_MAX_BYTES
from devices.protocol.messages import Wire
from devices.protocol.topics import TopicKind
from tests.wire import breaches

Body = TypeVar("Body", bound=Wire)


@dataclass(frozen=True)
class Published:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    expiry_s: int | None

    def read(self, kind: type[Body]) -> Body:
        """Return the signed body, its signature not checked."""
        part = self.payload.split(b".")[1]
        return codec.decode(kind, base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))


@dataclass
class RecordingLink:
    """Fake link. ``is_ready`` False: not connected. ``confirms`` False: the broker does not answer messages.

    ``is_checked`` False: it takes bytes that are no message.
    """

    is_ready: bool = True
    confirms: bool = True
    is_checked: bool = True
    refuses: set[str] = field(default_factory=set)
    published: list[Published] = field(default_factory=list)
    waiting: list[Future[None]] = field(default_factory=list)

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None
    ) -> Future[None]:
        found = topics.parse(topic)
        is_speech = found is not None and found.kind is TopicKind.AREA_SPEECH
        limit = SPEECH_MAX_BYTES if is_speech else MESSAGE_MAX_BYTES
        if len(payload) > limit:
            raise TooBigError(topic, len(payload), limit)
        if not self.is_ready:
            raise LinkError("not connected")
        assert not self.is_checked or not breaches(topic, payload, qos=qos, retain=retain, expiry_s=expiry_s)
        done: Future[None] = Future()
        if topic in self.refuses:
            done.set_exception(LinkError("Not authorized"))
            return done
        self.published.append(Published(topic, payload, qos, retain, expiry_s))
        if self.confirms or qos == 0:
            done.set_result(None)
        else:
            self.waiting.append(done)
        return done

    def lose(self) -> None:
        """Break the connection: all unconfirmed publishes fail."""
        self.is_ready = False
        for done in self.waiting:
            done.set_exception(LinkError("connection lost"))
        self.waiting.clear()

    def topics(self) -> list[str]:
        return [letter.topic for letter in self.published]
