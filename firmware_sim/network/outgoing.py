"""Outgoing QoS 1 messages of a device: unsent, in flight, or refused by the broker and waiting for another try."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from firmware_sim.core.effects import Publish

UNSENT_MAX: Final = 2_000
"""Messages kept for a broker that does not acknowledge; the core repeats those that matter."""
REFUSED_MAX: Final = 200
"""Refused messages that wait; the oldest is dropped first."""
TRIES_MAX: Final = 6
RETRY_S: Final = 60.0
"""Doubles with each refusal: the last try comes half an hour after the first."""
_PACKET_ID_MAX: Final = 65_535
_FAILURE: Final = 0x80
_MAY_PASS: Final = frozenset({0x80, 0x83, 0x97})
"""Unspecified, implementation specific, quota exceeded. A message refused for another reason is sent only once more."""


@dataclass(frozen=True)
class _Refused:
    message: Publish
    tries: int
    due_s: float


class Outgoing:
    """Queue across connections: messages are resent until acknowledged; a refusal is no acknowledgement [3.4.2.1]."""

    def __init__(self) -> None:
        self.unsent: deque[Publish] = deque(maxlen=UNSENT_MAX)
        self.in_flight: dict[int, Publish] = {}
        self.room = 1
        self._last_id = 0
        self._tries: dict[Publish, int] = {}
        self._latest: dict[str, Publish] = {}
        self._refused: deque[_Refused] = deque(maxlen=REFUSED_MAX)

    @property
    def refused(self) -> int:
        """Number of refused messages that wait for another try."""
        return len(self._refused)

    def add(self, message: Publish) -> None:
        if message.retain:
            self._latest[message.topic] = message
        self.unsent.append(message)

    def next_id(self) -> int:
        while True:
            self._last_id = self._last_id % _PACKET_ID_MAX + 1
            if self._last_id not in self.in_flight:
                return self._last_id

    def take_next(self) -> tuple[int, Publish] | None:
        """Return the next message to send, with its packet id; None: nothing may be sent now."""
        if not self.unsent or len(self.in_flight) >= self.room:
            return None
        message, packet_id = self.unsent.popleft(), self.next_id()
        self.in_flight[packet_id] = message
        return packet_id, message

    def answered(self, packet_id: int, reason: int, now_s: float) -> Publish | None:
        """Take the broker's PUBACK; return the message where it was refused for good, and is given up."""
        message = self.in_flight.pop(packet_id, None)
        if message is None:
            return None
        tries = self._tries.pop(message, 0) + 1
        if reason < _FAILURE:
            return None
        if tries >= (TRIES_MAX if reason in _MAY_PASS else 2):
            return message
        self._refused.append(_Refused(message, tries, now_s + RETRY_S * 2 ** (tries - 1)))
        return None

    def retry(self, now_s: float) -> None:
        """Queue refused messages again whose time has come, except retained ones that a later one has replaced."""
        due = [each for each in self._refused if each.due_s <= now_s]
        self._refused = deque((each for each in self._refused if each.due_s > now_s), maxlen=REFUSED_MAX)
        for each in due:
            if not each.message.retain or self._latest[each.message.topic] is each.message:
                self._tries[each.message] = each.tries
                self.unsent.append(each.message)
        while len(self._tries) > REFUSED_MAX:  # of messages that were dropped for others
            self._tries.pop(next(iter(self._tries)))
