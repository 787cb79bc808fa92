"""A bulletin handed down to one commune, which chooses (normal) or decides the order (priority). Circular 39/2020."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.priority import PriorityClass
from province.areas import AreaId
from province.people import UserId

HandedDownId = NewType("HandedDownId", str)


class HandedDownState(StrEnum):
    """OFFERED waits for the commune · PLACING is placed by the server at once · COLLIDING asks for an order first.

    PLACED: the commune has a bulletin of its own made of it · LAPSED: no answer came, or nothing was left to air.
    """

    OFFERED = "offered"
    PLACING = "placing"
    COLLIDING = "colliding"
    PLACED = "placed"
    DECLINED = "declined"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken_back"


class HandedDownAction(StrEnum):
    """ACCEPT and DECLINE are the commune's, ORDER too or the default's; TAKE_BACK the sender's."""

    ACCEPT = "accept"
    DECLINE = "decline"
    PLACE = "place"
    COLLIDE = "collide"
    ORDER = "order"
    LAPSE = "lapse"
    TAKE_BACK = "take_back"


class First(StrEnum):
    """Choice of the priority item that airs at its time; the other follows as soon as there is room."""

    ABOVE = "above"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class InboxRules:
    """Defaults for a commune that does not answer: those of the nearest area above that sets any, else these."""

    first: First = First.ABOVE
    order_minutes: int = 60
    answer_hours: int = 48


@dataclass(frozen=True, slots=True)
class HandedDown:
    """A bulletin handed down. ``bulletin_id`` is the sender's, ``placed_id`` the commune's own.

    ``version`` rises by one with every saved change. ``approved_by`` approved the content; names are frozen.
    ``seen_at`` is when a person of the commune first opened it. ``reason`` is the commune's text where it declined,
    else a code: DEFAULT NO_ROOM NOTHING_LEFT_TO_AIR.
    """

    id: HandedDownId
    bulletin_id: BulletinId
    area_id: AreaId
    title: str
    priority: PriorityClass
    state: HandedDownState
    approved_by: UserId
    approved_by_name: str
    sent_at: datetime
    answer_by_at: datetime
    version: int = 1
    seen_at: datetime | None = None
    seen_by_name: str = ""
    placed_id: BulletinId | None = None
    answered_at: datetime | None = None
    answered_by: UserId | None = None
    answered_by_name: str = ""
    reason: str = ""
