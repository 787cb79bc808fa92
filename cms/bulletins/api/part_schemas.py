"""Schemas of parts of a bulletin: cues of its recording, notes on its text."""

from datetime import datetime

from pydantic import ConfigDict, Field

from cms.platform.api.strict import Output, Strict


class CuesBody(Strict):
    """Aired part of a recording, in ms of it; ``out_ms`` null: to its end. The recording itself stays as it is."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    in_ms: int = Field(default=0, ge=0, le=86_400_000)
    out_ms: int | None = Field(default=None, ge=0, le=86_400_000)
    fade_in_ms: int = Field(default=0, ge=0, le=86_400_000)
    fade_out_ms: int = Field(default=0, ge=0, le=86_400_000)


class NoteBody(Strict):
    """``quote`` is copied from the text exactly; of several such places the one nearest to ``near`` is meant."""

    text: str = Field(max_length=1000)
    quote: str = Field(default="", max_length=500)
    near: int = Field(default=0, ge=0, description="Where it stands, in characters from the beginning of the text")


class ReturnBody(Strict):
    """For its author; the reason may be empty where there are notes."""

    reason: str = Field(default="", max_length=2000)
    notes: list[NoteBody] = Field(default=[], max_length=50)


class SettleBody(Strict):
    is_done: bool = True


class PassageOut(Output):
    quote: str
    start: int


class NoteOut(Output):
    """``passage`` is where it stood when it was written; null: about the whole bulletin."""

    id: str
    passage: PassageOut | None
    text: str
    by_name: str
    at: datetime
    done_at: datetime | None
    done_by_name: str
