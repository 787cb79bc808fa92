"""Bound of a transmission's last airing: lets the planner's query leave the past out."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import Transmission
from broadcast.scheduling.recurrence.rule import DateRule, dates_of

# Raising a rule's end by a day keeps airings that start before it and run past midnight.
SLACK = timedelta(days=1)


def ends_at(transmission: Transmission) -> datetime | None:
    """Return a bound after which nothing of it airs or is shown; None: a rule and the validity have no end."""
    length = timedelta(milliseconds=transmission.duration_ms)
    lasts = [_last(schedule) for schedule in transmission.schedules]
    until_at, board = transmission.valid_until_at, transmission.board
    if board is not None and until_at is not None and not board.minutes:
        # Boards show it as long as it is valid, even after it has aired.
        return until_at + length + SLACK
    # A showing may outlast its airing, by a day at most.
    length = max(length, timedelta(minutes=board.minutes if board is not None else 0))
    bounds = [] if None in lasts else [max((last for last in lasts if last is not None), default=None)]
    bounds.append(until_at)
    known = [bound for bound in bounds if bound is not None]
    return min(known) + length + SLACK if known else None


def _last(schedule: Schedule) -> datetime | None:
    """Return a bound, not the last start itself: excluded dates are not looked at."""
    rule_ends_on = _rule_ends_on(schedule)
    if rule_ends_on is None:
        return None
    last = datetime.combine(rule_ends_on, schedule.starts.time())
    return max([last, *(move.to for move in schedule.moves)]).replace(tzinfo=ZoneInfo(schedule.zone))


def _rule_ends_on(schedule: Schedule) -> date | None:
    rule = dates_of(schedule.rrule, schedule.starts, schedule.zone)
    if not isinstance(rule, DateRule):
        # Of so many months nobody knows without counting how far they reach: some lack the day.
        return None if rule.count is not None else rule.last_on
    if not rule.offsets:
        return rule.first_on  # kept from before such rules were refused
    if rule.count is None:
        return rule.last_on
    cycle, place = divmod(rule.count - 1 + rule.skipped, len(rule.offsets))
    try:
        return rule.base_on + timedelta(days=cycle * rule.cycle_days + rule.offsets[place])
    except OverflowError:
        return None
