"""Schedules of bulletins: wall time of the province, RFC 5545 for repetition."""

from dataclasses import dataclass
from datetime import date, datetime

from province.wall_clock import DEFAULT_ZONE


@dataclass(frozen=True, slots=True)
class Move:
    """The occurrence of one local date takes place at another wall time instead."""

    on: date
    to: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rule. ``starts`` and ``Move.to`` are naive wall times in ``zone``.

    ``rrule`` is an RFC 5545 RRULE value of FREQ=DAILY or WEEKLY ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8"), empty for once.
    ``except_on`` are local dates left out. ``id`` is stable within its bulletin.
    ``not_on`` names sets of dates (``broadcast.scheduling.closed_days``) and ``closed_on`` those of its dates that they
    held when the rule was saved.
    """

    id: str
    starts: datetime
    rrule: str = ""
    except_on: tuple[date, ...] = ()
    moves: tuple[Move, ...] = ()
    zone: str = DEFAULT_ZONE
    not_on: tuple[str, ...] = ()
    closed_on: tuple[date, ...] = ()

    @property
    def is_endless(self) -> bool:
        """Return whether it repeats without a last day or a number of airings."""
        return bool(self.rrule) and not {"COUNT", "UNTIL"} & {part.partition("=")[0] for part in self.rrule.split(";")}
