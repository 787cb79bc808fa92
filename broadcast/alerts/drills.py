"""The calendar of drills: agreed on beforehand by two people, sent at its time, compared with the last one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from broadcast.alerts.model import Alert
from broadcast.bulletins.schedules import Schedule
from province.people import UserId

DrillPlanId = NewType("DrillPlanId", str)


class DrillPlanStatus(StrEnum):
    """PROPOSED → APPROVED → ENDED, by a person or when nothing is left; PROPOSED → ENDED where it was turned down."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """``pattern`` is the drill as it will be sent each time, its sounds made; each lasts ``lasts_ms``.

    ``next_at`` is when it is sent next. ``version`` rises by one with every saved change.
    """

    id: DrillPlanId
    pattern: Alert
    schedules: tuple[Schedule, ...]
    lasts_ms: int
    proposed_by: UserId
    proposed_by_name: str
    proposed_at: datetime
    status: DrillPlanStatus = DrillPlanStatus.PROPOSED
    version: int = 1
    approved_by: UserId | None = None
    approved_by_name: str = ""
    approved_at: datetime | None = None
    next_at: datetime | None = None
    ended_by_name: str = ""
    reason: str = ""
