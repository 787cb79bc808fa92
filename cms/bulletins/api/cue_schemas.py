"""Schema of a recording's cues: the aired part and its fades."""

from pydantic import ConfigDict, Field

from cms.platform.api.strict import Strict


class CuesBody(Strict):
    """Aired part of a recording, in ms of it; ``out_ms`` null: to its end. The recording itself stays as it is."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    in_ms: int = Field(default=0, ge=0, le=86_400_000)
    out_ms: int | None = Field(default=None, ge=0, le=86_400_000)
    fade_in_ms: int = Field(default=0, ge=0, le=86_400_000)
    fade_out_ms: int = Field(default=0, ge=0, le=86_400_000)
