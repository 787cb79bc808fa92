"""Relays: streams that items sound, and the fallback that sounds in their place.

Rules that the protocol leaves to the device: fetching begins with the item's preparation; a stream that ended is
requested again after ``RETRY_MS``, one that is mute for ``MUTE_MS`` is given up, and each time the next URL is tried.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from devices.protocol.limits import RELAY_PARTS_MAX, RELAY_PATIENCE_MS
from devices.protocol.messages import Relay, Relayed, RelayPart
from firmware_sim.core.clock.clock import NEVER_MS, Moment
from firmware_sim.core.component import Component
from firmware_sim.core.effects import CloseStream, FeedRelay, OpenStream
from firmware_sim.core.events import Event, StreamCame, StreamDry, StreamLost

RETRY_MS: Final = 1_000
MUTE_MS: Final = 4_000


class RelayFeed(StrEnum):
    """Source that a relay sounds at the moment."""

    NOTHING = "nothing"
    STREAM = "stream"
    FALLBACK = "fallback"


class RelayStage(StrEnum):
    CONNECTING = "connecting"
    BUFFERING = "buffering"
    PLAYING = "playing"
    FALLBACK = "fallback"
    RETURNING = "returning"
    """The fallback sounds; the stream is back and is buffered."""


class StreamEvent(StrEnum):
    """Event of a stream."""

    HEARD = "heard"
    """Data of it arrived; while the fallback sounds: data that is not silence."""
    FILLED = "filled"
    LOST = "lost"
    DRY = "dry"
    SILENT = "silent"
    LATE = "late"


G, T = RelayStage, StreamEvent
FOLLOWING: Final[dict[tuple[RelayStage, StreamEvent], RelayStage]] = {
    (G.CONNECTING, T.HEARD): G.BUFFERING,
    (G.CONNECTING, T.LATE): G.FALLBACK,
    (G.BUFFERING, T.FILLED): G.PLAYING,
    (G.BUFFERING, T.LOST): G.CONNECTING,
    (G.BUFFERING, T.LATE): G.FALLBACK,
    (G.PLAYING, T.DRY): G.FALLBACK,
    (G.PLAYING, T.SILENT): G.FALLBACK,
    (G.FALLBACK, T.HEARD): G.RETURNING,
    (G.RETURNING, T.FILLED): G.PLAYING,
    (G.RETURNING, T.LOST): G.FALLBACK,
}


@dataclass(slots=True)
class _Relaying:
    """One item's stream. ``open_at``: next request; None: it is open. ``late_at``: the fallback begins without it."""

    relay: Relay
    stage: RelayStage = RelayStage.CONNECTING
    is_wanted: bool = True
    open_at: int | None = 0
    came_at: int = 0
    late_at: int = NEVER_MS
    tried: int = 0
    quiet_ms: int = 0
    gathered_ms: int = 0
    feed: RelayFeed = RelayFeed.NOTHING
    since: int = 0
    heard_ms: dict[RelayFeed, int] = field(default_factory=lambda: dict.fromkeys(RelayFeed, 0))
    parts: list[RelayPart] = field(default_factory=list)

    def apply(self, turn: StreamEvent) -> bool:
        following = FOLLOWING.get((self.stage, turn))
        if following is not None:
            self.stage = following
        return following is not None

    def turn_to(self, feed: RelayFeed, at: int) -> None:
        """Note that the card sounds another source from ``at`` on."""
        if self.feed is not RelayFeed.NOTHING and at > self.since:
            self.heard_ms[self.feed] += at - self.since
            if len(self.parts) < RELAY_PARTS_MAX:
                self.parts.append(RelayPart(what=self.feed, started_at=self.since, ended_at=at))
        self.feed, self.since = feed, at


class RelayStreams(Component):
    """Streams of all relays that are prepared, sounding or cut, by item. Instants are true ms."""

    EVENTS = (StreamCame, StreamLost, StreamDry)

    def _set_up(self) -> None:
        self._all: dict[str, _Relaying] = {}

    def open(self, item: str, relay: Relay, now: int) -> None:
        """Fetch the stream from now on."""
        held = self._all.setdefault(item, _Relaying(relay))
        if not held.is_wanted:
            held.is_wanted, held.stage, held.open_at = True, RelayStage.CONNECTING, now
            held.late_at, held.quiet_ms = NEVER_MS, 0
        self._ask(item, held, now)

    def begin(self, item: str, at: int) -> None:
        """Note that the relay sounds from ``at`` on."""
        self._all[item].late_at = at + RELAY_PATIENCE_MS

    def handle(self, event: Event, at: Moment) -> None:
        match event:
            case StreamCame(item, ms, held_ms, level_db):
                self.came(item, ms=ms, held_ms=held_ms, level_db=level_db, now=at.stamp)
            case StreamLost():
                self.lost(event.item, at.stamp)
            case StreamDry():
                self.dry(event.item, at.stamp)
            case _:
                pass

    def came(self, item: str, *, ms: int, held_ms: int, level_db: float, now: int) -> None:
        """Take ``ms`` of the stream; ``held_ms`` of it are buffered."""
        held = self._all.get(item)
        if held is None or not held.is_wanted:
            return
        held.came_at = now
        is_silence = level_db < held.relay.silence_db
        held.quiet_ms = held.quiet_ms + ms if is_silence else 0
        if not (is_silence and held.stage is RelayStage.FALLBACK) and held.apply(StreamEvent.HEARD):
            held.gathered_ms = 0
            if held.stage is RelayStage.RETURNING:
                self._step.do(FeedRelay(item, RelayFeed.FALLBACK, gathers=True))
        held.gathered_ms += ms
        there_ms = held.gathered_ms if held.stage is RelayStage.RETURNING else held_ms
        if there_ms >= held.relay.buffer_ms and held.apply(StreamEvent.FILLED):
            self._step.do(FeedRelay(item, RelayFeed.STREAM))
        if held.quiet_ms >= held.relay.silence_ms and held.apply(StreamEvent.SILENT):
            self._stand_in(item)

    def lost(self, item: str, now: int) -> None:
        """Note that the stream ended."""
        held = self._all.get(item)
        if held is not None and held.is_wanted and held.open_at is None:
            held.open_at = now + RETRY_MS
            held.apply(StreamEvent.LOST)

    def dry(self, item: str, now: int) -> None:
        """Note that the stream ran dry."""
        held = self._all.get(item)
        if held is not None and held.apply(StreamEvent.DRY):
            held.came_at = now
            self._stand_in(item)

    def turned(self, item: str, feed: str, at: int) -> None:
        """Note the source that the card sounds from ``at`` on."""
        held = self._all.get(item)
        if held is not None:
            held.turn_to(RelayFeed(feed), at)

    def pause(self, item: str, at: int) -> None:
        """Close the stream: the relay does not sound any more, for now or for good."""
        held = self._all.get(item)
        if held is None or not held.is_wanted:
            return
        held.turn_to(RelayFeed.NOTHING, at)
        held.is_wanted = False
        self._step.do(CloseStream(item))

    def forget(self, item: str, at: int) -> None:
        self.pause(item, at)
        self._all.pop(item, None)

    def sources_heard(self, item: str) -> Relayed | None:
        """Return the sources heard so far; None where nothing was heard, or it is no relay."""
        held = self._all.get(item)
        if held is None or not held.parts:
            return None
        return Relayed(
            source=held.relay.source,
            stream_ms=held.heard_ms[RelayFeed.STREAM],
            fallback_ms=held.heard_ms[RelayFeed.FALLBACK],
            parts=list(held.parts),
        )

    def advance(self, now: int) -> None:
        for item, held in self._all.items():
            if not held.is_wanted:
                continue
            if now >= held.late_at and held.apply(StreamEvent.LATE):
                self._stand_in(item)
            if held.open_at is None and now >= self._mute_at(held):
                held.open_at = now
                held.apply(StreamEvent.LOST)
            if held.open_at is not None and now >= held.open_at:
                self._ask(item, held, now)

    def next_at(self, now: int) -> int:
        first = NEVER_MS
        for held in self._all.values():
            if held.is_wanted:
                first = min(first, self._mute_at(held) if held.open_at is None else held.open_at)
                if held.stage in (RelayStage.CONNECTING, RelayStage.BUFFERING):
                    first = min(first, held.late_at)
        return first

    def _mute_at(self, held: _Relaying) -> int:
        """Return when an open stream without data is given up; one that plays runs dry instead."""
        return NEVER_MS if held.stage is RelayStage.PLAYING else held.came_at + MUTE_MS

    def _ask(self, item: str, held: _Relaying, now: int) -> None:
        if held.open_at is None:
            return
        url = held.relay.urls[held.tried % len(held.relay.urls)]
        held.tried += 1
        held.open_at, held.came_at = None, now
        self._step.do(OpenStream(item, url, held.relay.form, held.relay.buffer_ms))

    def _stand_in(self, item: str) -> None:
        self._step.do(FeedRelay(item, RelayFeed.FALLBACK))
