"""Call list of an alert: places in which people were not warned, and the telephone calls made to them.

A place's calls are a log that only grows; its last entry decides. Entries are numbered, so that of two officers who act
on the same entry one is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from broadcast.alerts.miss_reasons import MissReason
from broadcast.alerts.model import OrderId
from province.areas import AreaId
from province.errors import NotPossibleError
from province.people import UserId

ANSWERED_WITHIN: Final = timedelta(seconds=20)
"""Connected loudspeakers that have not sounded by then are called for; whole waves of retries lie before it."""
CALL_HELD_FOR: Final = timedelta(minutes=3)
"""So long a place stays with the officer who calls it, if they note nothing."""
_KNOWN_AT_ONCE: Final = frozenset({MissReason.REFUSED, MissReason.MUTE})


class CallOutcome(StrEnum):
    """Outcome of a telephone call to a place. TAKEN: an officer is calling. RETRY: to be tried again, by anybody."""

    TAKEN = "taken"
    TOLD = "told"
    NO_ANSWER = "no_answer"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Entry of the call log of a place, for one order. ``number`` counts the entries of the place from 1."""

    order_id: OrderId
    area_id: AreaId
    number: int
    outcome: CallOutcome
    by: UserId
    by_name: str
    at: datetime

    def is_held(self, now: datetime) -> bool:
        """Return whether the officer of this entry is calling the place now."""
        return self.outcome is CallOutcome.TAKEN and now < self.at + CALL_HELD_FOR


def require_free(last: CallRecord | None, outcome: CallOutcome, by: UserId, now: datetime) -> None:
    """Require that the officer may note this: nobody else is calling there, and whoever was told is not called again.

    A place that was told can be opened again with RETRY: the officer may have chosen the wrong line.

    Raises:
        NotPossibleError: in the state of the last entry.
    """
    if last is None:
        return
    is_others = last.is_held(now) and last.by != by
    if is_others or (last.outcome is CallOutcome.TOLD and outcome is not CallOutcome.RETRY):
        raise NotPossibleError(last.outcome, outcome)


def is_to_be_called(reason: MissReason, *, is_online: bool, age: timedelta) -> bool:
    """Return whether people near a loudspeaker are to be told by telephone, ``age`` after the approval."""
    if reason in _KNOWN_AT_ONCE or (reason is MissReason.UNREACHABLE and not is_online):
        return True
    return age >= ANSWERED_WITHIN


@dataclass(frozen=True, slots=True)
class CallLine:
    """Place to be called. ``missed``: its loudspeakers to call for, by reason, of ``devices``.

    ``people``: inhabitants near those loudspeakers; None: no number is known. ``codes``: reasons of refusals.
    ``neighbours_heard``: those that were mute and heard the alert of other loudspeakers, at most at ``neighbours_db``.
    """

    area_id: AreaId
    area_name: str
    devices: int
    online: int
    seen_at: datetime | None
    missed: Mapping[MissReason, int]
    people: int | None
    codes: tuple[str, ...] = ()
    last: CallRecord | None = None
    neighbours_heard: int = 0
    neighbours_db: float | None = None

    @property
    def is_told(self) -> bool:
        return self.last is not None and self.last.outcome is CallOutcome.TOLD

    @property
    def unwarned(self) -> int:
        """Number of loudspeakers to call for."""
        return sum(self.missed.values())


def in_order(line: CallLine) -> tuple[object, ...]:
    """Return the sort key: places not told first, then by people not reached, loudspeakers and name."""
    return line.is_told, -(line.people or 0), -line.unwarned, line.area_name, line.area_id
