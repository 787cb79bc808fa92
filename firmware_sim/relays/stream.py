"""Stream reader: from a URL to samples in real time, by one ffmpeg for each, which dies with its reader.

An ffmpeg whose reader is gone ends at its next write; one without data ends by ``-rw_timeout``. So none is left behind
even where this process was killed.
"""

import asyncio
import contextlib
import fcntl
import math
import os
from typing import Final, Protocol

import numpy as np

from firmware_sim.core.effects import OpenStream
from firmware_sim.relays.track import RelayTrack

BLOCK_MS: Final = 100
FULL_POLL_S: Final = 0.05
MUTE_US: Final = 4_000_000
SILENCE_DB: Final = -120.0
_BUFFER_BYTES: Final = 8 * 1024
_PIPE_BYTES: Final = 4 * 1024
"""Data between ffmpeg and us sounds after the stream is gone: keep it small."""


class StreamListener(Protocol):
    """Receiver of a stream's events; called in the loop's thread."""

    def stream_came(self, item: str, ms: int, held_ms: int, level_db: float) -> None: ...

    def stream_lost(self, item: str) -> None: ...


class StreamTap:
    """Reader of one stream into a track, until it ends or is closed."""

    def __init__(self, order: OpenStream, track: RelayTrack, rate_hz: int, listener: StreamListener) -> None:
        self._order = order
        self._track = track
        self._rate_hz = rate_hz
        self._listener = listener
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
        self._listener.stream_lost(self._order.item)

    async def _flow(self) -> None:
        reader = await self._started()
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                data = await reader.readexactly(self._rate_hz * BLOCK_MS // 1000 * 2)
                samples = np.frombuffer(data, dtype=np.int16)
                while self._track.is_full:  # noqa: ASYNC110 - the card's thread empties it
                    await asyncio.sleep(FULL_POLL_S)
                self._track.put(samples)
                wide = samples.astype(np.float64)
                self._listener.stream_came(
                    self._order.item, BLOCK_MS, self._track.held_ms, level_db(float(np.dot(wide, wide)) / len(wide))
                )

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
    command += [
        "-rw_timeout",
        str(MUTE_US),
        "-formatprobesize",
        "8192",
        "-probesize",
        "32768",
        "-analyzeduration",
        "500000",
        "-threads",
        "1",
    ]
    if order.form == "hls":
        command += ["-f", "hls", "-live_start_index", "-2", "-http_multiple", "0", "-max_reload", "3"]
    command += ["-i", order.url, "-map", "0:a:0", "-ac", "1", "-ar", str(rate_hz), "-f", "s16le", "-flush_packets", "1"]
    return [*command, "pipe:1"]
