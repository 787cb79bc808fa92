"""What the rules refuse, split by remedy.

BroadcastError
├── NotFoundError        look again: the thing is not there, or not visible to you
├── ConflictError        reload: somebody else changed it meanwhile
├── ContentChangedError  listen again: what would be aired is not what was looked at
├── NotAllowedError      ask another person: you may not do this here
│   └── TokenRefusedError  have a person do it at the console: no program may
├── NotPossibleError     the state forbids it: see ``state`` and ``action``
├── FrozenError          wait, have it overridden, or stop: see ``start_at``
├── InvalidError         fix the input: see ``problems``, all of them at once
└── ClashError           move, shorten or leave out: see ``clashes``, all of them
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


class BroadcastError(Exception):
    """Base of every refusal by the rules; ``code`` is stable and translated at the edge."""

    code: ClassVar[str] = "BROADCAST"


@dataclass
class NotFoundError(BroadcastError):
    """Nothing of that kind has that id."""

    kind: str
    id: str
    code: ClassVar[str] = "NOT_FOUND"


@dataclass
class ConflictError(BroadcastError):
    """The version the caller saw is not the current one."""

    kind: str
    id: str
    expected: int
    actual: int
    code: ClassVar[str] = "VERSION_CONFLICT"


@dataclass
class ContentChangedError(BroadcastError):
    """What an approval would freeze differs from what the approver was shown: both are digests of it."""

    bulletin_id: str
    expected: str
    actual: str
    code: ClassVar[str] = "CONTENT_CHANGED"


@dataclass
class NotAllowedError(BroadcastError):
    """The actor's roles do not give this action for every area named; ``reason`` is a stable code."""

    action: str
    reason: str
    areas: tuple[str, ...] = ()
    code: ClassVar[str] = "NOT_ALLOWED"


@dataclass
class TokenRefusedError(NotAllowedError):
    """A program's token asked for it. ``reason``: PERSON (only people do it) or SCOPE (this token is not for it)."""

    code: ClassVar[str] = "TOKEN_REFUSED"


@dataclass
class NotPossibleError(BroadcastError):
    """The transition table has no such step from the present state."""

    state: str
    action: str
    code: ClassVar[str] = "NOT_POSSIBLE"


@dataclass
class FrozenError(BroadcastError):
    """It airs at ``start_at``, within ``freeze_min`` minutes, and its plan stands until then."""

    start_at: datetime
    freeze_min: int
    code: ClassVar[str] = "FROZEN"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input: which field, a stable code, and figures for the sentence."""

    field: str
    code: str
    detail: dict[str, str | int] = dataclasses.field(default_factory=dict)


@dataclass
class InvalidError(BroadcastError):
    """The input cannot be taken; every problem is listed."""

    problems: Sequence[Problem]
    code: ClassVar[str] = "INVALID"


@dataclass
class ClashError(BroadcastError):
    """The schedule collides; ``clashes`` holds every :class:`broadcast.conflicts.Clash`."""

    clashes: Sequence[object]
    code: ClassVar[str] = "CLASH"


def too_long(field: str, text: str, most: int) -> list[Problem]:
    """The problem of a text of more than ``most`` letters, where it is one."""
    return [Problem(field, "TOO_LONG", {"length": len(text), "max": most})] if len(text) > most else []
