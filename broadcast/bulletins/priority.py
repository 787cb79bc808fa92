"""Classes of bulletins, and the one scale of priority that planner and devices share: a higher number wins."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class Prio(IntEnum):
    """User of a loudspeaker. The wire's ``prio`` is this number."""

    ALERT = 9
    LIVE = 7
    PRIORITY_BULLETIN = 6
    RELAY = 5
    NORMAL_BULLETIN = 4
    TEST = 1


class PriorityClass(StrEnum):
    """Circular 39/2020: thông thường, ưu tiên. Khẩn cấp is an alert, never a bulletin."""

    NORMAL = "normal"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class PriorityClassRule:
    """Rules of one class.

    ``prio``: its place on the scale. ``icalendar``: its priority in RFC 5545, from 1, the highest, to 9. ``raised_to``:
    the class offered against a clash of equals. ``stands_out``: lists mark it. ``is_placed_at_once``: handed down, it
    is placed by the server, and does not wait for the commune's answer.
    """

    prio: Prio
    icalendar: int
    raised_to: PriorityClass | None = None
    stands_out: bool = False
    is_placed_at_once: bool = False


CLASSES: Final[Mapping[PriorityClass, PriorityClassRule]] = {
    PriorityClass.NORMAL: PriorityClassRule(Prio.NORMAL_BULLETIN, icalendar=5, raised_to=PriorityClass.PRIORITY),
    PriorityClass.PRIORITY: PriorityClassRule(
        Prio.PRIORITY_BULLETIN, icalendar=1, stands_out=True, is_placed_at_once=True
    ),
}


def prio_of(priority: PriorityClass) -> int:
    """Return the place of a bulletin of this class on the scale."""
    return CLASSES[priority].prio.value


def outranks(prio: int, other: int) -> bool:
    """Return whether the first takes the loudspeaker from the second. Equals do not."""
    return prio > other
