"""What electronic boards show, as the API takes and tells it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from broadcast.model.deliveries import DeliveryState
from cms.api.v1.strict import Strict


class BoardBody(Strict):
    """What electronic boards show below the title. Without ``text`` the first sentences of the bulletin's own."""

    text: str = Field(default="", max_length=2_000, description="At most 500 letters")
    minutes: int = Field(
        default=0, ge=0, le=1440, description="From the beginning of each airing; 0: all the time it is valid"
    )


class BoardOut(BaseModel):
    """``is_own``: a person wrote the text; else it was made from the bulletin's."""

    model_config = ConfigDict(from_attributes=True)
    text: str
    is_own: bool
    minutes: int


class BoardLineOut(BaseModel):
    """``started_at`` and ``ended_at``: since when and until when it stood, as the board recorded it last."""

    device_id: str
    device_name: str
    area_id: str
    state: DeliveryState
    reason: str
    changed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


class BoardLines(BaseModel):
    items: list[BoardLineOut]
