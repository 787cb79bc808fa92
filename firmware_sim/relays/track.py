"""Track of a relay on a sound card: samples of its stream, of its fallback, or silence, as ordered."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from firmware_sim.core.relays.relay_streams import RelayFeed
from firmware_sim.sound.decoder import Samples
from firmware_sim.sound.track import NOTHING, Track

DRIFT_MS: Final = 1_000
"""A stream that sounds may run this much ahead of the buffer: its clock is not the card's."""


class RelayTrack(Track):
    """Track written by the loop's thread and read by the card's. It never ends by itself.

    An unbroken stream is live: while it does not sound only the newest ``keep_ms`` are kept. A paced one (HLS) comes in
    longer pieces, and is not read further while ``is_full``. ``on_dry`` is called from the card's thread.
    """

    def __init__(self, rate_hz: int, keep_ms: int, *, is_paced: bool, on_dry: Callable[[], None]) -> None:
        super().__init__()
        self._rate_hz = rate_hz
        self._keep = keep_ms * rate_hz // 1000
        self._drift = DRIFT_MS * rate_hz // 1000
        self._is_paced = is_paced
        self._on_dry = on_dry
        self._lock = threading.Lock()
        self._ring: deque[Samples] = deque()
        self._held = 0
        self._feed = RelayFeed.NOTHING
        self._gathers = True
        self._told: RelayFeed | None = None
        self._stand_in = NOTHING
        self._place = 0

    @property
    def is_over(self) -> bool:
        return False

    @property
    def held_ms(self) -> int:
        return self._held * 1000 // self._rate_hz

    @property
    def is_full(self) -> bool:
        return self._is_paced and self._gathers and self._held >= self._keep

    def stand_in(self, samples: Samples, gap_ms: int) -> None:
        """Set the fallback for a failed stream, and the silence after it."""
        gap = np.zeros(gap_ms * self._rate_hz // 1000, dtype=np.int16)
        with self._lock:
            self._stand_in = np.concatenate([samples, gap])

    def turn_to(self, feed: RelayFeed, *, gathers: bool) -> None:
        """Switch the source, from the next sample taken on."""
        with self._lock:
            if gathers or feed is not RelayFeed.STREAM:
                self._drop_to(0)
            if feed is RelayFeed.FALLBACK and self._feed is not RelayFeed.FALLBACK:
                self._place = 0
            self._feed = feed
            self._gathers = gathers or feed is RelayFeed.STREAM

    def put(self, samples: Samples) -> None:
        """Add samples of the stream."""
        with self._lock:
            self._ring.append(samples)
            self._held += len(samples)
            if not (self._is_paced and self._gathers):
                is_sounding = self._told is RelayFeed.STREAM and self._feed is RelayFeed.STREAM
                self._drop_to(2 * self._keep + self._drift if is_sounding else self._keep)

    def take(self, count: int) -> Samples:
        with self._lock:
            block = self._from_ring(count) if self._feed is RelayFeed.STREAM else NOTHING
            is_dry = self._feed is RelayFeed.STREAM and not len(block)
            if is_dry:
                self._feed, self._gathers, self._place = RelayFeed.FALLBACK, False, 0
            if not len(block):
                block = self._from_stand_in(count)
        if is_dry:
            self._on_dry()
        self.measure(block)
        return block

    def turned(self) -> str | None:
        if self._told is self._feed:
            return None
        self._told = self._feed
        return self._feed.value

    def _from_ring(self, count: int) -> Samples:
        if not self._ring:
            return NOTHING
        block = self._ring.popleft()
        if len(block) > count:
            self._ring.appendleft(block[count:])
            block = block[:count]
        self._held -= len(block)
        return block

    def _from_stand_in(self, count: int) -> Samples:
        if self._feed is not RelayFeed.FALLBACK or not len(self._stand_in):
            return np.zeros(count, dtype=np.int16)
        block = self._stand_in[self._place : self._place + count]
        self._place = (self._place + len(block)) % len(self._stand_in)
        return block

    def _drop_to(self, most: int) -> None:
        while self._ring and self._held - len(self._ring[0]) >= most:
            self._held -= len(self._ring.popleft())
