"""Bases of schemas: of the bodies of requests, and of answers."""

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from cms.platform.clean_text import clean_all


class Strict(BaseModel):
    """Unknown members are refused, so that a misspelt field is never silently dropped. Texts come in clean."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _clean(cls, value: Any) -> Any:
        return clean_all(value)


class Output(BaseModel):
    """Answer, made by ``model_validate`` of the attributes of a value."""

    model_config = ConfigDict(from_attributes=True)
