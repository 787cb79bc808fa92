"""When a transmission can have aired for the last time: lets the planner's query leave the past out."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from broadcast.model.schedules import Schedule
from broadcast.model.transmissions import Transmission

# Lifting a rule's end by a day keeps whatever started before it and runs past midnight.
SLACK = timedelta(days=1)


def ends_at(transmission: Transmission) -> datetime | None:
    """A bound after which nothing of it airs; None where a rule repeats without end and validity is open."""
    length = timedelta(milliseconds=transmission.rendition.duration_ms)
    lasts = [_last(schedule) for schedule in transmission.schedules]
    bounds = [] if None in lasts else [max((last for last in lasts if last is not None), default=None)]
    bounds.append(transmission.valid_until_at)
    known = [bound for bound in bounds if bound is not None]
    return min(known) + length + SLACK if known else None


def _last(schedule: Schedule) -> datetime | None:
    zone = ZoneInfo(schedule.zone)
    moved = [move.to for move in schedule.moves]
    if not schedule.rrule:
        return max([schedule.starts, *moved]).replace(tzinfo=zone)
    if "UNTIL=" not in schedule.rrule and "COUNT=" not in schedule.rrule:
        return None
    last = rrulestr(schedule.rrule, dtstart=schedule.starts, ignoretz=True)[-1]
    return max([last, *moved]).replace(tzinfo=zone)
