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
from firmware_sim.core.events import ContentSpoilt, Event, FeedTurned, SoundStarted, StreamCame
from firmware_sim.core.relays.relay_streams import RelayFeed
from firmware_sim.hardware_clock import now_ms
from firmware_sim.sound.player import Tell
from firmware_sim.sound.timed_card import TimedCard
from firmware_sim.storage.flash import FlashStore

NOMINAL_LEVEL: Final = 0.1
"""Speech and bulletins are delivered 20 dB below full scale."""
NOMINAL_DB: Final = -20.0


class SilentPlayer:
    """Clock in place of a sound card: reports starts and ends at the times at which a card would."""

    def __init__(self, tell: Tell, flash: FlashStore) -> None:
        self._tell = tell
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
                self._loop.call_soon(self._tell, StreamCame(effect.item, held_ms, held_ms, NOMINAL_DB))
            case CloseStream():
                self._feeds.pop(effect.item, None)
            case FeedRelay():
                self._feeds[effect.item] = effect.what
                if self._card.sounding is not None and self._card.sounding.item == effect.item:
                    self._tell(FeedTurned(effect.item, effect.what, now_ms()))
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
            self._tell(ContentSpoilt(gone))
        return gone is None

    def _settle(self) -> None:
        """Report what the card did, in order, and wake up when it is due."""
        while self._events:
            event = self._events.popleft()
            self._tell(event)
            if isinstance(event, SoundStarted) and event.item in self._feeds:
                self._tell(FeedTurned(event.item, self._feeds[event.item], event.at_ms))
        if self._timer is not None:
            self._timer.cancel()
        due_ms = self._card.next_instant()
        self._timer = None if due_ms is None else self._loop.call_later(max(0, due_ms - now_ms()) / 1000, self._due)

    def _due(self) -> None:
        self._card.tick()
        self._settle()
