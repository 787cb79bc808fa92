"""The one scale of priority: a higher number wins. Planner and devices share it (DESIGN §6)."""

from __future__ import annotations

from enum import IntEnum
from typing import assert_never

from broadcast.bulletins.model import PriorityClass


class Prio(IntEnum):
    """User of a loudspeaker. The wire's ``prio`` is this number."""

    ALERT = 9
    LIVE = 7
    PRIORITY_BULLETIN = 6
    RELAY = 5
    NORMAL_BULLETIN = 4
    TEST = 1


def prio_of(priority: PriorityClass) -> int:
    """Return the place of a bulletin of this class on the scale."""
    match priority:
        case PriorityClass.NORMAL:
            return Prio.NORMAL_BULLETIN.value
        case PriorityClass.PRIORITY:
            return Prio.PRIORITY_BULLETIN.value
        case _:
            assert_never(priority)


def outranks(prio: int, other: int) -> bool:
    """Return whether the first takes the loudspeaker from the second. Equals do not."""
    return prio > other
