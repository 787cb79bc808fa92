"""What is said live, from the web to the gateway: a datagram a frame, at once, past the database.

A frame that is lost is a frame that is lost: it is concealed on the device, and nothing waits for it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from broadcast.live import FRAME_MS, LARGE_FRAME_MS
from cms.settings import Settings
from cms.unix_socket import Listening, send
from devices.protocol.errors import MalformedError
from devices.protocol.limits import LIVE_FRAME_MAX_BYTES
from devices.protocol.live import SEQ_MAX, LiveFrame, pack, unpack
from media import opus

_HEAD: Final = struct.Struct(">40sIQ")
_AT_ONCE: Final = 256
_INSTANTS: Final = 2**53


@dataclass(frozen=True, slots=True)
class Said:
    """One frame of one live address, not yet sealed."""

    session: str
    frame: LiveFrame


def path_of(settings: Settings) -> Path:
    """Where the gateway listens."""
    return settings.run_dir / "live.sock"


def say(path: Path, said: Said) -> bool:
    """Hand a frame to the gateway. False: it is not there, or has too much waiting."""
    head = _HEAD.pack(said.session.encode("ascii"), said.frame.seq, said.frame.captured_at)
    return send(path, head + pack(said.frame.packets))


class LiveInlet(Listening):
    """The gateway's end."""

    def take(self, timeout_s: float) -> Sequence[Said]:
        """What was said by now, waiting ``timeout_s`` at most. Less than a frame is a ring: the store has something."""
        came = self.datagrams(timeout_s, _HEAD.size + LIVE_FRAME_MAX_BYTES, _AT_ONCE)
        return [_read(data) for data in came if len(data) > _HEAD.size]


def read_body(seq: str, captured_at: str, body: bytes) -> LiveFrame:
    """A frame as whoever speaks sent it: 100 or 200 ms of Opus, of one channel.

    Raises:
        MalformedError: its number, its instant or its packets are none.
    """
    if not (seq.isdecimal() and captured_at.isdecimal() and int(seq) <= SEQ_MAX and int(captured_at) < _INSTANTS):
        raise MalformedError("LiveFrame", "seq or at")
    if len(body) > LIVE_FRAME_MAX_BYTES:
        raise MalformedError("LiveFrame", f"{len(body)} bytes")
    frame = LiveFrame(int(seq), int(captured_at), unpack(body))
    lengths = [opus.packet_ms(packet) for packet in frame.packets]
    known = [length for length in lengths if length is not None]
    is_sound = len(known) == len(lengths) and all(map(opus.is_mono, frame.packets))
    if not is_sound or sum(known) not in {FRAME_MS, LARGE_FRAME_MS}:
        raise MalformedError("LiveFrame", "not 100 or 200 ms of mono Opus")
    return frame


def _read(data: bytes) -> Said:
    name, seq, captured_at = _HEAD.unpack_from(data)
    return Said(name.rstrip(b"\0").decode("ascii"), LiveFrame(seq, captured_at, unpack(data[_HEAD.size :])))
