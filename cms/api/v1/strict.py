"""What every body that comes in is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Unknown members are refused, so that a misspelt field is never silently dropped."""

    model_config = ConfigDict(extra="forbid")
