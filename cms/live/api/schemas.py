"""Schemas of live addresses."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from broadcast.bulletins.model import SoundState
from broadcast.live.model import LiveEnd, LiveSession, LiveState
from cms.bulletins.api.schemas import Id, Sha256
from cms.live.service.held_addresses import device_sound_of
from cms.platform.api.strict import Strict
from devices.protocol.live import SEQ_MAX


class LiveMode(StrEnum):
    RECORD = "record"
    LIVE = "live"


class LivePath(BaseModel):
    live_id: str = Field(max_length=80)


class FrameQuery(BaseModel):
    """Number of the frame, counted up from 0, and the instant when its first sample was spoken (ms UTC)."""

    seq: int = Field(ge=0, le=SEQ_MAX)
    at: int = Field(ge=0, lt=2**53)


class LiveBody(Strict):
    areas: list[Id] = Field(max_length=200)
    topic: str = Field(max_length=2000)
    way: LiveMode = LiveMode.RECORD


class LiveSoundBody(Strict):
    sha256: Sha256


class LiveRecordingOut(BaseModel):
    """Recording of the sent sound, at ``/content/{sha256}`` (Ogg Opus)."""

    model_config = ConfigDict(from_attributes=True)
    sha256: str
    bytes: int
    duration_ms: int
    frames: int


class LiveSoundOut(BaseModel):
    """Sound recorded beforehand, processed for airing: listen to ``/content/{sha256}`` before it is released."""

    state: SoundState
    error: str
    sha256: str
    duration_ms: int


class DelayOut(BaseModel):
    """From mouth to loudspeaker, as the devices told."""

    model_config = ConfigDict(from_attributes=True)
    devices: int
    median_ms: int
    p95_ms: int


class LiveOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    version: int
    areas: list[str]
    topic: str
    owner_name: str
    state: LiveState
    prepared_at: datetime
    until_at: datetime = Field(description="It ends by then; while it is held: it may be released until then")
    on_air_at: datetime | None
    ended_at: datetime | None
    end: LiveEnd | None
    ended_by_name: str
    released_by_name: str
    recording: LiveRecordingOut | None
    recorded_first: LiveSoundOut | None = Field(default=None, description="null: it is spoken live")

    @classmethod
    def of(cls, found: LiveSession) -> Self:
        told = cls.model_validate(found)
        if found.sound is not None:
            made = device_sound_of(found)
            told.recorded_first = LiveSoundOut(
                state=found.sound.state,
                error=found.sound.error,
                sha256=made.sha256 if made else "",
                duration_ms=made.duration_ms if made else 0,
            )
        return told


class LiveWithReachOut(LiveOut):
    frame_ms: int = Field(description="How much sound a frame has to hold")
    reached: dict[str, int] = Field(description="How many devices are in which state")
    delay: DelayOut | None


class Lives(BaseModel):
    items: list[LiveOut]
