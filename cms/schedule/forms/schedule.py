"""The schedule builder: form fields to ``Schedule`` and back. Fields are named ``s-{id}-{part}``."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from werkzeug.datastructures import MultiDict

from broadcast.bulletins.schedules import Move, Schedule, SessionId
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.scheduling.recurrence.lunar import RSCALE
from broadcast.scheduling.recurrence.rule import INTERVAL_MAX
from cms.platform.web import formats, typed_time
from province.errors import Problem

ROWS_MAX = 20
# Parts of a rule without a field here (COUNT, the days of a daily rule) are carried through unchanged.
_BUILT = {
    "DAILY": frozenset({"FREQ", "UNTIL", "INTERVAL"}),
    "WEEKLY": frozenset({"FREQ", "UNTIL", "INTERVAL", "BYDAY"}),
    "MONTHLY": frozenset({"FREQ", "UNTIL", "INTERVAL", "BYDAY", "BYMONTHDAY", "RSCALE"}),
}
BY_NUMBER = "day"
"""Value of ``nth`` for a monthly rule that gives its day by number."""
BY_LUNAR_NUMBER = "lunar"
"""Value of ``nth`` for a rule that gives its day by number in every lunar month."""
_FIELDS = {"starts": "at", "except_on": "except", "moves": "move", "not_on": "not-on", "session": "session"}


@dataclass(frozen=True)
class ScheduleForm:
    """One rule as typed: all fields as text, so that any input can be shown again."""

    id: str
    kind: str = "once"
    on: str = ""
    at: str = ""
    days: tuple[str, ...] = ()
    until: str = ""
    except_on: tuple[str, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()
    rest: str = ""
    zone: str = ""
    not_on: tuple[str, ...] = ()
    nth: str = BY_NUMBER
    month_day: str = "1"
    month_weekday: str = "MO"
    session: str = ""
    every: str = "1"


@dataclass
class _Reading:
    schedule_id: str
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, part: str, code: str, **detail: int) -> None:
        self.problems.append(Problem(f"s-{self.schedule_id}-{part}", code, {**detail}))

    def date(self, part: str, text: str) -> date | None:
        try:
            return typed_time.read_day(text)
        except ValueError:
            self.refuse(part, "NOT_A_DATE" if text else "MISSING")
            return None

    def time(self, part: str, text: str) -> time | None:
        try:
            return typed_time.read_clock(text)
        except ValueError:
            self.refuse(part, "NOT_A_TIME" if text else "MISSING")
            return None

    def wall(self, part: str, text: str) -> datetime | None:
        try:
            return formats.typed_wall(text)
        except ValueError:
            self.refuse(part, "NOT_A_TIME" if text else "MISSING")
            return None


def typed(form: MultiDict[str, str]) -> list[ScheduleForm]:
    """Return the rows as sent; empty exception and move lines are dropped."""
    rows = []
    for key in list(dict.fromkeys(form.getlist("s")))[:ROWS_MAX]:
        name = f"s-{key}-"
        moves = zip(form.getlist(f"{name}move-on"), form.getlist(f"{name}move-to"), strict=False)
        rows.append(
            ScheduleForm(
                id=key[:20],
                kind=form.get(f"{name}kind", "once"),
                on=form.get(f"{name}on", "").strip(),
                at=form.get(f"{name}at", "").strip(),
                days=tuple(form.getlist(f"{name}days")),
                until=form.get(f"{name}until", "").strip(),
                except_on=tuple(text for text in form.getlist(f"{name}except") if text),
                moves=tuple((on, to) for on, to in moves if on or to),
                rest=form.get(f"{name}rest", ""),
                zone=form.get(f"{name}zone", ""),
                not_on=tuple(form.getlist(f"{name}not-on")),
                nth=form.get(f"{name}nth", BY_NUMBER),
                month_day=form.get(f"{name}month-day", "1"),
                month_weekday=form.get(f"{name}month-weekday", "MO"),
                session=form.get(f"{name}session", "")[:40],
                every=form.get(f"{name}every", "1").strip() or "1",
            )
        )
    return rows


def changed(rows: list[ScheduleForm], act: str) -> list[ScheduleForm]:
    """Return the rows after one of the builder's buttons: ``add``, ``remove:ID``, ``except:ID``, ``move:ID``.

    ``at:ID:WALL TIME`` takes a time that is free: a row that repeats keeps its first date. ``session:ID:SESSION@DATE``
    puts the row into a broadcast session on that date.
    """
    verb, _, key = act.partition(":")
    if verb == "add" and len(rows) < ROWS_MAX:
        number = max((int(row.id) for row in rows if row.id.isdecimal()), default=0) + 1
        like = rows[-1] if rows else ScheduleForm("")
        return [*rows, ScheduleForm(str(number), kind=like.kind, on=like.on, days=like.days, until=like.until)]
    if verb == "remove":
        return [row for row in rows if row.id != key]
    key, _, value = key.partition(":")
    return [_changed(row, verb, value) if row.id == key else row for row in rows]


def _changed(row: ScheduleForm, verb: str, value: str) -> ScheduleForm:
    match verb:
        case "except":
            return replace(row, except_on=(*row.except_on, ""))
        case "move":
            return replace(row, moves=(*row.moves, ("", "")))
        case "at":
            return _at(row, value)
        case "session":
            return _in_session(row, value)
        case _:
            return row


def _at(row: ScheduleForm, wall: str) -> ScheduleForm:
    on, _, at = wall[:16].partition("T")
    return replace(row, at=at) if row.kind != "once" else replace(row, on=on, at=at)


def _in_session(row: ScheduleForm, session: str) -> ScheduleForm:
    session_id, _, on = session.partition("@")
    return replace(row, kind="once", on=on[:10], at="", session=session_id[:40])


def read(rows: Sequence[ScheduleForm]) -> tuple[tuple[Schedule, ...], list[Problem]]:
    """Convert the rows, with all problems; a rule with a problem is left out."""
    found: list[Schedule] = []
    problems: list[Problem] = []
    for row in rows:
        reading = _Reading(row.id)
        schedule = _read(row, reading)
        problems += reading.problems
        if schedule is not None and not reading.problems:
            found.append(schedule)
    return tuple(found), problems


def _read(row: ScheduleForm, reading: _Reading) -> Schedule | None:
    # A session has its own time of day (``cms.sessions``).
    on, at = reading.date("on", row.on), time() if row.session else reading.time("at", row.at)
    rrule = _rrule(row, reading)
    repeats = row.kind != "once"
    except_on = [reading.date("except", text) for text in row.except_on] if repeats else []
    moves = [(reading.date("move", on_), reading.wall("move", to)) for on_, to in row.moves] if repeats else []
    if on is None or at is None:
        return None
    schedule = Schedule(
        id=row.id,
        starts=datetime.combine(on, at),
        rrule=rrule,
        except_on=tuple(sorted({day for day in except_on if day is not None})),
        moves=tuple(Move(on_, to) for on_, to in moves if on_ is not None and to is not None),
        not_on=row.not_on if repeats else (),
        session=SessionId(row.session),
    )
    return replace(schedule, zone=row.zone) if row.zone else schedule


def _rrule(row: ScheduleForm, reading: _Reading) -> str:
    if row.kind not in {"daily", "weekly", "monthly"}:
        return ""
    is_lunar = row.kind == "monthly" and row.nth == BY_LUNAR_NUMBER
    parts = [f"RSCALE={RSCALE};FREQ=MONTHLY" if is_lunar else f"FREQ={row.kind.upper()}"]
    if not (row.every.isdecimal() and 1 <= int(row.every) <= INTERVAL_MAX):
        reading.refuse("every", "RULE_INTERVAL", max=INTERVAL_MAX)
    elif row.every != "1" and not is_lunar:
        parts.append(f"INTERVAL={int(row.every)}")
    days = [day for day in WEEKDAYS if day in row.days]
    if row.kind == "weekly" and not days:
        reading.refuse("days", "MISSING")
    if row.kind == "weekly":
        parts.append(f"BYDAY={','.join(days)}")
    if row.kind == "monthly":
        is_numbered = row.nth in {BY_NUMBER, BY_LUNAR_NUMBER}
        parts.append(f"BYMONTHDAY={row.month_day}" if is_numbered else f"BYDAY={row.nth}{row.month_weekday}")
    if row.rest:
        parts.append(row.rest)
    if row.until:
        until = reading.date("until", row.until)
        if until is not None:
            parts.append(f"UNTIL={until:%Y%m%d}")
    return ";".join(parts)


def beside(problem: Problem) -> Problem:
    """Map ``schedules.{id}.{field}`` of the rules to the form's name of the field."""
    parts = problem.field.split(".")
    if len(parts) != 3 or parts[0] != "schedules":  # noqa: PLR2004
        return problem
    return replace(problem, field=f"s-{parts[1]}-{_FIELDS.get(parts[2], 'row')}")


def shown(schedules: Sequence[Schedule]) -> list[ScheduleForm]:
    """Return the rows that show these rules."""
    return [_shown(schedule.unplaced) for schedule in schedules]


def _shown(schedule: Schedule) -> ScheduleForm:
    parts = dict(part.split("=", 1) for part in schedule.rrule.split(";") if "=" in part)
    frequency, until = parts.get("FREQ", "ONCE"), parts.get("UNTIL", "")[:8]
    built = _BUILT.get(frequency, frozenset(parts))
    by_day = parts.get("BYDAY", "") if frequency == "MONTHLY" else ""
    return ScheduleForm(
        id=schedule.id,
        kind=frequency.lower(),
        on=schedule.starts.date().isoformat(),
        at=schedule.starts.strftime("%H:%M"),
        days=() if by_day else tuple(day for day in parts.get("BYDAY", "").split(",") if day),
        until=f"{until[:4]}-{until[4:6]}-{until[6:]}" if until else "",
        except_on=tuple(day.isoformat() for day in schedule.except_on),
        moves=tuple((move.on.isoformat(), move.to.strftime("%Y-%m-%dT%H:%M")) for move in schedule.moves),
        rest=";".join(f"{key}={value}" for key, value in parts.items() if key not in built),
        zone=schedule.zone,
        not_on=schedule.not_on,
        nth=BY_LUNAR_NUMBER if "RSCALE" in parts else by_day[:-2] or BY_NUMBER,
        month_day=parts.get("BYMONTHDAY", str(schedule.starts.day)),
        month_weekday=by_day[-2:] or "MO",
        session=schedule.session,
        every=parts.get("INTERVAL", "1"),
    )
