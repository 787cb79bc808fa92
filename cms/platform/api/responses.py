"""Responses from pydantic models, and the description of file responses."""

from http import HTTPStatus
from typing import Any

from flask import Response
from pydantic import BaseModel


def answer(found: BaseModel, status: int = HTTPStatus.OK) -> Response:
    return Response(found.model_dump_json(), status=status, mimetype="application/json")


def bytes_of(*media_types: str) -> dict[str | int, Any]:
    """Describe a response that is a file of one of these media types."""
    content = {each: {"schema": {"type": "string", "format": "binary"}} for each in media_types}
    return {200: {"description": "The file", "content": content}}
