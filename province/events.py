"""Audit events, named in the past tense: committed with the change they record, in a hash-chained log."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from province.people import Actor


@dataclass(frozen=True, slots=True)
class Event:
    """``name`` is past tense after a subject kind: ``bulletin.approved``; ``detail`` holds plain JSON values."""

    name: str
    subject_id: str
    at: datetime
    by: str
    by_name: str
    detail: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, actor: Actor, name: str, subject_id: str, at: datetime, /, **detail: object) -> Self:
        """Build the event of an action by a person or by a program of ours, with these details."""
        return cls(name, subject_id, at, actor.user_id, actor.name, detail)
