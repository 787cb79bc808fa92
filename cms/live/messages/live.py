"""Live address messages: start, renewals and end, signed; its sealed frames; or the recording made for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from broadcast.bulletins.priority import Prio
from broadcast.live import model
from broadcast.live.model import LiveRecording, LiveSession
from cms.platform.gateway.messages import OutgoingMessage, to_ms
from cms.platform.keyring import Keyring
from devices.protocol import codec, topics
from devices.protocol.limits import IAT_AHEAD_MAX_MS, LIVE_RENEW_MS
from devices.protocol.live import LiveFrame, SessionKey
from devices.protocol.messages import Audio, Command, CommandType, Live, Play, Target

START_LASTS: Final = timedelta(seconds=30)
"""A start that arrives later is ignored; the next renewal brings the device in."""
STOP_LASTS: Final = timedelta(hours=1)
RENEW_LASTS: Final = timedelta(milliseconds=LIVE_RENEW_MS)
FRAME_EXPIRY_S: Final = 2
ANSWERS_MS: Final = 300


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
    payload = keyring.sign_plan(codec.encode(command))
    expiry_s = int(lasts.total_seconds())
    return [OutgoingMessage(topics.area_command(area_id), payload, expiry_s=expiry_s) for area_id in session.areas]


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
