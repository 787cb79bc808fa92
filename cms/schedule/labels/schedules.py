"""Schedules in one line: ``Hằng tuần, Thứ Hai và Thứ Tư lúc 05:00, từ 24/11/2026 đến 31/12/2026``."""

from collections.abc import Sequence

from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.recurrence import WEEKDAYS
from cms.platform.web import formats, wording
from cms.platform.web.languages import _

# An approver reads all of the text: so many dates are enough to recognise the others.
CLOSED_SHOWN = 7


def lines(schedules: Sequence[Schedule]) -> list[str]:
    return [line(schedule) for schedule in schedules]


def line(schedule: Schedule) -> str:
    parts = dict(part.split("=", 1) for part in schedule.rrule.split(";") if "=" in part)
    at, on = schedule.starts.strftime("%H:%M"), formats.day(schedule.starts.date())
    if not parts:
        return _("Once, at %(at)s on %(on)s", at=at, on=on)
    said = [_cadence(parts, schedule, at), _("from %(on)s", on=on)]
    until = parts.get("UNTIL", "")[:8]
    if until:
        said.append(_("until %(on)s", on=f"{until[6:]}/{until[4:6]}/{until[:4]}"))
    if "COUNT" in parts:
        said.append(_("%(n)s times", n=parts["COUNT"]))
    if schedule.except_on:
        said.append(_("except %(days)s", days=", ".join(formats.day(on) for on in schedule.except_on)))
    if schedule.closed_on:
        shown = ", ".join(formats.day(on) for on in schedule.closed_on[:CLOSED_SHOWN])
        more = len(schedule.closed_on) - CLOSED_SHOWN
        days = _("%(days)s and %(n)s more days", days=shown, n=more) if more > 0 else shown
        said.append(_("silent on %(days)s", days=days))
    said += [
        _("the one of %(on)s moved to %(to)s", on=formats.day(move.on), to=move.to.strftime("%H:%M %d/%m/%Y"))
        for move in schedule.moves
    ]
    return ", ".join(said)


def _monthly(parts: dict[str, str], schedule: Schedule, at: str) -> str:
    every = int(parts.get("INTERVAL", "1"))
    start = _("Every month") if every == 1 else _("Every %(n)s months", n=every)
    by_day = parts.get("BYDAY", "")
    if by_day:
        nth = wording.word(wording.NTH, by_day[:-2])
        day = _("%(nth)s %(weekday)s", weekday=wording.word(wording.WEEKDAY, by_day[-2:]), nth=nth)
    else:
        number = parts.get("BYMONTHDAY", str(schedule.starts.day))
        day = _("the last day") if number == "-1" else _("day %(n)s", n=number)
    return _("%(start)s, %(days)s at %(at)s", start=start, days=day, at=at)


def _cadence(parts: dict[str, str], schedule: Schedule, at: str) -> str:
    if parts.get("FREQ") == "MONTHLY":
        return _monthly(parts, schedule, at)
    every = int(parts.get("INTERVAL", "1"))
    named = parts["BYDAY"].split(",") if "BYDAY" in parts else []
    if parts.get("FREQ") == "WEEKLY":
        named = named or [WEEKDAYS[schedule.starts.weekday()]]
    days = ", ".join(wording.word(wording.WEEKDAY, day) for day in WEEKDAYS if day in named)
    if parts.get("FREQ") == "WEEKLY":
        start = _("Weekly") if every == 1 else _("Every %(n)s weeks", n=every)
    else:
        start = _("Daily") if every == 1 else _("Every %(n)s days", n=every)
    return (
        _("%(start)s, %(days)s at %(at)s", start=start, days=days, at=at)
        if days
        else _("%(start)s at %(at)s", start=start, at=at)
    )
