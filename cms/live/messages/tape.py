"""Live tape: the frames of a live address, on disk at every moment, and a sound file at the end."""

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from broadcast.live.model import LiveRecording, LiveSession
from devices.protocol.live import LiveFrame, pack, unpack
from media import opus
from media.ports import ContentStore

_HEAD: Final = struct.Struct(">IQI")
SUFFIX: Final = ".frames"
LONGEST_GAP: Final = 600
"""A longer gap is not filled with silence: the browser's counter jumped, and nothing was said meanwhile."""


class LiveTape:
    """Frames of one session, appended to a file."""

    def __init__(self, folder: Path, session_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{session_id}{SUFFIX}"
        self._file = self.path.open("ab", buffering=0)

    def write(self, frame: LiveFrame) -> None:
        sound = pack(frame.packets)
        self._file.write(_HEAD.pack(frame.seq, frame.captured_at, len(sound)) + sound)

    def close(self) -> None:
        self._file.close()


def keep(path: Path, session: LiveSession, content: ContentStore) -> LiveRecording | None:
    """Store the tape as a file in the content store; None if it has no frame. A half-written last frame is left out."""
    frames = sorted(_frames(path), key=lambda frame: frame.seq) if path.exists() else []
    if not frames:
        return None
    sound = hashlib.sha256(b"".join(frame.sound for frame in frames)).hexdigest()
    packets = list(_filled(frames))
    data = opus.ogg_opus(packets, session.topic)
    length_ms = round(sum(opus.packet_ms(packet) or 0 for packet in packets))
    return LiveRecording(content.put_bytes(data), len(data), length_ms, len(frames), sound)


def _frames(path: Path) -> Iterator[LiveFrame]:
    data = path.read_bytes()
    at = 0
    while at + _HEAD.size <= len(data):
        seq, captured_at, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        if at + length > len(data):
            return
        yield LiveFrame(seq, captured_at, unpack(data[at : at + length]))
        at += length


def _filled(frames: list[LiveFrame]) -> Iterator[bytes]:
    """Yield every packet in order, and silence for missing frames."""
    before: LiveFrame | None = None
    for frame in frames:
        lost = 0 if before is None else frame.seq - before.seq - 1
        if before is not None and lost <= LONGEST_GAP:
            length_ms = sum(opus.packet_ms(packet) or 0 for packet in before.packets)
            yield from [opus.SILENCE_20_MS] * round(lost * length_ms / 20)
        yield from frame.packets
        before = frame
