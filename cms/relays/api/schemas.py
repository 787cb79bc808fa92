"""Schemas of a bulletin's relay, and of the outcome of a relayed airing."""

from datetime import date

from pydantic import ConfigDict, Field

from cms.platform.api.strict import Strict


class RelayBody(Strict):
    """An approved source and a length; the bulletin's own sound stands in where the stream fails."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
    source_id: str = Field(max_length=80)
    length_ms: int = Field(ge=0, le=86_400_000)


class LicenceBody(Strict):
    """Minutes 0: as long as one likes."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
    paper: str = Field(default="", max_length=300)
    until_on: date | None = None
    slot_max_minutes: int = Field(default=0, ge=0)
    day_max_minutes: int = Field(default=0, ge=0)
