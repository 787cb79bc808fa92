"""Live audio from the web to the gateway: one datagram a frame, past the tables; between hosts through PostgreSQL.

A lost frame is not repeated: the device conceals it, and nothing waits for it.
"""

import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from broadcast.live.model import FRAME_MS, LARGE_FRAME_MS
from cms.platform.context import Context
from cms.platform.gateway import outbox_notifier
from cms.platform.process.loops import keep_doing
from cms.platform.process.unix_socket import Listening, send
from cms.platform.settings import Settings
from cms.platform.store.heartbeats import GATEWAY
from cms.platform.store.process_lease import LISTEN_S, hear, tell_holder
from devices.protocol.errors import MalformedError
from devices.protocol.limits import LIVE_FRAME_MAX_BYTES
from devices.protocol.live import SEQ_MAX, LiveFrame, pack, unpack
from media import opus

_HEAD: Final = struct.Struct(">40sIQ")
_AT_ONCE: Final = 256
_INSTANTS: Final = 2**53


@dataclass(frozen=True, slots=True)
class UnsealedFrame:
    """One frame of one live address, not yet sealed."""

    session: str
    frame: LiveFrame


def path_of(settings: Settings) -> Path:
    """Return the socket on which the gateway listens."""
    return settings.run_dir / "live.sock"


def say(context: Context, said: UnsealedFrame) -> bool:
    """Send a frame to the gateway, on this host or another. False: none is listening, or its buffer is full."""
    head = _HEAD.pack(said.session.encode("ascii"), said.frame.seq, said.frame.captured_at)
    data = head + pack(said.frame.packets)
    if send(path_of(context.settings), data):
        return True
    return context.has_hosts and tell_holder(context.engine, GATEWAY, data)


def hear_other_hosts(context: Context, stopping: threading.Event) -> None:
    """Pass on frames and wake-ups from processes on other hosts, until stopped."""

    def pass_on(data: bytes) -> None:
        if data == outbox_notifier.RING:
            outbox_notifier.ring(outbox_notifier.path_of(context.settings))
        send(path_of(context.settings), data)

    step = partial(hear, context.engine, GATEWAY, pass_on, stopping)
    keep_doing(step, stopping, "hearing other hosts", retry_s=LISTEN_S)


class LiveInlet(Listening):
    """Receiving end of live audio, in the gateway."""

    def take(self, timeout_s: float) -> Sequence[UnsealedFrame]:
        """Return the frames received by now, waiting ``timeout_s`` at most.

        A datagram shorter than a frame only wakes the reader: the outbox has new rows.
        """
        came = self.datagrams(timeout_s, _HEAD.size + LIVE_FRAME_MAX_BYTES, _AT_ONCE)
        return [_read(data) for data in came if len(data) > _HEAD.size]


def read_body(seq: str, captured_at: str, body: bytes) -> LiveFrame:
    """Read a frame as the speaker's browser sent it: 100 or 200 ms of mono Opus.

    Raises:
        MalformedError: its number, instant or packets are invalid.
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


def _read(data: bytes) -> UnsealedFrame:
    name, seq, captured_at = _HEAD.unpack_from(data)
    return UnsealedFrame(name.rstrip(b"\0").decode("ascii"), LiveFrame(seq, captured_at, unpack(data[_HEAD.size :])))
