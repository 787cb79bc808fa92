"""Time beacon: the time for devices without a clock, and the keyset; both at every connect, the time every minute."""

from collections.abc import Callable
from datetime import datetime

from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.outbox_dispatcher import BrokerLink, post

BEACON_EVERY_S = 60.0


class BeaconPublisher:
    """Publisher of the beacon. ``monotonic_s`` counts seconds that no clock setting moves."""

    def __init__(self, letters: MessageBuilder, now: Callable[[], datetime], monotonic_s: Callable[[], float]) -> None:
        self._letters = letters
        self._now = now
        self._monotonic_s = monotonic_s
        self._due_s = 0.0
        self._has_keys_to_tell = True

    def connected(self) -> None:
        """Publish everything again: the broker may have lost its retained messages."""
        self._has_keys_to_tell = True

    def step(self, link: BrokerLink) -> None:
        """Publish what is due. Raises LinkError."""
        if not link.is_ready:
            return
        if self._has_keys_to_tell:
            self._has_keys_to_tell = False
            self._due_s = 0.0
            post(link, self._letters.keys())
        if self._monotonic_s() >= self._due_s:
            post(link, self._letters.beacon(self._now()))
            self._due_s = self._monotonic_s() + BEACON_EVERY_S
