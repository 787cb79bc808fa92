"""Play-out clock of a simulated sound card: a loudspeaker's line signal, second for second, as WAV.

One thread serves all loudspeakers of a process as a sound card's interrupt would. At each tick it hands every card the
samples up to its ``ring_ms`` ahead, and writes to the file those that have sounded by now. A siren and a stop rewind
the ring without waiting for it. A process that was held up longer than that leaves a real gap: the card had nothing to
sound, so silence stands in the file and the item goes on (or starts) after it. The reported start is the place of the
first sample; the JSON beside the file lists the gaps.

The signal is that before the amplifier: volume is written into the truth log, not into the samples.
"""

import functools
import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from firmware_sim.hardware_clock import now_s
from firmware_sim.sound.decoder import Samples
from firmware_sim.sound.sound_card import SoundCard
from firmware_sim.sound.track import LiveTrack, Track
from firmware_sim.sound.wav import WavSegment

TICK_S: Final = 0.02
RING_MS: Final = 300
"""As a sound card's ring of fifteen periods of 20 ms; "at once" costs this much, but for a siren and a stop.

Virtual machines were seen to pause, all processes at a time, for 130 ms: a ring of 120 ms broke off then.
"""
SEGMENT_MAX_MS: Final = 3_600_000
"""A new file each hour: 4 GiB is the end of a WAV, and an hour is easy to handle."""
MARGIN_MS: Final = 20
"""Samples on their way in the card when its ring is rewound, for a siren or for silence."""
LIVE_RING_MS: Final = 80
"""For a live address the ring adds delay: four periods; a machine that pauses for longer leaves a hole."""
LEVELS_KEPT: Final = 8
_STEP_BACK_MS: Final = 1_000

OnStart = Callable[[str, int], None]
"""Called with item and instant of its first sample (ms UTC), from any thread, once that sample has sounded."""
OnEnd = Callable[[str, int, bool], None]
"""Called for every start, heard or not: item, the instant after its last sample, and whether it came to its end."""
OnTurn = Callable[[str, str, int], None]
"""Called with item, the source that a relay sounds (``core.relays.RelayFeed``), and since when (ms UTC)."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Voice:
    """One item for the card; ``cuts`` ends what sounds when it is due. A relay ends at ``until_ms``."""

    item: str
    track: Track
    at_ms: int
    cuts: bool
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class _Notice:
    """Call due when the sample at this position has sounded."""

    position: int
    item: str
    call: Callable[[], None]


@dataclass
class Loudspeaker:
    """Simulated sound card: a voice that sounds and one that waits. Methods may be called from any thread."""

    folder: Path
    rate_hz: int
    on_start: OnStart
    on_end: OnEnd
    on_turn: OnTurn = lambda *_: None
    ring_ms: int = RING_MS
    underruns: int = 0
    is_off: bool = False
    out: SoundCard | None = None
    """Host sound card on which it is heard as well, at the item's ``loudness``; the file is before the amplifier."""
    _gains: deque[tuple[int, float]] = field(default_factory=deque)
    _gain: float = 1.0
    _loudness: dict[str, float] = field(default_factory=dict)
    _sounding: _Voice | None = None
    _waiting: _Voice | None = None
    _urgent: _Voice | None = None
    _stopping: set[str] = field(default_factory=set)
    _levels: dict[str, Track] = field(default_factory=dict)
    _ring: deque[Samples] = field(default_factory=deque)
    _notices: deque[_Notice] = field(default_factory=deque)
    _segment: WavSegment | None = None
    _filled: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, item: str, samples: Samples, *, at_ms: int, offset_ms: int, cuts: bool) -> None:
        """Sound this from ``at_ms`` on, or as soon as possible, over the present sound or after it."""
        with self._lock:
            self._take_back()
            self._waiting = _Voice(item, Track.of(samples, offset_ms * self.rate_hz // 1000), at_ms, cuts)

    def start_relay(self, item: str, track: Track, *, at_ms: int, until_ms: int, cuts: bool) -> None:
        """Sound this from ``at_ms``, or as soon as possible, to ``until_ms`` exactly."""
        with self._lock:
            self._take_back()
            self._waiting = _Voice(item, track, at_ms, cuts, until_ms)

    def start_track(self, item: str, track: Track) -> None:
        """Sound this over everything, as soon as the ring can be rewound; a waiting item is withdrawn."""
        with self._lock:
            self._take_back()
            if self._urgent is not None:
                self._tell_unheard(self._urgent.item)
            self._urgent = _Voice(item, track, 0, cuts=True)

    def extend(self, item: str, parts: Iterable[Samples], *, is_open: bool) -> None:
        """Append parts to a track that sounds or is about to."""
        with self._lock:
            for voice in (self._urgent, self._sounding):
                if voice is not None and voice.item == item:
                    voice.track.extend(parts, is_open=is_open)

    def lay(self, item: str, samples: Samples, at_ms: int) -> None:
        """Lay a piece of a live track that sounds or is about to, from ``at_ms`` on."""
        with self._lock:
            if self._segment is None:
                return
            for voice in (self._urgent, self._sounding):
                if voice is not None and voice.item == item and isinstance(voice.track, LiveTrack):
                    voice.track.lay(self._segment.position(at_ms), samples)

    def stop(self, item: str) -> None:
        """Fall silent as soon as the ring can be rewound, if this item sounds or waits."""
        with self._lock:
            if self._waiting is not None and self._waiting.item == item:
                self._take_back()
            if self._urgent is not None and self._urgent.item == item:
                self._urgent = None
                self._tell_unheard(item)
            if self._sounding is not None and self._sounding.item == item:
                self._stopping.add(item)

    def loudness(self, item: str, volume_pct: int) -> None:
        """Set the volume of this item for its next hand-over."""
        with self._lock:
            self._loudness[item] = volume_pct / 100
            while len(self._loudness) > LEVELS_KEPT:
                del self._loudness[next(iter(self._loudness))]

    def level(self, item: str) -> float | None:
        """Return the root mean square of the item's recent sound, 1.0 being full scale; None: nothing sounded."""
        with self._lock:
            track = self._levels.get(item)
            return math.sqrt(track.squares / track.count) / 32_768 if track is not None and track.count else None

    def render(self, now_ms: float) -> None:
        """Fill the ring up to its length ahead of now, and write the samples that have sounded by now."""
        with self._lock:
            if self.is_off:
                return
            segment = self._running_segment(now_ms)
            now = segment.position(now_ms)
            if self._filled < now:
                self.underruns += 1
                if self._sounding is not None:
                    segment.held_up(self._filled, now)
                self._push(np.zeros(now - self._filled, dtype=np.int16))
            self._write(segment, now)
            if self._urgent is not None or self._is_stopping():
                self._rewind(segment, now + MARGIN_MS * self.rate_hz // 1000)
            until = segment.position(now_ms + self._ahead_ms)
            while self._filled < until:
                self._push(self._next(segment, until - self._filled))
            self._write(segment, now)
            self._tell(segment.written)

    def render_now(self) -> None:
        """Render at this instant; an error is only logged."""
        try:
            self.render(now_s() * 1000)
        except Exception:  # of one card: its full disk must not silence the others, nor end the device
            log.exception("sound card %s: rendering failed", self.folder)

    def close(self) -> None:
        """Power off: samples that have not sounded yet never will."""
        with self._lock:
            self.is_off = True
            if self._segment is not None:
                self._segment.close()
            self._segment = None
            if self.out is not None:
                self.out.close()

    def _running_segment(self, now_ms: float) -> WavSegment:
        old = self._segment
        starts_at_ms = round(now_ms)
        if old is not None:
            age_ms = now_ms - old.started_at_ms
            if age_ms < old.written * 1000 / self.rate_hz - _STEP_BACK_MS:
                old.close()  # the clock was set back: time has a seam here, and so has the record
            elif age_ms >= SEGMENT_MAX_MS and self._sounding is None:
                starts_at_ms = old.instant_ms(self._filled)
                self._write(old, self._filled)
                self._tell(None)
                old.close()
            else:
                return old
        self._ring.clear()
        self._gains.clear()
        self._tell(None)
        self._filled = 0
        self._segment = WavSegment.open(self.folder, self.rate_hz, starts_at_ms)
        return self._segment

    def _next(self, segment: WavSegment, count: int) -> Samples:
        """Return the next block of at most ``count`` samples, in which items begin only at its start."""
        waiting = self._waiting
        if waiting is not None:
            wait = segment.position(waiting.at_ms) - self._filled
            if wait <= 0 and (self._sounding is None or waiting.cuts):
                self._begin(segment, waiting)
            elif 0 < wait < count:
                count = wait
        voice = self._sounding
        left = None
        if voice is not None and voice.until_ms is not None:
            left = segment.position(voice.until_ms) - self._filled
            if left <= 0:
                self._end(self._filled, whole=True)
                voice = None
        if voice is None:
            return np.zeros(count, dtype=np.int16)
        if isinstance(voice.track, LiveTrack):
            voice.track.place = self._filled
        block = voice.track.take(count if left is None else min(count, left))
        if (what := voice.track.turned()) is not None:
            tell = functools.partial(self.on_turn, voice.item, what, segment.instant_ms(self._filled))
            self._notices.append(_Notice(self._filled, voice.item, tell))
        if voice.track.is_over or len(block) == left:
            self._end(self._filled + len(block), whole=True)
        return block

    def _begin(self, segment: WavSegment, voice: _Voice) -> None:
        if self._sounding is not None:
            self._end(self._filled, whole=False)
        self._waiting = None
        self._sounding = voice
        self._levels[voice.item] = voice.track
        while len(self._levels) > LEVELS_KEPT:
            del self._levels[next(iter(self._levels))]
        self._gains.append((self._filled, self._loudness.get(voice.item, 1.0)))
        at_ms = segment.instant_ms(self._filled)
        self._notices.append(_Notice(self._filled, voice.item, lambda: self.on_start(voice.item, at_ms)))

    def _end(self, position: int, *, whole: bool) -> None:
        voice, self._sounding = self._sounding, None
        if voice is not None and self._segment is not None:
            at_ms = self._segment.instant_ms(position)
            self._notices.append(_Notice(position, voice.item, lambda: self.on_end(voice.item, at_ms, whole)))

    @property
    def _ahead_ms(self) -> int:
        is_live = self._sounding is not None and isinstance(self._sounding.track, LiveTrack)
        return min(self.ring_ms, LIVE_RING_MS) if is_live else self.ring_ms

    def _is_stopping(self) -> bool:
        return self._sounding is not None and self._sounding.item in self._stopping

    def _rewind(self, segment: WavSegment, position: int) -> None:
        """Discard samples that have not left the card: the present item ends there, and an urgent one begins."""
        while self._filled > position:
            block = self._ring.pop()
            surplus = self._filled - position
            self._filled -= min(surplus, len(block))
            if len(block) > surplus:
                self._ring.append(block[:-surplus])
        kept = [notice for notice in self._notices if notice.position <= self._filled]
        unsaid = {notice.item for notice in self._notices if notice.position > self._filled}
        self._notices = deque(kept)
        if self._sounding is not None:
            unsaid.add(self._sounding.item)
        self._sounding = None
        self._stopping.clear()
        at_ms = segment.instant_ms(self._filled)
        for item in unsaid:
            self._notices.append(_Notice(self._filled, item, functools.partial(self.on_end, item, at_ms, False)))  # noqa: FBT003
        urgent, self._urgent = self._urgent, None
        if urgent is not None:
            self._begin(segment, urgent)

    def _take_back(self) -> None:
        voice, self._waiting = self._waiting, None
        if voice is not None:
            self._tell_unheard(voice.item, voice.at_ms)

    def _tell_unheard(self, item: str, at_ms: int = 0) -> None:
        call = functools.partial(self.on_end, item, at_ms, False)  # noqa: FBT003
        self._notices.append(_Notice(self._filled, item, call))

    def _tell(self, until: int | None) -> None:
        """Make the calls due up to this sample; None: all of them."""
        while self._notices and (until is None or self._notices[0].position <= until):
            self._notices.popleft().call()

    def _push(self, block: Samples) -> None:
        self._ring.append(block)
        self._filled += len(block)

    def _write(self, segment: WavSegment, until: int) -> None:
        due = until - segment.written
        while due > 0 and self._ring:
            block = self._ring.popleft()
            if len(block) > due:
                self._ring.appendleft(block[due:])
                block = block[:due]
            while self._gains and self._gains[0][0] <= segment.written:
                self._gain = self._gains.popleft()[1]
            segment.write(block)
            if self.out is not None:
                self.out.write(block, self._gain)
            due -= len(block)


class SoundThread:
    """Thread that acts as the interrupt of all sound cards of a process."""

    def __init__(self) -> None:
        self._cards: tuple[Loudspeaker, ...] = ()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)

    def add(self, card: Loudspeaker) -> None:
        self._cards = (*(other for other in self._cards if not other.is_off), card)
        if not self._thread.is_alive():
            self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        for card in self._cards:
            card.close()

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            for card in self._cards:
                card.render_now()
