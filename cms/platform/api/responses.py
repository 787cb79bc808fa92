"""Responses from pydantic models, and the description of file responses."""

from http import HTTPStatus
from typing import Any, Generic, TypeVar

from flask import Response
from pydantic import BaseModel, RootModel

from cms.platform.api.strict import Output

V = TypeVar("V")


class One(RootModel[V], Generic[V]):
    """Answer that is one value of the domain as it is."""

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Name the schema of the API's document by the value."""
        return f"{params[0].__name__}Out"


class Lines(Output, Generic[V]):
    """Answer that lists everything of one kind."""

    items: list[V]

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Name the schema of the API's document by what it lists."""
        return f"{params[0].__name__}{cls.__name__}"


class Paged(Lines[V], Generic[V]):
    """Answer that lists one page; ``next`` is the cursor of the page after it, empty on the last."""

    next: str


def answer(found: BaseModel, status: int = HTTPStatus.OK, *, version: int | None = None) -> Response:
    """Answer with a value; ``version`` is its ETag."""
    headers = {} if version is None else {"ETag": f'"{version}"'}
    return Response(found.model_dump_json(), status=status, headers=headers, mimetype="application/json")


def bytes_of(*media_types: str) -> dict[str | int, Any]:
    """Describe a response that is a file of one of these media types."""
    content = {each: {"schema": {"type": "string", "format": "binary"}} for each in media_types}
    return {200: {"description": "The file", "content": content}}


def body_of(media_type: str) -> dict[str, Any]:
    """Describe a request whose body is a file of this media type."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {"requestBody": {"required": True, "content": content}}
