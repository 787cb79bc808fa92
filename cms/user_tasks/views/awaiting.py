"""State of a bulletin that waits for approval, for its sender: who may approve it, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from broadcast.bulletins.model import Bulletin
from broadcast.user_tasks.model import RightHolder
from broadcast.user_tasks.rules import first_airing_at
from cms.notifications.repository import NotificationChoices
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import formats, request_context
from cms.user_tasks import service

NAMED_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class AwaitingApproval:
    """People who may approve, the nearest first, and how many are not named; ``left``: time to the first airing."""

    people: Sequence[RightHolder]
    more: int
    airs_at: datetime | None
    left: str


def awaiting_of(uow: UnitOfWork, bulletin: Bulletin) -> AwaitingApproval:
    """Return who may approve the bulletin. Within a unit of work."""
    now = request_context.context().now()
    people = [each for level in service.reviewers(uow, bulletin, now) for each in level]
    choices = uow[NotificationChoices].of([each.user_id for each in people[:NAMED_MOST]])
    named = [replace(each, phone=each.phone or choices[each.user_id].phone) for each in people[:NAMED_MOST]]
    airs_at = first_airing_at(bulletin, now)
    left = "" if airs_at is None else formats.time_left(airs_at, now)
    return AwaitingApproval(named, max(0, len(people) - NAMED_MOST), airs_at, left)
