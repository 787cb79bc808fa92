"""Versions of subjects: If-Match names the one that the caller has seen, and only that one is changed."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from flask import Response, request

from cms.platform.api import caller
from cms.platform.api.problems import PreconditionError
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output
from cms.platform.context import Versioned

T = TypeVar("T")
_LENGTH_MAX = 18
"""Digits of a version: more are beyond any."""


def expected_version(present: int, *, is_required: bool = False) -> int:
    """Return the version that If-Match names; ``*``, or no header where it is optional, mean the present one.

    Raises:
        PreconditionError: 428 if it is missing and required; 412 if it names no version.
    """
    header = request.headers.get("If-Match", "")
    if not header:
        if is_required:
            raise PreconditionError(HTTPStatus.PRECONDITION_REQUIRED, "send If-Match with the ETag you have seen")
        return present
    if header.strip() == "*":
        return present
    version = header.strip().removeprefix("W/").strip('"')
    if not version.isdecimal() or len(version) > _LENGTH_MAX:
        raise PreconditionError(HTTPStatus.PRECONDITION_FAILED, "If-Match names no version of this")
    return int(version)


def step(act: Callable[..., T], found: Versioned, *, is_required: bool = False, **more: object) -> T:
    """Call ``act`` as the caller on the version that If-Match names. Raises what ``act`` raises."""
    version = expected_version(found.version, is_required=is_required)
    return act(caller.context().uow(), found.id, expected_version=version, call=caller.call(), **more)


def stepped(
    schema: type[Output], act: Callable[..., Versioned], found: Versioned, *, is_required: bool = False, **more: object
) -> Response:
    """Call ``act`` as ``step`` does, and answer with the subject as it is then. Raises what ``act`` raises."""
    changed = step(act, found, is_required=is_required, **more)
    return answer(schema.model_validate(changed), version=changed.version)
