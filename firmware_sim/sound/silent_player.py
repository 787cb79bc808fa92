"""Player that only keeps time, for fleets too large to decode for."""

import asyncio
from collections import deque
from typing import Final

from firmware_sim.core.effects import (
    CloseStream,
    FeedRelay,
    OpenStream,
    Prepare,
    SoundEffect,
    StartRelay,
    StartSound,
)
from firmware_sim.core.events import Event, SoundEnded, SoundStarted
from firmware_sim.core.relays.relay_streams import RelayFeed
from firmware_sim.sound.player import PlayerListener, now_ms
from firmware_sim.sound.timed_card import TimedCard
from firmware_sim.storage.flash import FlashStore

NOMINAL_LEVEL: Final = 0.1
"""Speech and bulletins are delivered 20 dB below full scale."""
NOMINAL_DB: Final = -20.0


class SilentPlayer:
    """Clock in place of a sound card: reports starts and ends at the times at which a card would."""

    def __init__(self, listener: PlayerListener, flash: FlashStore) -> None:
        self._listener = listener
        self._flash = flash
        self._loop = asyncio.get_running_loop()
        self._events: deque[Event] = deque()
        self._card = TimedCard(now_ms, self._events.append)
        self._timer: asyncio.TimerHandle | None = None
        self._feeds: dict[str, str] = {}

    def do(self, effect: SoundEffect) -> None:
        match effect:
            case Prepare():
                self._has((effect.sha256,))
            case OpenStream():  # nothing is opened: every stream is reported as present
                self._feeds.setdefault(effect.item, RelayFeed.NOTHING)
                held_ms = effect.buffer_ms
                self._loop.call_soon(self._listener.stream_came, effect.item, held_ms, held_ms, NOMINAL_DB)
            case CloseStream():
                self._feeds.pop(effect.item, None)
            case FeedRelay():
                self._feeds[effect.item] = effect.what
                if self._card.sounding is not None and self._card.sounding.item == effect.item:
                    self._listener.feed_turned(effect.item, effect.what, now_ms())
            case StartSound() | StartRelay():
                self._card.take_back()
                self._settle()
                if self._has(effect.sounds if isinstance(effect, StartSound) else (effect.sha256,)):
                    self._card.do(effect)
            case _:
                self._card.do(effect)
        self._settle()

    def level(self, item: str) -> float | None:
        """Return the level that speech is delivered at, as it has no samples."""
        return NOMINAL_LEVEL if item else None

    def close(self) -> None:
        self._card.take_back()
        self._card.end(whole=False)
        self._settle()

    def _has(self, sounds: tuple[str, ...]) -> bool:
        """Return whether flash holds this content; the first that is gone is reported."""
        gone = next((sha256 for sha256 in sounds if self._flash.held(sha256) is None), None)
        if gone is not None:
            self._listener.content_spoilt(gone)
        return gone is None

    def _settle(self) -> None:
        """Report what the card did, in order, and wake up when it is due."""
        while self._events:
            self._report(self._events.popleft())
        if self._timer is not None:
            self._timer.cancel()
        due_ms = self._card.next_instant()
        self._timer = None if due_ms is None else self._loop.call_later(max(0, due_ms - now_ms()) / 1000, self._due)

    def _report(self, event: Event) -> None:
        match event:
            case SoundStarted(item, at_ms):
                self._listener.sound_started(item, at_ms)
                if item in self._feeds:
                    self._listener.feed_turned(item, self._feeds[item], at_ms)
            case SoundEnded(item, at_ms, whole):
                self._listener.sound_ended(item, at_ms, whole)
            case _:
                pass

    def _due(self) -> None:
        self._card.tick()
        self._settle()
