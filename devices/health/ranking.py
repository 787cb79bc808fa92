"""Ranking of repairs by what is endangered next on air."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from devices.health.kinds import Severity

SOON: Final = timedelta(hours=2)
"""Time for a person to go there."""


@dataclass(frozen=True, slots=True)
class Stake:
    """Stakes of a repair. ``next_at``: next airing on one of its devices; ``is_alerted``: an alert is in force."""

    devices: int
    severity: Severity
    next_at: datetime | None = None
    is_alerted: bool = False


Urgency = tuple[int, int, int, float]


def urgency(stake: Stake, now: datetime) -> Urgency:
    """Return a key to sort descending: alert in force, airing within ``SOON``, severity, devices, next airing.

    Of two that differ only in when they air, the sooner comes first.
    """
    is_soon = stake.next_at is not None and stake.next_at - now <= SOON
    soonest = -(stake.next_at - now).total_seconds() if stake.next_at is not None else float("-inf")
    band = 2 * stake.is_alerted + is_soon
    return (band, int(stake.severity), stake.devices, soonest)
