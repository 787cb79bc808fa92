"""Intake of CAP from the MQTT broker of a warning centre: one message after the other, as by any other push.

A message is acknowledged once it is stored. The broker holds back what is more, so that a flood waits there and not
here; what comes without acknowledgement (QoS 0) is dropped beyond the queue.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from cms.exchange.queries.exchange import BROKER_SUBJECT, is_broker_lost
from cms.exchange.repository.exchange import CapMessages
from cms.exchange.service.consequences import EXCHANGE
from cms.exchange.service.errors import UnreadableFeedError
from cms.exchange.service.inbox import Inbox
from cms.exchange.service.wrappers import documents_in
from cms.platform.settings import Settings
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from devices.mqtt.link import Incoming, RemoteEndpoint
from province.events import Event
from province.people import program

log = logging.getLogger(__name__)

QUEUE_MOST: Final = 20
"""Messages that wait for our acknowledgement, by agreement with the broker."""
QUEUED_MOST: Final = 3 * QUEUE_MOST
"""Messages here at most, if the broker keeps to nothing."""
A_MINUTE_MOST: Final = 60
"""New messages within a minute: more is a fault of the centre, or somebody with its password."""
DOCUMENTS_MOST: Final = 50
LOST_AFTER: Final = timedelta(minutes=5)
RETRY_MAX_S: Final = 60.0
TRIES_MOST: Final = 5
_MINUTE: Final = timedelta(minutes=1)
_WAIT_S: Final = 1.0


class WarningTopic(Protocol):
    """Subscription to the centre's topic."""

    @property
    def is_ready(self) -> bool:
        """Return whether it is connected and subscribed."""

    def acknowledge(self, messages: Sequence[Incoming]) -> None:
        """Confirm to the broker that these are handled."""


def endpoint_of(settings: Settings) -> RemoteEndpoint | None:
    """Return the broker of the settings; None: none is named. The name at the broker is that of this province."""
    if not settings.cap_mqtt_host:
        return None
    name = sha256(settings.effective_public_url.encode()).hexdigest()[:12]
    ca = Path(settings.cap_mqtt_ca) if settings.cap_mqtt_ca else None
    host, port = settings.cap_mqtt_host, settings.cap_mqtt_port
    return RemoteEndpoint(host, port, f"loa-{name}", ca, settings.cap_mqtt_user, settings.cap_mqtt_password)


@dataclass
class MqttIntake:
    """Intake of one broker. ``keep`` is called by the connection's thread, ``step`` by a thread of its own."""

    uow: UowFactory
    inbox: Inbox
    now: Callable[[], datetime]
    host: str
    stopping: threading.Event
    _waiting: deque[Incoming] = field(default_factory=deque)
    _came: threading.Condition = field(default_factory=threading.Condition)
    _current: Incoming | None = None
    _tries: int = 0
    _ready_at: datetime | None = None
    _is_told_lost: bool | None = None

    @property
    def source(self) -> str:
        """Source of its messages; like any push it proves nothing by itself."""
        return f"mqtt {self.host}"

    def keep(self, messages: Sequence[Incoming]) -> None:
        """Queue what came. What waits from an earlier connection makes way, as the broker sends it again."""
        with self._came:
            current = messages[-1].connection
            kept = [each for each in self._waiting if each.connection == current or not each.qos]
            for each in messages:
                if len(kept) < (QUEUED_MOST if each.qos else QUEUE_MOST):
                    kept.append(each)
                else:
                    log.warning("a message of the warning centre was dropped: too many at once")
            self._waiting = deque(kept)
            self._came.notify()

    def step(self, topic: WarningTopic) -> int:
        """Take the next message, if there is one within a second; return how many were taken."""
        self._watch(topic)
        if self._current is None:
            self._current, self._tries = self._next(), 0
        if self._current is None:
            return 0
        while self._is_flooded() and not self.stopping.is_set():
            self.stopping.wait(_WAIT_S)
        if self.stopping.is_set():
            return 0
        self._tries += 1
        try:
            self._take(self._current.payload)
        except Exception:
            if self._tries < TRIES_MOST:
                raise
            log.exception("a message of the warning centre was given up")
        topic.acknowledge([self._current])
        self._current = None
        return 1

    def _next(self) -> Incoming | None:
        with self._came:
            self._came.wait_for(lambda: self._waiting, _WAIT_S)
            return self._waiting.popleft() if self._waiting else None

    def _take(self, body: bytes) -> None:
        try:
            documents = documents_in(body)[:DOCUMENTS_MOST]
        except UnreadableFeedError:
            documents = [body]
        for document in documents:
            self.inbox.receive(document, self.source)

    def _is_flooded(self) -> bool:
        with reading(self.uow.engine) as session:
            return CapMessages(session).new_since(self.source, self.now() - _MINUTE) >= A_MINUTE_MOST

    def _watch(self, topic: WarningTopic) -> None:
        """Tell once when the link is lost for long, and when it is back; a restart tells nothing again."""
        now = self.now()
        self._ready_at = now if topic.is_ready or self._ready_at is None else self._ready_at
        is_lost = not topic.is_ready and now - self._ready_at > LOST_AFTER
        if self._is_told_lost is None:
            with reading(self.uow.engine) as session:
                self._is_told_lost = is_broker_lost(session)
        if is_lost is self._is_told_lost or not (is_lost or topic.is_ready):
            return
        with (unit := self.uow()):
            name = f"{BROKER_SUBJECT}.{'lost' if is_lost else 'recovered'}"
            unit.record(Event.of(program(EXCHANGE), name, BROKER_SUBJECT, now, host=self.host))
            unit.commit()
        self._is_told_lost = is_lost
