"""How what is found becomes an answer."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response
from pydantic import BaseModel


def answer(found: BaseModel, status: int = HTTPStatus.OK) -> Response:
    return Response(found.model_dump_json(), status=status, mimetype="application/json")
