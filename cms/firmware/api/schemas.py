"""Schemas of firmware images and roll-outs."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, field_validator

from cms.bulletins.api.schemas import Id, Sha256
from cms.platform.api.strict import Output, Strict
from devices.firmware.model import MemberState, RolloutState, Wave


class RolloutPath(BaseModel):
    rollout_id: str = Field(max_length=80)


class RolloutBody(Strict):
    """One image for each model, to all devices of these models at and below the area."""

    area_id: Id
    image_ids: list[Sha256] = Field(max_length=50)
    title: str = Field(max_length=300)


class RolloutStopBody(Strict):
    why: str = Field(max_length=2000)


class MembersQuery(BaseModel):
    state: MemberState | None = None
    cursor: str = Field(default="", max_length=40)
    limit: int = Field(default=100, ge=1, le=500)


class ImageOut(BaseModel):
    """``id`` is the SHA-256 of the signed manifest, ``sha256`` that of the image."""

    model_config = ConfigDict(from_attributes=True, protected_namespaces=())
    id: str
    model: str
    number: int
    version: str
    sha256: str
    bytes: int
    floor: int = Field(description="Once a device keeps this image, nothing numbered below boots there any more")
    notes: str
    uploaded_at: datetime
    uploaded_by_name: str


class Images(BaseModel):
    items: list[ImageOut]


class WaveOut(BaseModel):
    """``size`` counts the devices that were heard, or may still be."""

    wave: str
    size: int
    done: int
    failed: int
    open: int
    unheard: int


class RolloutOut(Output):
    id: str
    version: int
    area_id: str
    image_ids: list[str]
    title: str
    state: RolloutState
    wave: str
    wave_at: datetime | None
    paused_at: datetime | None
    created_at: datetime
    created_by_name: str
    started_by_name: str
    released_by_name: str
    stop_code: str = Field(description="GATE, UNHEARD or PERSON")
    stop_why: str
    waves: list[WaveOut] = Field(default=[], description="Only where one roll-out is asked for")

    @field_validator("wave", mode="before")
    @classmethod
    def _named(cls, wave: object) -> object:
        return wave.name.lower() if isinstance(wave, Wave) else wave


class Rollouts(BaseModel):
    items: list[RolloutOut]


class RolloutPreviewOut(BaseModel):
    """``models`` by image id; ``left_out`` by reason."""

    devices: int
    waves: dict[str, int]
    models: dict[str, int]
    left_out: dict[str, int]


class MemberOut(Output):
    device_id: str
    device_name: str
    image_id: str
    wave: str
    state: MemberState
    code: str
    attempt: int
    sent_at: datetime | None
    changed_at: datetime | None

    @field_validator("wave", mode="before")
    @classmethod
    def _named(cls, wave: object) -> object:
        return wave.name.lower() if isinstance(wave, Wave) else wave


class Members(BaseModel):
    items: list[MemberOut]
    next_cursor: str
