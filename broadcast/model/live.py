"""A live address: somebody speaks, and is heard a moment later (phát trực tiếp)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from broadcast.model.bulletins import Sound, SoundState
from province.areas import AreaId
from province.people import UserId

LiveId = NewType("LiveId", str)


class LiveState(StrEnum):
    """PREPARING: the loudspeakers are open and the chime sounds; nobody is heard yet.

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
    """Why it ended. SILENT: nothing came from the speaker any more. NEVER: the speaker did not begin in time.

    HEARD: what was recorded is over. DISCARDED: it was never released.
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
class Recording:
    """What went out, kept in the content store. ``sound_sha256`` is what a device that heard all of it tells."""

    sha256: str
    bytes: int
    duration_ms: int
    frames: int
    sound_sha256: str


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One address by one person. It ends by ``until_at`` at the latest; ``ended_by_name`` is empty if by itself.

    ``sound``: what was recorded first, made fit to be heard; None of what is spoken live. While it is HELD it may be
    released until ``until_at``; ``released_by_name`` then tells by whom.
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
    recording: Recording | None = None
    sound: Sound | None = None
    released_by_name: str = ""

    @property
    def is_open(self) -> bool:
        """Whether its places are its own: loudspeakers are open for it, or sound it."""
        return self.state in {LiveState.PREPARING, LiveState.ON_AIR}

    @property
    def is_ready(self) -> bool:
        """Whether it is held, and made fit to be heard."""
        return self.state is LiveState.HELD and self.sound is not None and self.sound.state is SoundState.READY
