"""Names in the event log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class By:
    """Person who makes the change, as recorded in the log."""

    id: str
    name: str
