"""Delegated slots: a stretch of the week that one person may fill with approved bulletins alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NewType

from broadcast.bulletins.priority import PriorityClass
from province.areas import AreaId
from province.people import UserId

SlotId = NewType("SlotId", str)


@dataclass(frozen=True, slots=True)
class Slot:
    """``holder`` may place approved bulletins of these classes, for places in ``area_id``, from ``starts`` to ``ends``.

    Wall times of the province; ``weekdays`` are RFC 5545 names (``MO``); ``last_on`` is the last date it holds on.
    """

    id: SlotId
    holder_id: UserId
    holder_name: str
    area_id: AreaId
    weekdays: tuple[str, ...]
    starts: time
    ends: time
    classes: tuple[PriorityClass, ...]
    last_on: date
    granted_by: UserId
    granted_by_name: str
    granted_at: datetime
    revoked_at: datetime | None = None
