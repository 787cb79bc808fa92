"""Audit events, named in the past tense: committed with the change they record, in a hash-chained log."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """``name`` is past tense after a subject kind: ``bulletin.approved``; ``detail`` holds plain JSON values."""

    name: str
    subject_id: str
    at: datetime
    by: str
    by_name: str
    detail: dict[str, object] = field(default_factory=dict)
