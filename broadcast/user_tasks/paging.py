"""Paging of the people who may approve a live alert: who is called when, until one of them decides.

Step 0 calls those with the nearest right; each minute one level more is called, and those before it again. Whoever
takes the alert on gets two minutes to decide, in which nobody else is called.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from broadcast.user_tasks.model import RightHolder
from province.people import UserId

STEP_LASTS: Final = timedelta(seconds=60)
STEPS_MOST: Final = 10
"""The last step: somebody who has not heard ten calls is not there."""
HELD_FOR: Final = timedelta(minutes=2)


def step_at(submitted_at: datetime, now: datetime, taken_on: Mapping[UserId, datetime]) -> int:
    """Return the step that is due. ``taken_on``: when each person took it on, the first time."""
    waited = now - submitted_at - _held(submitted_at, now, taken_on.values())
    return max(0, min(int(waited / STEP_LASTS), STEPS_MOST))


def next_step_at(submitted_at: datetime, now: datetime, taken_on: Mapping[UserId, datetime]) -> datetime | None:
    """Return when the next step is due if nobody else takes it on; None after the last one."""
    step = step_at(submitted_at, now, taken_on)
    if step >= STEPS_MOST:
        return None
    ends_at = max((at + HELD_FOR for at in taken_on.values() if at + HELD_FOR > now), default=now)
    waited = ends_at - submitted_at - _held(submitted_at, ends_at, taken_on.values())
    return ends_at + (step + 1) * STEP_LASTS - waited


def called(levels: Sequence[Sequence[RightHolder]], step: int) -> Sequence[UserId]:
    """Return whom to call at this step; ``levels``: see ``by_level``."""
    return [each.user_id for level in levels[: step + 1] for each in level]


def is_unanswered(levels: Collection[object], step: int, taken_on: Collection[UserId]) -> bool:
    """Return whether every level has had its minute, and nobody has taken it on."""
    return step >= len(levels) and not taken_on


def _held(from_at: datetime, until_at: datetime, taken_on: Iterable[datetime]) -> timedelta:
    """Return for how long in this span somebody had it in hand."""
    held, reached_at = timedelta(), from_at
    for at in sorted(taken_on):
        starts_at, ends_at = max(at, reached_at), min(at + HELD_FOR, until_at)
        if ends_at > starts_at:
            held += ends_at - starts_at
            reached_at = ends_at
    return held
