"""Errors as problem+json (RFC 9457), all from the one table of ``cms.platform.errors``."""

import dataclasses
import logging
from collections.abc import Iterable, Mapping
from datetime import date, time
from enum import Enum
from functools import cache
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec
from flask import Response, current_app, g, json, request
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from broadcast.scheduling.conflicts import Clash
from cms.platform import refusal_log
from cms.platform.context import Context
from cms.platform.errors import PROBLEMS, RETRY_AFTER_S, UNEXPECTED, attributes_of, problem_of
from cms.platform.process.disk import DiskReserve
from cms.platform.store.engine import FULL, OUTAGES, outage_of
from devices.errors import DeviceError
from media.errors import MediaError
from province.call import Call
from province.errors import (
    AreaError,
    ClashError,
    ConflictError,
    DomainError,
    InvalidError,
    NotAllowedError,
    Problem,
)

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})


class ProblemDetails(BaseModel):
    """RFC 9457. ``code`` is stable; ``problems`` names every field at fault, ``clashes`` every collision."""

    type: str
    title: str
    status: int
    detail: str = ""
    code: str = ""
    problems: list[dict[str, Any]] = []
    clashes: list[dict[str, Any]] = []


class PreconditionError(Exception):
    """If-Match names a version that is no longer the current one (412), or is missing where it has to be (428)."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class KeyReusedError(Exception):
    """The idempotency key was used for another request (422)."""


def install(api: OpenAPI) -> None:
    api.register_error_handler(HTTPException, _http)
    api.register_error_handler(DomainError, _ours)
    api.register_error_handler(MediaError, _ours)
    api.register_error_handler(DeviceError, _ours)
    api.register_error_handler(AreaError, _ours)
    api.register_error_handler(PreconditionError, _precondition)
    api.register_error_handler(KeyReusedError, _key_reused)
    for kind in OUTAGES:
        api.register_error_handler(kind, _outage)


def answer(code: str, status: int = 0, **members: object) -> Response:
    """Return the problem of this code; ``members`` are its extension members."""
    row = PROBLEMS.get(code, UNEXPECTED)
    return _response(
        {"type": row.uri, "title": row.title, "status": status or row.status.value, "code": code, **members}
    )


def describe(api: OpenAPI) -> dict[str, Any]:
    """Build the OpenAPI document, with problem+json as the response to every error."""
    spec: dict[str, Any] = json.loads(json.dumps(api.api_doc))
    schema = spec["components"]["schemas"]
    schema.pop("ValidationErrorModel", None)
    schema["ProblemDetails"] = ProblemDetails.model_json_schema()
    refused = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}}
    for operations in spec["paths"].values():
        for operation in operations.values():
            operation["responses"]["422"] = {"description": "The input has problems, all listed", **refused}
            operation["responses"]["default"] = {"description": "Any other refusal", **refused}
    return spec


def name_places(field: str, ids: Iterable[str]) -> None:
    """Have the problems of this request name the members of a list by their places in the body, from 0.

    The rules name them by ids, some of which the caller has left out.
    """
    g.setdefault("places", {})[field] = {each: place for place, each in enumerate(ids)}


def _at_its_place(problem: Problem) -> Problem:
    field, _, rest = problem.field.partition(".")
    member, dot, rest = rest.partition(".")
    place = g.get("places", {}).get(field, {}).get(member)
    return problem if place is None else dataclasses.replace(problem, field=f"{field}.{place}{dot}{rest}")


def plain(value: Any) -> Any:
    """Convert a domain value to plain JSON types."""
    if names := _field_names(value.__class__):
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    return _single(value)


def _single(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields; none for other types. A look ahead converts thousands of values."""
    return tuple(each.name for each in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


def _ours(error: Exception) -> Response:
    if isinstance(error, NotAllowedError) and "call" in g:
        context = cast("Context", current_app.extensions["loa"])
        refusal_log.note_right(
            context.refusals, context.uow, cast("Call", g.call).actor, error, request.remote_addr or ""
        )
    if isinstance(error, ConflictError) and "If-Match" in request.headers:
        seen = f"the current version is {error.actual}, yours was {error.expected}"
        return _precondition(PreconditionError(HTTPStatus.PRECONDITION_FAILED, seen))
    row = problem_of(error)
    members = plain(attributes_of(error))
    if isinstance(error, InvalidError):
        members = {"problems": plain([_at_its_place(each) for each in error.problems])}
    if isinstance(error, ClashError):
        members = {"clashes": [plain(clash) for clash in error.clashes if isinstance(clash, Clash)]}
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if getattr(error, "reason", "") == "TOO_LARGE" else row.status
    return answer(
        row.code,
        status.value,
        **{key: value for key, value in members.items() if key not in {"type", "title", "status"}},
    )


def _outage(error: Exception) -> Response:
    if not (code := outage_of(error)):
        raise error
    if code in FULL:
        context = cast("Context", current_app.extensions["loa"])
        DiskReserve(context.settings, context.disk).release()
    log.warning("%s %s is answered with %s", request.method, request.path, code)
    refused = answer(code)
    refused.headers["Retry-After"] = str(RETRY_AFTER_S)
    return refused


def _precondition(error: PreconditionError) -> Response:
    title = (
        "Somebody else changed it meanwhile" if error.status == HTTPStatus.PRECONDITION_FAILED else error.status.phrase
    )
    code = "VERSION_CONFLICT" if error.status == HTTPStatus.PRECONDITION_FAILED else "IF_MATCH_MISSING"
    return _response(
        {
            "type": f"/problems/{code.lower().replace('_', '-')}",
            "title": title,
            "status": error.status.value,
            "code": code,
            "detail": error.detail,
        }
    )


def _key_reused(_error: KeyReusedError) -> Response:
    return _response(
        {
            "type": "/problems/idempotency-key-reused",
            "title": "This Idempotency-Key was used for another request",
            "status": HTTPStatus.UNPROCESSABLE_ENTITY.value,
            "code": "IDEMPOTENCY_KEY_REUSED",
        }
    )


def _http(error: HTTPException) -> Response:
    if error.response is not None and error.response.mimetype == MEDIA_TYPE:
        return error.response  # type: ignore[return-value]
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    members = {"type": "about:blank", "title": status.phrase, "status": status.value, "code": status.name}
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and error.description:
        members["detail"] = error.description
    response = _response(members)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _response(members: Mapping[str, object]) -> Response:
    return Response(json.dumps(members), status=int(str(members["status"])), mimetype=MEDIA_TYPE)
