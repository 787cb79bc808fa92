"""Versions that requests name: If-Match, and the errors of a conflict."""

from __future__ import annotations

from http import HTTPStatus
from typing import Protocol

from flask import request

from cms.platform.api.problems import PreconditionError, conflict_as_precondition
from province.errors import ConflictError


class VersionedSubject(Protocol):
    """Object with optimistic locking."""

    @property
    def version(self) -> int: ...


def expected_version(
    found: VersionedSubject,
    *,
    is_required: bool,
) -> int:
    """Return the version that If-Match names; ``*``, or no header where it is optional, mean the present one.

    Raises:
        PreconditionError: 428 if it is missing and required; 412 if it names no version.
    """
    header = request.headers.get("If-Match", "")
    if not header:
        if is_required:
            raise PreconditionError(HTTPStatus.PRECONDITION_REQUIRED, "send If-Match with the ETag you have seen")
        return found.version
    if header.strip() == "*":
        return found.version
    version = header.strip().removeprefix("W/").strip('"')
    if not version.isdecimal() or len(version) > 18:  # noqa: PLR2004 - beyond any version
        raise PreconditionError(HTTPStatus.PRECONDITION_FAILED, "If-Match names no version of this")
    return int(version)


def refused(error: ConflictError) -> Exception:
    """Return the error of a conflict: 412 if the caller named a version, else 409."""
    return conflict_as_precondition(error) if "If-Match" in request.headers else error
