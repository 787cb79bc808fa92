"""Schedules of bulletins: wall time of the province, RFC 5545 for repetition."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NewType

from province.wall_clock import DEFAULT_ZONE

SessionId = NewType("SessionId", str)
NO_SESSION = SessionId("")


@dataclass(frozen=True, slots=True)
class Move:
    """The occurrence of one local date takes place at another wall time instead."""

    on: date
    to: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rule. ``starts`` and ``Move.to`` are naive wall times in ``zone``.

    ``rrule`` is an RFC 5545 RRULE value of FREQ=DAILY, WEEKLY ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8") or MONTHLY, empty for
    once.
    ``except_on`` are local dates left out. ``id`` is stable within its bulletin.
    ``not_on`` names sets of dates (``broadcast.scheduling.closed_days``) and ``closed_on`` those of its dates that they
    held when the rule was saved.
    With a ``session`` the airings lie within that broadcast session, which begins at ``starts``: their places in its
    running order are the ``moves``, and ``closed_on`` also holds dates on which the session has no place for them.
    """

    id: str
    starts: datetime
    rrule: str = ""
    except_on: tuple[date, ...] = ()
    moves: tuple[Move, ...] = ()
    zone: str = DEFAULT_ZONE
    not_on: tuple[str, ...] = ()
    closed_on: tuple[date, ...] = ()
    session: SessionId = NO_SESSION

    @property
    def unplaced(self) -> "Schedule":
        """The schedule as people write and approve it: without its places in running orders."""
        return replace(self, moves=(), closed_on=()) if self.session else self

    @property
    def is_endless(self) -> bool:
        """Return whether it repeats without a last day or a number of airings."""
        return bool(self.rrule) and not {"COUNT", "UNTIL"} & {part.partition("=")[0] for part in self.rrule.split(";")}
