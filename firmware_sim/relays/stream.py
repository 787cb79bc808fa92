"""Stream of a relay: from a URL to samples in real time, and its track on a sound card.

One ffmpeg reads each stream. An ffmpeg whose reader is gone ends at its next write; one without data ends by
``-rw_timeout``. So none is left behind even where this process was killed.
"""

import asyncio
import contextlib
import fcntl
import math
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from firmware_sim.core.effects import OpenStream
from firmware_sim.core.events import Event, StreamCame, StreamLost
from firmware_sim.core.relays.relay_streams import RelayFeed
from firmware_sim.sound.decoder import Samples
from firmware_sim.sound.energy import energy
from firmware_sim.sound.track import NOTHING, Track

DRIFT_MS: Final = 1_000
"""A stream that sounds may run this much ahead of the buffer: its clock is not the card's."""
BLOCK_MS: Final = 100
FULL_POLL_S: Final = 0.05
MUTE_US: Final = 4_000_000
SILENCE_DB: Final = -120.0
_BUFFER_BYTES: Final = 8 * 1024
_PIPE_BYTES: Final = 4 * 1024
"""Data between ffmpeg and us sounds after the stream is gone: keep it small."""


class RelayTrack(Track):
    """Track written by the loop's thread and read by the card's. It never ends by itself.

    An unbroken stream is live: while it does not sound only the newest ``keep_ms`` are kept. A paced one (HLS) comes in
    longer pieces, and is not read further while ``is_full``. ``on_dry`` is called from the card's thread.
    """

    def __init__(self, rate_hz: int, keep_ms: int, *, is_paced: bool, on_dry: Callable[[], object]) -> None:
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


class StreamTap:
    """Reader of one stream into a track, until it ends or is closed; ``tell`` is called in the loop's thread."""

    def __init__(self, order: OpenStream, track: RelayTrack, rate_hz: int, tell: Callable[[Event], object]) -> None:
        self._order = order
        self._track = track
        self._rate_hz = rate_hz
        self._tell = tell
        self._process: asyncio.subprocess.Process | None = None
        self._pipe: asyncio.BaseTransport | None = None
        self._task = asyncio.get_running_loop().create_task(self._run())

    def close(self) -> None:
        """Stop reading, without an event."""
        self._task.cancel()
        self._kill()

    async def _run(self) -> None:
        try:
            await self._flow()
        finally:
            self._kill()
            if self._pipe is not None:
                self._pipe.close()
            if self._process is not None:
                await self._process.wait()
        self._tell(StreamLost(self._order.item))

    async def _flow(self) -> None:
        reader = await self._started()
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                data = await reader.readexactly(self._rate_hz * BLOCK_MS // 1000 * 2)
                samples = np.frombuffer(data, dtype=np.int16)
                while self._track.is_full:  # noqa: ASYNC110 - the card's thread empties it
                    await asyncio.sleep(FULL_POLL_S)
                self._track.put(samples)
                level = level_db(energy(samples) / len(samples))
                self._tell(StreamCame(self._order.item, BLOCK_MS, self._track.held_ms, level))

    async def _started(self) -> asyncio.StreamReader:
        ours, theirs = os.pipe()
        fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        reader = asyncio.StreamReader(limit=_BUFFER_BYTES)
        self._pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb")
        )
        try:
            self._process = await asyncio.create_subprocess_exec(
                *_command(self._order, self._rate_hz),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=theirs,
                stderr=asyncio.subprocess.DEVNULL,
            )
        finally:
            os.close(theirs)
        return reader

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


def level_db(mean_square: float) -> float:
    """Convert a mean square of 16-bit samples to dB relative to full scale."""
    return 10 * math.log10(mean_square / 32_768**2) if mean_square > 0 else SILENCE_DB


def _command(order: OpenStream, rate_hz: int) -> list[str]:
    # Only the network can be opened, whatever a playlist says. Probed data sounds later: probe little.
    command = ["ffmpeg", "-nostdin", "-v", "quiet", "-protocol_whitelist", "http,https,tcp,tls,crypto"]
    command += ["-rw_timeout", str(MUTE_US), "-formatprobesize", "8192", "-probesize", "32768"]
    command += ["-analyzeduration", "500000", "-threads", "1"]
    if order.form == "hls":
        command += ["-f", "hls", "-live_start_index", "-2", "-http_multiple", "0", "-max_reload", "3"]
    command += ["-i", order.url, "-map", "0:a:0", "-ac", "1", "-ar", str(rate_hz), "-f", "s16le", "-flush_packets", "1"]
    return [*command, "pipe:1"]
