"""Errors that all subjects share, split by remedy.

DomainError
├── NotFoundError        look again: the thing is not there, or not visible to you
├── ConflictError        reload: somebody else changed it meanwhile
├── ContentChangedError  listen again: what would be aired is not what was looked at
├── NotAllowedError      ask another person: you may not do this here
│   └── TokenRefusedError  have a person do it at the console: no program may
├── NotPossibleError     the state forbids it: see ``state`` and ``action``
├── FrozenError          wait, have it overridden, or stop: see ``start_at``
├── InvalidError         fix the input: see ``problems``, all of them at once
└── ClashError           move, shorten or leave out: see ``clashes``, all of them

AreaError
├── UnknownAreaError   fix the input: no such area in the tree
└── AreaTreeError      call an engineer: the tree's data contradicts itself
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


class CodedError(Exception):
    """Error with a stable ``code``, as ``class NotFoundError(DomainError, code="NOT_FOUND")``."""

    code: ClassVar[str]

    def __init_subclass__(cls, *, code: str = "") -> None:
        super().__init_subclass__()
        cls.code = code or cls.code


class DomainError(CodedError, code="BROADCAST"):
    """Base of every refusal by the rules; ``code`` is stable and translated at the edge."""


@dataclass
class NotFoundError(DomainError, code="NOT_FOUND"):
    """Nothing of that kind has that id."""

    kind: str
    id: str


@dataclass
class ConflictError(DomainError, code="VERSION_CONFLICT"):
    """The version the caller saw is not the current one."""

    kind: str
    id: str
    expected: int
    actual: int


@dataclass
class ContentChangedError(DomainError, code="CONTENT_CHANGED"):
    """Content to freeze differs from the content that the approver was shown: both are digests of it."""

    bulletin_id: str
    expected: str
    actual: str


@dataclass
class NotAllowedError(DomainError, code="NOT_ALLOWED"):
    """The actor's roles do not give this action for every area named; ``reason`` is a stable code."""

    action: str
    reason: str
    areas: tuple[str, ...] = ()


@dataclass
class TokenRefusedError(NotAllowedError, code="TOKEN_REFUSED"):
    """A program's token asked for it. ``reason``: PERSON (only people do it) or SCOPE (this token is not for it)."""


@dataclass
class NotPossibleError(DomainError, code="NOT_POSSIBLE"):
    """The transition table has no such step from the present state."""

    state: str
    action: str


@dataclass
class FrozenError(DomainError, code="FROZEN"):
    """It airs at ``start_at``, within ``freeze_min`` minutes, and its plan stands until then."""

    start_at: datetime
    freeze_min: int


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input: which field, a stable code, and figures for the sentence."""

    field: str
    code: str
    detail: dict[str, str | int] = dataclasses.field(default_factory=dict)


@dataclass
class InvalidError(DomainError, code="INVALID"):
    """The input cannot be taken; every problem is listed."""

    problems: Sequence[Problem]


@dataclass
class ClashError(DomainError, code="CLASH"):
    """The schedule collides; ``clashes`` holds every :class:`broadcast.scheduling.conflicts.Clash`."""

    clashes: Sequence[object]


class AreaError(CodedError, code="AREA"):
    """Base of the errors of the area tree; ``code`` is stable."""


@dataclass
class UnknownAreaError(AreaError, code="UNKNOWN_AREA"):
    """No area of the tree has this id."""

    area_id: str


@dataclass
class AreaTreeError(AreaError, code="AREA_TREE"):
    """An area names a missing parent, or is its own ancestor."""

    area_id: str
    reason: str


def refuse(problems: Sequence[Problem]) -> None:
    """Raise InvalidError with these problems, if there are any."""
    if problems:
        raise InvalidError(problems)


def too_long(field: str, text: str, most: int) -> list[Problem]:
    """The problem of a text of more than ``most`` letters, where it is one."""
    return [Problem(field, "TOO_LONG", {"length": len(text), "max": most})] if len(text) > most else []


def problem_if(is_wrong: object, field: str, code: str, **detail: str | int) -> list[Problem]:
    """The problem of a field, with its code and figures, where the condition says that it is wrong."""
    return [Problem(field, code, detail)] if is_wrong else []
