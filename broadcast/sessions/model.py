"""Broadcast sessions (buổi phát) and their running orders."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final, NewType

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.schedules import NO_SESSION, SessionId
from province.areas import AreaId
from province.people import UserId

__all__ = [
    "ITEMS_MAX",
    "NO_SESSION",
    "BroadcastSession",
    "ItemKey",
    "ItemRole",
    "Overrun",
    "RunningOrder",
    "RunningOrderId",
    "SessionId",
    "SessionItem",
]

ITEMS_MAX: Final = 40
"""Most items of one session: more than two hours of one-minute items with pauses would hold."""

RunningOrderId = NewType("RunningOrderId", str)


class ItemRole(StrEnum):
    """Place of an item by its purpose. FILL: heard only where time is left. OPENING comes first, CLOSING last."""

    OPENING = "opening"
    ITEM = "item"
    FILL = "fill"
    CLOSING = "closing"


class Overrun(StrEnum):
    """Treatment of items for which no time is left: REFUSE them, PUSH them to the next date, or DROP them."""

    REFUSE = "refuse"
    PUSH = "push"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class ItemKey:
    """Airing of a bulletin in a session: the bulletin, and the schedule of it that names the session."""

    bulletin_id: BulletinId
    schedule_id: str


@dataclass(frozen=True, slots=True)
class SessionItem:
    """Item of a running order. ``anchor``: the wall time at which it begins exactly; None: after the item before."""

    bulletin_id: BulletinId
    schedule_id: str
    role: ItemRole = ItemRole.ITEM
    anchor: time | None = None

    @property
    def key(self) -> ItemKey:
        return ItemKey(self.bulletin_id, self.schedule_id)


@dataclass(frozen=True, slots=True)
class BroadcastSession:
    """Session heard at and below ``area_id``, at ``clock`` on the dates of ``rrule`` (RFC 5545) from ``first_on``.

    ``gap_ms`` lie between two items. ``standing`` are the items of every date that their own schedules name, in order.
    ``last_on``: the last date on which it is held; None: without an end.
    """

    id: SessionId
    area_id: AreaId
    name: str
    first_on: date
    clock: time
    rrule: str
    length_ms: int
    gap_ms: int
    overrun: Overrun
    changed_at: datetime
    changed_by: UserId
    changed_by_name: str
    standing: tuple[SessionItem, ...] = ()
    last_on: date | None = None
    version: int = 1

    @property
    def starts(self) -> datetime:
        """First wall time."""
        return datetime.combine(self.first_on, self.clock)


@dataclass(frozen=True, slots=True)
class RunningOrder:
    """Running order of a session on one date. ``locked_at``: when it was locked; ``left_out`` had no approval then."""

    id: RunningOrderId
    session_id: SessionId
    on: date
    items: tuple[SessionItem, ...] = ()
    locked_at: datetime | None = None
    left_out: tuple[BulletinId, ...] = ()
    version: int = 1
