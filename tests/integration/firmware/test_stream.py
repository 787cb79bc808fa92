"""Stream as a device receives it, from its address to its samples."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass, field

from firmware_sim.core.effects import OpenStream
from firmware_sim.core.events import Event, StreamCame, StreamLost
from firmware_sim.relays.stream import RelayTrack, StreamTap
from tests.integration.shoutcast import shoutcast

RATE_HZ = 16_000
SECONDS = 2


@dataclass
class StreamCallbacks:
    """Recorder of the stream's callbacks."""

    over: asyncio.Event = field(default_factory=asyncio.Event)
    came_ms: int = 0
    loudest_db: float = -120.0

    def __call__(self, event: Event) -> None:
        match event:
            case StreamCame(_, ms, _, level_db):
                self.came_ms += ms
                self.loudest_db = max(self.loudest_db, level_db)
            case StreamLost():
                self.over.set()
            case _:
                raise AssertionError(event)


async def heard(url: str) -> StreamCallbacks:
    callbacks = StreamCallbacks()
    track = RelayTrack(RATE_HZ, 10_000, is_paced=False, on_dry=lambda: None)
    StreamTap(OpenStream("item", url, "stream", 1_500), track, RATE_HZ, callbacks)
    await asyncio.wait_for(callbacks.over.wait(), 60)
    return callbacks


def test_the_stream_of_an_old_shoutcast_server_is_sounded() -> None:
    tone = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}", "-f", "mp3", "-"]
    made = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *tone], capture_output=True, check=True)
    with shoutcast(made.stdout) as url:
        callbacks = asyncio.run(heard(url))
    assert callbacks.came_ms >= (SECONDS - 1) * 1_000
    assert callbacks.loudest_db > -30
