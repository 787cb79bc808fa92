"""Players of items: the interface, and the one that puts samples on a play-out clock."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor
from typing import Any, Final, Protocol

import numpy as np

from firmware_sim.core.effects import (
    Clip,
    CloseStream,
    ExtendTrack,
    FeedRelay,
    OpenStream,
    Part,
    PlayLive,
    Prepare,
    Silence,
    SoundEffect,
    StartLive,
    StartRelay,
    StartSound,
    StartTrack,
    StopSound,
    Tone,
)
from firmware_sim.core.events import ContentSpoilt, Event, SoundEnded, StreamDry
from firmware_sim.core.relays.relay_streams import RelayFeed
from firmware_sim.hardware_clock import now_ms
from firmware_sim.relays.stream import RelayTrack, StreamTap
from firmware_sim.sound import stored_tones
from firmware_sim.sound.decoder import DecodeError, PcmCache, Samples
from firmware_sim.sound.live_decoder import LiveDecoder
from firmware_sim.sound.loudspeaker import Loudspeaker
from firmware_sim.sound.track import LiveTrack, Track
from firmware_sim.storage.flash import Flash

CLIP_SLACK_MS: Final = 200
"""Content may be this much longer than its alert says: encoders pad."""


Tell = Callable[[Event], object]
"""Called in the loop's thread with each event of a player, its instants by true time."""


class Player(Protocol):
    """Player of one item at a time, with one more waiting."""

    def do(self, effect: SoundEffect) -> None:
        """Carry out an effect, its instants by true time. ``Prepare`` checks and decodes content."""

    def level(self, item: str) -> float | None:
        """Return the root mean square of the item's sound, 1.0 being full scale; None: nothing sounded."""

    def close(self) -> None: ...


class AudioPlayer:
    """Player that decodes ahead of time and hands samples to a sound card."""

    def __init__(self, tell: Tell, flash: Flash, cache: PcmCache, card: Loudspeaker, executor: Executor) -> None:
        self._tell = tell
        self._flash = flash
        self._cache = cache
        self._card = card
        self._executor = executor
        self._loop = asyncio.get_running_loop()
        stored_tones.read(cache.rate_hz)
        self._orders: dict[str, StartSound | StartRelay] = {}
        self._live: tuple[str, LiveDecoder] | None = None
        self._relays: dict[str, RelayTrack] = {}
        self._taps: dict[str, StreamTap] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._doers: dict[type[SoundEffect], Callable[[Any], object]] = {
            Prepare: lambda order: self._spawn(self._check(order.sha256)),
            StartSound: self._start,
            StartTrack: self._start_track,
            ExtendTrack: self._extend,
            StopSound: lambda order: self._stop(order.item),
            StartLive: self._start_live,
            PlayLive: self._play_live,
            OpenStream: self._open_stream,
            CloseStream: lambda order: self._close_stream(order.item),
            StartRelay: self._start_relay,
            FeedRelay: self._feed,
        }

    def do(self, effect: SoundEffect) -> None:
        self._doers[type(effect)](effect)

    def _start(self, order: StartSound) -> None:
        self._orders[order.item] = order
        self._card.loudness(order.item, order.volume_pct)
        self._spawn(self._decode_and_start(order))

    def _start_track(self, order: StartTrack) -> None:
        """Start a track: tones are in memory and sound at once; the rest joins when it is decoded."""
        self._drop_waiting()
        self._card.loudness(order.item, order.volume_pct)
        ready, rest = _split(order.parts)
        filler = stored_tones.pattern(stored_tones.DRILL if order.is_drill else stored_tones.GONG, self._cache.rate_hz)
        track = Track(filler)
        track.extend([self._plain(part) for part in ready], is_open=order.is_open or bool(rest))
        self._card.start_track(order.item, track)
        self._card.render_now()
        if rest:
            self._spawn(self._decode_and_extend(order.item, rest, is_open=order.is_open))

    def _start_live(self, order: StartLive) -> None:
        self._drop_waiting()
        self._card.loudness(order.item, order.volume_pct)
        self._live = (order.item, LiveDecoder(order.rate_hz, self._cache.rate_hz))
        lead = np.concatenate([self._plain(part) for part in order.parts])
        self._card.start_track(order.item, LiveTrack(self._cache.rate_hz, lead))
        self._card.render_now()

    def _play_live(self, piece: PlayLive) -> None:
        item, decoder = self._live or ("", None)
        if decoder is not None and item == piece.item:
            self._card.lay(item, decoder.decode(piece.packets), piece.at_ms)

    def _extend(self, order: ExtendTrack) -> None:
        ready, rest = _split(order.parts)
        if rest:
            self._spawn(self._decode_and_extend(order.item, order.parts, is_open=order.is_open))
        else:
            self._card.extend(order.item, [self._plain(part) for part in ready], is_open=order.is_open)

    def _open_stream(self, order: OpenStream) -> None:
        if (tap := self._taps.pop(order.item, None)) is not None:
            tap.close()
        track = self._relays.get(order.item)
        if track is None:
            track = self._relays[order.item] = RelayTrack(
                self._cache.rate_hz,
                order.buffer_ms,
                is_paced=order.form == "hls",
                on_dry=lambda: self._loop.call_soon_threadsafe(self._tell, StreamDry(order.item)),
            )
        self._taps[order.item] = StreamTap(order, track, self._cache.rate_hz, self._tell)

    def _close_stream(self, item: str) -> None:
        if (tap := self._taps.pop(item, None)) is not None:
            tap.close()
        self._relays.pop(item, None)

    def _start_relay(self, order: StartRelay) -> None:
        self._orders[order.item] = order
        self._card.loudness(order.item, order.volume_pct)
        self._spawn(self._decode_and_start_relay(order))

    def _feed(self, order: FeedRelay) -> None:
        if (track := self._relays.get(order.item)) is not None:
            track.turn_to(RelayFeed(order.what), gathers=order.gathers)

    def level(self, item: str) -> float | None:
        return self._card.level(item)

    def _stop(self, item: str) -> None:
        if self._orders.pop(item, None) is not None:
            self._tell(SoundEnded(item, now_ms(), whole=False))  # still being decoded
        else:
            self._card.stop(item)
            self._card.render_now()

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for item in list(self._taps):
            self._close_stream(item)
        self._card.close()

    def _drop_waiting(self) -> None:
        """Stop items that are still being decoded: they would begin over the one that takes the card now."""
        for item in list(self._orders):
            self._stop(item)

    async def _decode_and_start(self, order: StartSound) -> None:
        decoded = [await self._decoded(sha256) for sha256 in order.sounds]
        heard = [samples for samples in decoded if samples is not None]
        if self._orders.pop(order.item, None) is not order or len(heard) < len(decoded):
            return
        place = order.sounds.index(order.sha256, 1 if order.opening else 0)
        heard[place] = heard[place][order.skip_ms * self._cache.rate_hz // 1000 :]
        signal = _arrange(heard[0] if len(heard) == 1 else np.concatenate(heard), order, self._cache.rate_hz)
        self._card.start(order.item, signal, at_ms=order.at_ms, offset_ms=order.offset_ms, cuts=order.cuts)

    async def _decode_and_start_relay(self, order: StartRelay) -> None:
        samples = await self._decoded(order.sha256)
        track = self._relays.get(order.item)
        if self._orders.pop(order.item, None) is not order or samples is None or track is None:
            return
        track.stand_in(samples, order.gap_ms)
        self._card.start_relay(order.item, track, at_ms=order.at_ms, until_ms=order.until_ms, cuts=order.cuts)

    async def _decode_and_extend(self, item: str, parts: Sequence[Part], *, is_open: bool) -> None:
        """Extend a track by all parts or, where one cannot be decoded, none: the core is notified and tries again."""
        signals = []
        for part in parts:
            if isinstance(part, Clip):
                samples = await self._decoded(part.sha256)
                if samples is None:
                    return
                signals.append(samples[: (part.ms + CLIP_SLACK_MS) * self._cache.rate_hz // 1000])
            else:
                signals.append(self._plain(part))
        self._card.extend(item, signals, is_open=is_open)

    def _plain(self, part: Silence | Tone) -> Samples:
        if isinstance(part, Tone):
            return stored_tones.tone(part.name, part.ms, self._cache.rate_hz)
        return np.zeros(part.ms * self._cache.rate_hz // 1000, dtype=np.int16)

    async def _check(self, sha256: str) -> None:
        await self._decoded(sha256)

    async def _decoded(self, sha256: str) -> Samples | None:
        try:
            return await self._loop.run_in_executor(self._executor, self._decode, sha256)
        except DecodeError:
            self._flash.content_path(sha256).unlink(missing_ok=True)
            self._tell(ContentSpoilt(sha256))
            return None

    def _decode(self, sha256: str) -> Samples:
        if self._flash.held(sha256) is None:
            raise DecodeError(f"{sha256}: gone from flash")
        return self._cache.decode(sha256, self._flash.content_path(sha256))

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _split(parts: Sequence[Part]) -> tuple[list[Silence | Tone], Sequence[Part]]:
    """Split parts into those in memory, up to the first that has to be decoded, and the rest."""
    ready: list[Silence | Tone] = []
    for place, part in enumerate(parts):
        if isinstance(part, Clip):
            return ready, parts[place:]
        ready.append(part)
    return ready, ()


def _arrange(samples: Samples, order: StartSound, rate_hz: int) -> Samples:
    """Return the samples repeated with gaps, no longer than allowed."""
    if order.repeat > 1:
        gap = np.zeros(order.gap_ms * rate_hz // 1000, dtype=np.int16)
        samples = np.concatenate([samples, *([gap, samples] * (order.repeat - 1))])
    return samples[: order.max_ms * rate_hz // 1000]
