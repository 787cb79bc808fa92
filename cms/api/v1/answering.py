"""How what is found becomes an answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response
from pydantic import BaseModel


def answer(found: BaseModel, status: int = HTTPStatus.OK) -> Response:
    return Response(found.model_dump_json(), status=status, mimetype="application/json")


def bytes_of(*media_types: str) -> dict[str | int, Any]:
    """An answer's description where it is a file, of one of these types."""
    content = {each: {"schema": {"type": "string", "format": "binary"}} for each in media_types}
    return {200: {"description": "The file", "content": content}}
