"""Sentences for problems of a schedule's rule, and of fields that only API clients send."""

from collections.abc import Callable, Mapping

from cms.platform.web.languages import _
from province.errors import Problem

PROBLEMS: Mapping[str, Callable[[Problem], str]] = {
    "RULE_UNTIL_BEFORE_START": lambda _p: _("The last day is before the first. Choose a later last day."),
    "RULE_UNTIL": lambda _p: _("The schedule's last day cannot be read."),
    "RULE_COUNT_AND_UNTIL": lambda _p: _("The schedule has both a number of airings and a last day; choose one."),
    "RULE_COUNT": lambda p: _("From 1 to %(max)s airings.", max=p.detail.get("max", "")),
    "RULE_INTERVAL": lambda p: _("The interval is from 1 to %(max)s.", max=p.detail.get("max", "")),
    "RULE_BYDAY": lambda p: _("“%(day)s” is no day of the week.", day=p.detail.get("day", "")),
    "RULE_MONTH_TWICE": lambda _p: _("Choose one: the day of the month or a weekday."),
    "RULE_MONTH_DAY": lambda _p: _("Day of the month: 1 to 31, or the last day."),
    "RULE_MONTH_WEEKDAY": lambda _p: _("Choose a weekday and which one of the month."),
    "RULE_FREQ": lambda _p: _("A schedule repeats daily or weekly only."),
    "RULE_WKST": lambda _p: _("The schedule's week has to begin on Monday."),
    "RULE_PART_UNKNOWN": lambda p: _(
        "The part “%(part)s” of the schedule is not understood.", part=p.detail.get("part", "")
    ),
    "RULE_PART_TWICE": lambda p: _(
        "The part “%(part)s” of the schedule is given twice.", part=p.detail.get("part", "")
    ),
    "NOT_WALL_TIME": lambda _p: _("Airing times are local times, without an offset."),
    "SCHEDULE_ID": lambda _p: _("The schedule's id is not valid."),
    "SCHEDULE_ID_TWICE": lambda _p: _("Two schedules have the same id."),
    "ZONE_UNKNOWN": lambda _p: _("This time zone is not known."),
    "FIXED": lambda _p: _("This is decided with the first save and cannot be changed."),
    "ONLY_AN_UPDATE_REPLACES": lambda _p: _("Only an update replaces an earlier alert."),
}
