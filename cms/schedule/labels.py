"""Labels of the schedule: schedules in one line, problems of rules, and what came of airings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from broadcast.bulletins.make_good_rules import MakeGoodMode
from broadcast.bulletins.schedules import NO_SESSION, Schedule
from broadcast.scheduling.day_line import AiringState
from broadcast.scheduling.make_good import Left, Remedy
from broadcast.scheduling.recurrence import WEEKDAYS
from cms.platform.web import formats, wording
from cms.platform.web.languages import _ as __
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText, Sentence
from cms.schedule.queries.readiness import Hold

# An approver reads all of the text: so many dates are enough to recognise the others.
CLOSED_SHOWN = 7
PROBLEMS: Mapping[str, Sentence] = {
    "RULE_UNTIL_BEFORE_START": _("The last day is before the first. Choose a later last day."),
    "RULE_UNTIL": _("The schedule's last day cannot be read."),
    "RULE_COUNT_AND_UNTIL": _("The schedule has both a number of airings and a last day; choose one."),
    "RULE_COUNT": _("From 1 to %(max)s airings."),
    "RULE_INTERVAL": _("The interval is from 1 to %(max)s."),
    "RULE_BYDAY": _("“%(day)s” is no day of the week."),
    "RULE_MONTH_TWICE": _("Choose one: the day of the month or a weekday."),
    "RULE_MONTH_DAY": _("Day of the month: 1 to 31, or the last day."),
    "RULE_MONTH_WEEKDAY": _("Choose a weekday and which one of the month."),
    "RULE_FREQ": _("A schedule repeats daily, weekly or monthly."),
    "RULE_RSCALE": _("The only calendar besides the usual one is the Vietnamese lunar calendar."),
    "RULE_LUNAR_PARTS": _("A rule by the lunar calendar names one day of every lunar month."),
    "RULE_LUNAR_DAY": _("Day of the lunar month: 1 to %(max)s, or the last day."),
    "MOVE_MONTHLY": _("Of a monthly schedule single airings are moved. To move all, edit the bulletin."),
    "RULE_WKST": _("The schedule's week has to begin on Monday."),
    "RULE_PART_UNKNOWN": _("The part “%(part)s” of the schedule is not understood."),
    "RULE_PART_TWICE": _("The part “%(part)s” of the schedule is given twice."),
    "NOT_WALL_TIME": _("Airing times are local times, without an offset."),
    "SCHEDULE_ID": _("The schedule's id is not valid."),
    "SCHEDULE_ID_TWICE": _("Two schedules have the same id."),
    "ZONE_UNKNOWN": _("This time zone is not known."),
    "FIXED": _("This is decided with the first save and cannot be changed."),
    "KEPT_SILENT": lambda p: __(
        "The loudspeakers are kept silent until %(at)s by a stop. Let them play again first, then make it good.",
        at=formats.local(datetime.fromisoformat(str(p.detail["until"]))).strftime("%H:%M %d/%m/%Y"),
    ),
    "ONLY_AN_UPDATE_REPLACES": _("Only an update replaces an earlier alert."),
}
HOLD: dict[str, LabelText] = {
    Hold.SILENT: _("never yet connected"),
    Hold.OFFLINE: _("disconnected"),
    Hold.REFUSED: _("says that it cannot play it"),
    Hold.FETCHING: _("sound not fetched yet"),
    Hold.UNSENT: _("plan not sent yet"),
    Hold.NO_PLAN: _("new plan not taken"),
}
REMEDY_FOR: dict[str, LabelText] = {
    Hold.SILENT: _("Check power, SIM and the installation at the pole."),
    Hold.OFFLINE: _(
        "Call whoever looks after it to check power and network; connected before the time it is still in time. What "
        "was fetched before is played all the same."
    ),
    Hold.REFUSED: _("See the reason it gives; if it is the equipment, call the technician."),
    Hold.FETCHING: _("Wait a few minutes; if nothing moves, look at the 4G signal and the free space."),
    Hold.UNSENT: _("It is being sent. After more than 5 minutes tell the operator of the server."),
    Hold.NO_PLAN: _("It is connected but has not taken the plan: wait a few minutes, then restart it."),
}
MODE: dict[str, LabelText] = {
    MakeGoodMode.NONE: _("Do not make good"),
    MakeGoodMode.ASK: _("Ask an approver"),
    MakeGoodMode.NEXT_SESSION: _("Right after the next session"),
    MakeGoodMode.SAME_DAY: _("The same day"),
}
REMEDY: dict[str, LabelText] = {
    Remedy.ASKED: _("waits for a decision"),
    Remedy.PLANNED: _("made good"),
    Remedy.LEFT: _("not made good"),
}
REMEDY_TONE: dict[str, str] = {Remedy.ASKED: "wait", Remedy.PLANNED: "brand", Remedy.LEFT: ""}
LEFT: dict[str, LabelText] = {
    Left.POLICY: _("the rule of the area is not to"),
    Left.PERSON: _("an approver decided so"),
    Left.TOO_LATE: _("no time left"),
    Left.AIRS_AGAIN: _("the bulletin airs again by itself soon"),
    Left.WITHDRAWN: _("the bulletin was withdrawn"),
    Left.STOPPED: _("the loudspeaker was stopped by command"),
    Left.HEARD: _("it was played after all"),
}
LINE: dict[str, LabelText] = {
    AiringState.PLANNED: _("Will air"),
    AiringState.AWAITING: _("Awaiting review"),
    AiringState.ON_AIR: _("Playing"),
    AiringState.HEARD: _("Played"),
    AiringState.PARTLY: _("Played in part"),
    AiringState.MISSED: _("Not played"),
    AiringState.CUT: _("Cut"),
    AiringState.WITHDRAWN: _("Withdrawn"),
    AiringState.UNTOLD: _("No report yet"),
    AiringState.NOWHERE: _("Heard nowhere"),
    AiringState.UNAPPROVED: _("Not approved in time"),
}
# A sign beside the word: colour is never the only mark.
LINE_SIGN: dict[str, str] = {
    AiringState.PLANNED: "○",
    AiringState.AWAITING: "◔",
    AiringState.ON_AIR: "♪",
    AiringState.HEARD: "✓",
    AiringState.PARTLY: "◐",
    AiringState.MISSED: "✕",
    AiringState.CUT: "‖",
    AiringState.WITHDRAWN: "⊘",
    AiringState.UNTOLD: "?",
    AiringState.NOWHERE: "–",
    AiringState.UNAPPROVED: "✕",
}
LINE_TONE: dict[str, str] = {
    AiringState.PLANNED: "brand",
    AiringState.AWAITING: "wait",
    AiringState.ON_AIR: "brand",
    AiringState.HEARD: "good",
    AiringState.PARTLY: "wait",
    AiringState.MISSED: "bad",
    AiringState.CUT: "wait",
    AiringState.WITHDRAWN: "",
    AiringState.UNTOLD: "wait",
    AiringState.NOWHERE: "bad",
    AiringState.UNAPPROVED: "bad",
}


def lines(schedules: Sequence[Schedule]) -> list[str]:
    return [line(schedule) for schedule in schedules]


def line(schedule: Schedule) -> str:
    if schedule.session:
        return _in_session(schedule)
    parts = dict(part.split("=", 1) for part in schedule.rrule.split(";") if "=" in part)
    at, on = schedule.starts.strftime("%H:%M"), formats.day(schedule.starts.date())
    if not parts:
        return __("Once, at %(at)s on %(on)s", at=at, on=on)
    said = [_cadence(parts, schedule, at), __("from %(on)s", on=on)]
    until = parts.get("UNTIL", "")[:8]
    if until:
        said.append(__("until %(on)s", on=f"{until[6:]}/{until[4:6]}/{until[:4]}"))
    if "COUNT" in parts:
        said.append(__("%(n)s times", n=parts["COUNT"]))
    if schedule.except_on:
        said.append(__("except %(days)s", days=", ".join(formats.day(on) for on in schedule.except_on)))
    if schedule.closed_on:
        shown = ", ".join(formats.day(on) for on in schedule.closed_on[:CLOSED_SHOWN])
        more = len(schedule.closed_on) - CLOSED_SHOWN
        days = __("%(days)s and %(n)s more days", days=shown, n=more) if more > 0 else shown
        said.append(__("silent on %(days)s", days=days))
    said += [
        __("the one of %(on)s moved to %(to)s", on=formats.day(move.on), to=move.to.strftime("%H:%M %d/%m/%Y"))
        for move in schedule.moves
    ]
    return ", ".join(said)


def _in_session(schedule: Schedule) -> str:
    """Return the line of airings within a broadcast session; of one alone with its place."""
    if schedule.rrule:
        return __("In the broadcast session: %(line)s", line=line(replace(schedule.unplaced, session=NO_SESSION)))
    at, on = schedule.starts.strftime("%H:%M"), formats.day(schedule.starts.date())
    place = next((move.to for move in schedule.moves), None)
    if place is None:
        return __("In the %(at)s broadcast session of %(on)s", at=at, on=on)
    begins = place.strftime("%H:%M:%S")
    return __("In the %(at)s broadcast session of %(on)s, begins about %(begins)s", at=at, on=on, begins=begins)


def _monthly(parts: dict[str, str], schedule: Schedule, at: str) -> str:
    every = int(parts.get("INTERVAL", "1"))
    start = __("Every month") if every == 1 else __("Every %(n)s months", n=every)
    by_day = parts.get("BYDAY", "")
    if "RSCALE" in parts:
        start = __("Every lunar month")
    if by_day:
        nth = wording.word(wording.NTH, by_day[:-2])
        day = __("%(nth)s %(weekday)s", weekday=wording.word(wording.WEEKDAY, by_day[-2:]), nth=nth)
    else:
        number = parts.get("BYMONTHDAY", str(schedule.starts.day))
        day = __("the last day") if number == "-1" else __("day %(n)s", n=number)
    return __("%(start)s, %(days)s at %(at)s", start=start, days=day, at=at)


def _cadence(parts: dict[str, str], schedule: Schedule, at: str) -> str:
    if parts.get("FREQ") == "MONTHLY":
        return _monthly(parts, schedule, at)
    every = int(parts.get("INTERVAL", "1"))
    named = parts["BYDAY"].split(",") if "BYDAY" in parts else []
    if parts.get("FREQ") == "WEEKLY":
        named = named or [WEEKDAYS[schedule.starts.weekday()]]
    days = ", ".join(wording.word(wording.WEEKDAY, day) for day in WEEKDAYS if day in named)
    if parts.get("FREQ") == "WEEKLY":
        start = __("Weekly") if every == 1 else __("Every %(n)s weeks", n=every)
    else:
        start = __("Daily") if every == 1 else __("Every %(n)s days", n=every)
    return (
        __("%(start)s, %(days)s at %(at)s", start=start, days=days, at=at)
        if days
        else __("%(start)s at %(at)s", start=start, at=at)
    )
