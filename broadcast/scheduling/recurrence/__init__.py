"""Recurrence: from wall-time rules (RFC 5545, dates left out, occurrences moved) to instants. Reads no clock."""

from broadcast.scheduling.recurrence.monthly import WEEKDAYS
from broadcast.scheduling.recurrence.occurrences import (
    OCCURRENCES_MAX,
    ScheduleStart,
    airings,
    is_airing_date,
    moved_airings,
    next_start_at,
    occurrences,
    occurrences_of,
    starts,
    starts_of,
)
from broadcast.scheduling.recurrence.validation import all_problems, problems

__all__ = [
    "OCCURRENCES_MAX",
    "WEEKDAYS",
    "ScheduleStart",
    "airings",
    "all_problems",
    "is_airing_date",
    "moved_airings",
    "next_start_at",
    "occurrences",
    "occurrences_of",
    "problems",
    "starts",
    "starts_of",
]
