"""Live addresses: a person speaks, and loudspeakers sound it a moment later (phát trực tiếp)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final, NewType

from broadcast.bulletins.model import Sound, SoundState
from province.areas import AreaId
from province.people import UserId
from province.state_machine import following

LiveId = NewType("LiveId", str)


class LiveState(StrEnum):
    """State of a live address. PREPARING: the loudspeakers are open and the chime sounds; no speech is sent yet.

    HELD: it is recorded first, and listened to; no loudspeaker knows of it before it is released.
    """

    HELD = "held"
    PREPARING = "preparing"
    ON_AIR = "on_air"
    ENDED = "ended"


class LiveAction(StrEnum):
    GO = "go"
    RELEASE = "release"
    SPEAK = "speak"
    END = "end"


class LiveEnd(StrEnum):
    """Reason for its end. SILENT: no more sound came from the speaker. NEVER: the speaker did not begin in time.

    HEARD: the recording was played to its end. DISCARDED: it was never released.
    """

    OWNER = "owner"
    STOPPED = "stopped"
    SILENT = "silent"
    NEVER = "never"
    TIME_LIMIT = "time_limit"
    QUIET_HOURS = "quiet_hours"
    BROKER = "broker"
    GATEWAY = "gateway"
    HEARD = "heard"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class LiveRecording:
    """Recording of a live address in the content store.

    ``sound_sha256`` is the digest that a device reports if it received all of it.
    """

    sha256: str
    bytes: int
    duration_ms: int
    frames: int
    sound_sha256: str


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One address by one person. It ends by ``until_at`` at the latest; ``ended_by_name`` is empty if by itself.

    ``sound``: the recording made before, processed for loudspeakers; None where the speech is live. While it is HELD it
    may be released until ``until_at``; ``released_by_name`` then tells by whom.
    """

    id: LiveId
    areas: tuple[AreaId, ...]
    topic: str
    owner_id: UserId
    owner_name: str
    prepared_at: datetime
    until_at: datetime
    state: LiveState = LiveState.PREPARING
    version: int = 1
    on_air_at: datetime | None = None
    ended_at: datetime | None = None
    end: LiveEnd | None = None
    ended_by_name: str = ""
    recording: LiveRecording | None = None
    sound: Sound | None = None
    released_by_name: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether it occupies its places: their loudspeakers are open for it, or sound it."""
        return self.state in {LiveState.PREPARING, LiveState.ON_AIR}

    @property
    def is_ready(self) -> bool:
        """Return whether it is held and its sound is ready for loudspeakers."""
        return self.state is LiveState.HELD and self.sound is not None and self.sound.state is SoundState.READY


_S, _A = LiveState, LiveAction

TRANSITIONS: Final[Mapping[tuple[LiveState, LiveAction], LiveState]] = {
    (_S.HELD, _A.RELEASE): _S.ON_AIR,
    (_S.HELD, _A.END): _S.ENDED,
    (_S.PREPARING, _A.GO): _S.ON_AIR,
    (_S.PREPARING, _A.END): _S.ENDED,
    (_S.ON_AIR, _A.SPEAK): _S.ON_AIR,
    (_S.ON_AIR, _A.END): _S.ENDED,
}

WARM: Final = timedelta(seconds=1)
"""Silence in which a horn's amplifier wakes up."""
CHIME: Final = timedelta(milliseconds=1_500)
PREPARE: Final = WARM + CHIME + timedelta(seconds=1)
"""Time before the speaker may begin: warm-up and chime, and a second for the order to reach every device."""
WAIT: Final = timedelta(seconds=60)
"""Time within which the speaker has to begin; else the loudspeakers are given back."""
WATCHDOG: Final = timedelta(seconds=3)
"""Devices fall silent when nothing comes for so long; a phone that changes its cell is back sooner."""
SILENT: Final = timedelta(seconds=5)
"""An address ends after this long without sound: a little longer than the devices wait."""
RENEW: Final = timedelta(seconds=30)
"""A third of what devices wait for a renewal: two may be lost."""
HELD_FOR: Final = timedelta(hours=24)
"""Recordings older than this have to be recorded again: by then it is another situation."""
LEAD: Final = timedelta(seconds=5)
"""From a release to its first sample: every device has fetched it by then, and all begin in one instant."""
FRAME_MS: Final = 100
LARGE_FRAME_MS: Final = 200
LARGE: Final = 1_000
"""With more devices than this frames are longer: half as many messages, for a tenth of a second more of delay."""


def frame_ms(devices: int) -> int:
    """Return the length of a frame for so many devices, in ms."""
    return LARGE_FRAME_MS if devices > LARGE else FRAME_MS


next_state = partial(following, TRANSITIONS)
"""Return the state after an action. Raises NotPossibleError where the table has no such step."""
