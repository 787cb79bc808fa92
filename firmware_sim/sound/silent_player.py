"""Player that only keeps time, for fleets too large to decode for."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from firmware_sim.core.effects import (
    ExtendTrack,
    FeedRelay,
    OpenStream,
    Part,
    PlayLive,
    StartLive,
    StartRelay,
    StartSound,
    StartTrack,
)
from firmware_sim.core.relays.relay_streams import RelayFeed
from firmware_sim.sound.player import PlayerListener, now_ms
from firmware_sim.storage.flash import FlashStore

NOMINAL_LEVEL: Final = 0.1
"""Speech and bulletins are delivered 20 dB below full scale."""
NOMINAL_DB: Final = -20.0


@dataclass(slots=True)
class _ScheduledItem:
    """Item on the clock: the timer is that of its start, then of its end. An open track has none.

    ``filled_to_ms`` is where a track's parts end.
    """

    order: StartSound | StartRelay | StartTrack | StartLive
    timer: asyncio.TimerHandle | None
    filled_to_ms: int = 0


class SilentPlayer:
    """Clock in place of a sound card: reports starts and ends at the times at which a card would."""

    def __init__(self, listener: PlayerListener, flash: FlashStore) -> None:
        self._listener = listener
        self._flash = flash
        self._loop = asyncio.get_running_loop()
        self._sounding: _ScheduledItem | None = None
        self._waiting: _ScheduledItem | None = None
        self._is_due = False
        self._feeds: dict[str, str] = {}

    def ready(self, sha256: str) -> None:
        if self._flash.held(sha256) is None:
            self._listener.content_spoilt(sha256)

    def open_stream(self, order: OpenStream) -> None:
        """Open nothing: report every stream as present."""
        self._feeds.setdefault(order.item, RelayFeed.NOTHING)
        self._loop.call_soon(self._listener.stream_came, order.item, order.buffer_ms, order.buffer_ms, NOMINAL_DB)

    def close_stream(self, item: str) -> None:
        self._feeds.pop(item, None)

    def start_relay(self, order: StartRelay) -> None:
        self._start(order, (order.sha256,))

    def feed(self, order: FeedRelay) -> None:
        self._feeds[order.item] = order.what
        if self._sounding is not None and self._sounding.order.item == order.item:
            self._listener.feed_turned(order.item, order.what, now_ms())

    def start(self, order: StartSound) -> None:
        self._start(order, order.sounds)

    def _start(self, order: StartSound | StartRelay, sounds: Iterable[str]) -> None:
        self._take_back()
        gone = [sha256 for sha256 in sounds if self._flash.held(sha256) is None]
        if gone:
            self._listener.content_spoilt(gone[0])
            return
        self._is_due = False
        self._waiting = _ScheduledItem(order, self._call_at(order.at_ms, self._due))

    def start_track(self, order: StartTrack) -> None:
        self._take_back()
        self._end(whole=False)
        self._sounding = _ScheduledItem(order, None, now_ms())
        self._listener.sound_started(order.item, now_ms())
        self._lay(order.parts, is_open=order.is_open)

    def start_live(self, order: StartLive) -> None:
        self._take_back()
        self._end(whole=False)
        self._sounding = _ScheduledItem(order, None, now_ms())
        self._listener.sound_started(order.item, now_ms())

    def play_live(self, piece: PlayLive) -> None:
        """Do nothing: the clock goes on by itself."""

    def extend(self, order: ExtendTrack) -> None:
        if self._sounding is not None and self._sounding.order.item == order.item:
            self._lay(order.parts, is_open=order.is_open)

    def level(self, item: str) -> float | None:
        """Return the level that speech is delivered at, as it has no samples."""
        return NOMINAL_LEVEL if item else None

    def stop(self, item: str) -> None:
        if self._waiting is not None and self._waiting.order.item == item:
            self._take_back()
        if self._sounding is not None and self._sounding.order.item == item:
            self._end(whole=False)

    def close(self) -> None:
        self._take_back()
        self._end(whole=False)

    def _due(self) -> None:
        self._is_due = True
        if self._sounding is None:
            self._begin()
        elif self._waiting is not None and _cuts(self._waiting.order):
            self._end(whole=False)

    def _begin(self) -> None:
        turn, self._waiting = self._waiting, None
        if turn is None or isinstance(turn.order, StartTrack | StartLive):
            return
        begun_ms = now_ms()
        order = turn.order
        if isinstance(order, StartRelay):
            ends_ms = order.until_ms
        else:
            ends_ms = begun_ms + max(0, order.length_ms - order.offset_ms)
        self._sounding = _ScheduledItem(order, self._call_at(ends_ms, self._end_whole))
        self._listener.sound_started(order.item, begun_ms)
        if order.item in self._feeds:
            self._listener.feed_turned(order.item, self._feeds[order.item], begun_ms)

    def _end_whole(self) -> None:
        self._end(whole=True)

    def _end(self, *, whole: bool) -> None:
        turn, self._sounding = self._sounding, None
        if turn is not None:
            if turn.timer is not None:
                turn.timer.cancel()
            self._listener.sound_ended(turn.order.item, now_ms(), whole)
        if self._waiting is not None and self._is_due:
            self._begin()

    def _take_back(self) -> None:
        turn, self._waiting = self._waiting, None
        if turn is not None and turn.timer is not None:
            turn.timer.cancel()
            self._listener.sound_ended(turn.order.item, now_ms(), False)  # noqa: FBT003 - unheard

    def _lay(self, parts: Iterable[Part], *, is_open: bool) -> None:
        turn = self._sounding
        if turn is None:
            return
        if turn.timer is not None:
            turn.timer.cancel()
        turn.filled_to_ms = max(turn.filled_to_ms, now_ms()) + sum(part.ms for part in parts)
        turn.timer = None if is_open else self._call_at(turn.filled_to_ms, self._end_whole)

    def _call_at(self, at_ms: int, call: Callable[[], None]) -> asyncio.TimerHandle:
        return self._loop.call_later(max(0, at_ms - now_ms()) / 1000, call)


def _cuts(order: StartSound | StartRelay | StartTrack | StartLive) -> bool:
    return not isinstance(order, StartSound | StartRelay) or order.cuts
