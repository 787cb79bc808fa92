"""Bases of schemas: of the bodies of requests, and of answers."""

from collections.abc import Callable, Collection
from dataclasses import fields
from datetime import UTC
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar, get_type_hints

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    create_model,
    field_validator,
)

from cms.platform.clean_text import clean_all

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


Record = TypeVar("Record", bound="DataclassInstance")
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
"""Instant with any offset, read as UTC."""
Id = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Strict(BaseModel):
    """Unknown members are refused, so that a misspelt field is never silently dropped. Texts come in clean."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _clean(cls, value: Any) -> Any:
        return clean_all(value)

    def build(self, kind: type[Record], **more: object) -> Record:
        """Build the domain's value with the fields of this body that it has too; ``more`` goes before those."""
        value: Record = _reader(kind).validate_python({**self.model_dump(exclude=set(more)), **more})
        return value


@cache
def _reader(kind: type[Record]) -> TypeAdapter[Record]:
    return TypeAdapter(kind)


class AreaBody(Strict):
    area_id: Id


class ReasonBody(Strict):
    """Reason of a return or rejection, for the author."""

    reason: str = Field(max_length=2000)


class WhyBody(Strict):
    why: str = Field(max_length=2000)


class PageQuery(BaseModel):
    """Paging by cursor: send ``next`` of the page before."""

    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=500)


class Output(BaseModel):
    """Answer, made by ``model_validate`` of the attributes of a value."""

    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, value: object, **more: object) -> Self:
        """Build the answer from the attributes of a value and what is known ``more`` of it."""
        own = {name: getattr(value, name) for name in cls.model_fields if name not in more}
        return cls.model_validate({**own, **more})


Schema = TypeVar("Schema", bound=BaseModel)


def fields_of(
    record: "type[DataclassInstance]", *, hidden: Collection[str] = ()
) -> Callable[[type[Schema]], type[Schema]]:
    """Add a record's fields to an answer's schema, besides those that the schema declares itself and ``hidden`` ones.

    All of them are always present in the answer. What is hidden is listed, and a contract test names every field of
    every answer, so that nothing that a record holds comes to other systems by accident.
    """

    def add(schema: type[Schema]) -> type[Schema]:
        types, left_out = get_type_hints(record), {*hidden, *schema.model_fields}
        added: dict[str, Any] = {
            field.name: (types[field.name], ...) for field in fields(record) if field.name not in left_out
        }
        return create_model(
            schema.__name__, __base__=schema, __module__=schema.__module__, __doc__=schema.__doc__, **added
        )

    return add
