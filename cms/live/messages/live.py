"""Live address messages: start, renewals and end, signed; its sealed frames; or the recording made for it."""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from broadcast.bulletins.priority import Prio
from broadcast.live import model
from broadcast.live.model import LiveRecording, LiveSession
from cms.platform.gateway.messages import OutgoingMessage, to_ms
from cms.platform.keyring import Keyring
from devices.protocol import codec, topics
from devices.protocol.limits import IAT_AHEAD_MAX_MS, LIVE_RENEW_MS
from devices.protocol.live import LiveFrame, SessionKey, pack, unpack
from devices.protocol.messages import Audio, Command, CommandType, Live, Play, Target
from media import opus
from media.ports import ContentStore

START_LASTS: Final = timedelta(seconds=30)
"""A start that arrives later is ignored; the next renewal brings the device in."""
STOP_LASTS: Final = timedelta(hours=1)
RENEW_LASTS: Final = timedelta(milliseconds=LIVE_RENEW_MS)
FRAME_EXPIRY_S: Final = 2
ANSWERS_MS: Final = 300
_HEAD: Final = struct.Struct(">IQI")
SUFFIX: Final = ".frames"
LONGEST_GAP: Final = 600
"""A longer gap is not filled with silence: the browser's counter jumped, and nothing was said meanwhile."""


class LiveMessages:
    """Builder of one session's messages. The session's key exists as long as this object, in memory only."""

    def __init__(self, keyring: Keyring, session: LiveSession, frame_ms: int, key: SessionKey | None = None) -> None:
        self._keyring = keyring
        self._session = session
        self._frame_ms = frame_ms
        self._key = key or SessionKey()
        self._renewals = 0

    def start(self, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the start for every area: open the loudspeakers."""
        return self._orders(CommandType.LIVE_START, self._session.id, now, START_LASTS)

    def renew(self, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the renewal for every area: the session goes on."""
        self._renewals += 1
        return self._orders(CommandType.LIVE_RENEW, f"{self._session.id}-r{self._renewals}", now, RENEW_LASTS)

    def frames(self, frame: LiveFrame) -> Sequence[OutgoingMessage]:
        """Build the frame for every area, sealed, for this moment only.

        Raises:
            OversizeError: the frame is too large.
        """
        sealed = self._key.seal(self._session.id, frame)
        return [
            OutgoingMessage(topics.area_live(area_id, self._session.id), sealed, qos=0, expiry_s=FRAME_EXPIRY_S)
            for area_id in self._session.areas
        ]

    def _orders(self, kind: CommandType, cid: str, now: datetime, lasts: timedelta) -> Sequence[OutgoingMessage]:
        live = Live(
            session=self._session.id,
            key=self._key.x,
            until=to_ms(self._session.until_at),
            frame_ms=self._frame_ms,
            warm_ms=_ms(model.WARM),
            chime_ms=_ms(model.CHIME),
            wait_ms=_ms(model.WAIT),
            watchdog_ms=_ms(model.WATCHDOG),
        )
        return _signed(self._keyring, self._session, kind, cid=cid, now=now, lasts=lasts, live=live)


def release_letters(
    keyring: Keyring, session: LiveSession, sound: LiveRecording, now: datetime
) -> Sequence[OutgoingMessage]:
    """Build the playback of the recording for every area, always with the same id, so that a device executes it once.

    All devices begin at one instant; one that gets it later begins at once, up to the instant at which the others end.
    """
    due_at = (session.on_air_at or now) + model.LEAD
    content = Audio(sound.sha256, sound.bytes, sound.duration_ms)
    play = Play(start_at=to_ms(max(due_at, now)), volume_pct=100, after="resume")
    lasts = session.until_at - now
    return _signed(keyring, session, CommandType.PLAY, cid=session.id, now=now, lasts=lasts, content=content, play=play)


def stop_letters(keyring: Keyring, session: LiveSession, now: datetime) -> Sequence[OutgoingMessage]:
    """Build the end for every area. It needs no session key, which may be gone with its gateway."""
    cid, refs = f"{session.id}-stop", [session.id]
    kind = CommandType.LIVE_STOP if session.sound is None else CommandType.CANCEL
    return _signed(keyring, session, kind, cid=cid, now=now, lasts=STOP_LASTS, refs=refs)


def _signed(
    keyring: Keyring,
    session: LiveSession,
    kind: CommandType,
    *,
    cid: str,
    now: datetime,
    lasts: timedelta,
    live: Live | None = None,
    refs: Sequence[str] = (),
    content: Audio | None = None,
    play: Play | None = None,
) -> Sequence[OutgoingMessage]:
    names = [session.owner_name[:300], session.released_by_name[:300]]
    command = Command(
        v=codec.VERSION,
        cid=cid,
        type=kind,
        prio=Prio.LIVE.value,
        iat=to_ms(now),
        nbf=to_ms(now) - IAT_AHEAD_MAX_MS,
        exp=to_ms(now + lasts),
        target=Target(areas=list(session.areas)),
        refs=list(refs),
        jitter_ms=ANSWERS_MS,
        approved_by=list(dict.fromkeys(filter(None, names))),
        live=live,
        content=content,
        play=play,
    )
    payload = keyring.sign_command(command)
    expiry_s = int(lasts.total_seconds())
    return [OutgoingMessage(topics.area_command(area_id), payload, expiry_s=expiry_s) for area_id in session.areas]


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


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
