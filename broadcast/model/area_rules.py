"""What an area sets for itself: data with an audit trail, enforced by planner and device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from broadcast.model.schedules import DEFAULT_ZONE


@dataclass(frozen=True, slots=True)
class QuietWindow:
    """Local wall times; where ``until`` is not after ``start`` the window runs past midnight."""

    start: time
    until: time


@dataclass(frozen=True, slots=True)
class AreaRules:
    """The effective rules of one area. The default quiet hours are the province's (21:30 to 05:30)."""

    quiet: tuple[QuietWindow, ...] = (QuietWindow(time(21, 30), time(5, 30)),)
    zone: str = DEFAULT_ZONE
    volume_pct: int = 80
