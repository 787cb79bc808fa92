"""Exercises of a training world, and who has passed which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from province.areas import AreaId
from province.people import Role, UserId


class Exercise(StrEnum):
    """Exercise of a training world, marked by what the server itself has stored."""

    WRITE = "write"
    ANSWER = "answer"
    APPROVE = "approve"
    RETURN = "return"
    DRILL = "drill"
    APPROVE_DRILL = "approve_drill"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class PracticeAct:
    """Act of a person on one subject, as the event log has it."""

    by: UserId
    name: str
    subject_id: str
    at: datetime
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Participant:
    """Person of a training world. ``passed_at`` by exercise, for those of their roles that are passed."""

    user_id: UserId
    name: str
    roles: frozenset[Role]
    areas: tuple[AreaId, ...]
    exercises: Sequence[Exercise]
    passed_at: Mapping[Exercise, datetime]

    @property
    def has_passed(self) -> bool:
        """Return whether all exercises of the person's roles are passed; a role without any is not trained here."""
        return bool(self.exercises) and len(self.passed_at) == len(self.exercises)
