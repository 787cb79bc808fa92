"""Uplink: device messages, taken in batches, stored in one transaction, acknowledged after the commit.

A message is acknowledged to the broker only when it is stored: after a crash in between it is delivered again, and
storing any message twice does no harm.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence

from sqlalchemy.exc import InterfaceError, OperationalError

from cms.platform.context import Context
from cms.platform.gateway.inbound import InboundApplier, InboundMessage, Throttle, understand
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.gateway.outbox_dispatcher import BrokerLink, post
from cms.platform.process.loops import until_turn_s
from cms.platform.signer.port import NotSignedError
from devices.errors import LinkError
from devices.mqtt.link import Incoming
from devices.protocol.errors import ProtocolError

log = logging.getLogger(__name__)

# A province that answers an alert: few commits, each of them a tenth of a second.
BATCH_MAX = 2_000
ITEMS_MAX = 500
"""Limit of a transaction that is not urgent: it holds the write lock for some 30 ms, which nobody notices."""
# A burst is gathered this long, so that one commit stores it.
LINGER_S = 0.01
# While no message arrives, a rate-limited device may have to be recorded.
IDLE_S = 1.0
RETRY_FIRST_S = 0.2
RETRY_MAX_S = 10.0

_LATER = (OperationalError, InterfaceError, NotSignedError)
"""No fault of a message: the database is not reachable, or an answer is not signed."""


class Uplink:
    """Store of device messages. ``receive`` is called by the subscriber; ``run`` stores them until it is stopped."""

    def __init__(self, context: Context, hearing: InboundApplier, throttle: Throttle | None = None) -> None:
        self._context = context
        self._hearing = hearing
        self._throttle = throttle or Throttle(context)
        self._lock = threading.Lock()
        self._arrived: list[Incoming] = []
        self._has_come = threading.Event()

    def receive(self, messages: Sequence[Incoming]) -> None:
        """Queue messages from the subscriber's thread."""
        with self._lock:
            self._arrived += messages
        self._has_come.set()

    def run(
        self, link: BrokerLink, acknowledge: Callable[[Sequence[Incoming]], object], stopping: threading.Event
    ) -> None:
        """Store batch after batch until stopped. A batch that could not be stored is retried without limit."""
        retry_s = RETRY_FIRST_S
        batch: Sequence[Incoming] = ()
        parts: deque[Sequence[InboundMessage]] = deque()
        while not stopping.is_set():
            if not batch:
                self._tell()
                batch = self._gather(stopping)
                parts = _parted(self._throttle.let_through(batch, _understood))
            if not batch:
                continue
            try:
                self._store_parts(link, parts)
            except Exception:
                log.exception("storing %d messages failed; retry in %.1f s", len(batch), retry_s)
                stopping.wait(retry_s)
                retry_s = min(retry_s * 2, RETRY_MAX_S)
                continue
            retry_s = RETRY_FIRST_S
            acknowledge(batch)
            batch = ()

    def _store_parts(self, link: BrokerLink, parts: deque[Sequence[InboundMessage]]) -> None:
        """Store each part in a transaction of its own; a stored part leaves ``parts``, so that it is not stored again.

        Between two of them another writer that waits has its turn.
        """
        while parts:
            letters = self._store_words(parts[0])
            parts.popleft()
            _post_all(link, letters)

    def store(self, batch: Sequence[Incoming]) -> Sequence[OutgoingMessage]:
        """Store these messages; return the answers to send. If that fails, each message is stored alone.

        Raises:
            OperationalError, InterfaceError, NotSignedError: not now; nothing is lost by trying again.
        """
        return self._store_words([word for message in batch if (word := _understood(message)) is not None])

    def _store_words(self, heard: Sequence[InboundMessage]) -> Sequence[OutgoingMessage]:
        if not heard:
            return []
        try:
            return self._store(heard)
        except _LATER:
            raise
        except Exception:
            log.exception("one of %d messages cannot be stored; storing each alone", len(heard))
        return [letter for word in heard for letter in self._store_alone(word)]

    def _store(self, heard: Sequence[InboundMessage]) -> Sequence[OutgoingMessage]:
        self._hearing.look_up(heard)
        with self._context.uow() as unit:
            letters = self._hearing.apply(unit, heard, self._context.now())
            unit.commit()
        return letters

    def _store_alone(self, word: InboundMessage) -> Sequence[OutgoingMessage]:
        try:
            return self._store([word])
        except _LATER:
            raise
        except Exception:
            log.exception("a message of device %s is dropped: %r", word.device_id, word.body)
            return []

    def _tell(self) -> None:
        """Record rate-limited devices; a failure must not delay anybody's messages."""
        try:
            self._throttle.tell()
        except Exception:
            log.exception("rate-limited devices could not be recorded; will retry")

    def _gather(self, stopping: threading.Event) -> Sequence[Incoming]:
        """Return the queued messages, oldest first, once they are many or no more arrive; empty if none arrives.

        It polls: waking up for each message costs more than storing it.
        """
        if not self._has_come.wait(until_turn_s(IDLE_S)):
            return []
        before, count = 0, len(self._arrived)
        while before < count < BATCH_MAX and not stopping.wait(LINGER_S):
            before, count = count, len(self._arrived)
        with self._lock:
            batch, self._arrived = self._arrived[:BATCH_MAX], self._arrived[BATCH_MAX:]
            if not self._arrived:
                self._has_come.clear()
        return batch


def _parted(heard: Sequence[InboundMessage]) -> deque[Sequence[InboundMessage]]:
    """Split into transactions: acknowledgements of commands first, all at once; the rest by the number of items."""
    urgent: list[InboundMessage] = []
    others: list[InboundMessage] = []
    for word in heard:
        (urgent if word.is_urgent else others).append(word)
    parts: deque[Sequence[InboundMessage]] = deque([urgent] if urgent else [])
    part: list[InboundMessage] = []
    weight = 0
    for word in others:
        if part and weight + word.items > ITEMS_MAX:
            parts.append(part)
            part, weight = [], 0
        part.append(word)
        weight += word.items
    if part:
        parts.append(part)
    return parts


def _understood(message: Incoming) -> InboundMessage | None:
    if not message.payload:
        # A retained message was cleared: nothing to decode.
        return None
    try:
        return understand(message.topic, message.payload, is_retained=message.retain)
    except ProtocolError as error:
        log.warning("a message on %s is not valid: %s %s", message.topic, error.code, error)
        return None


def _post_all(link: BrokerLink, letters: Sequence[OutgoingMessage]) -> None:
    for letter in letters:
        try:
            post(link, letter)
        except LinkError as error:
            # A device that was not answered asks again on its next connect.
            log.warning("no answer published on %s: %r", letter.topic, error)
