"""Form of a standing order: bounds as they are typed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert
from broadcast.standing_orders.model import SourceId, StandingBounds, WarningSeverity
from cms.platform.web.typed_form import TypedForm, chosen, entry, read_day, read_time
from province.errors import Problem, problem_if
from province.wall_clock import DEFAULT_ZONE, local_date

_HALF_A_YEAR = timedelta(days=180)
_NUMBERS = ("firings_max", "rest_minutes", "lasts_minutes")
_CHOSEN_MOST = 50


@dataclass(frozen=True)
class StandingOrderForm(TypedForm):
    """Bounds as typed; dates are whole days, the last one included."""

    sources: tuple[str, ...] = chosen(most=_CHOSEN_MOST)
    hazards: tuple[str, ...] = chosen(most=_CHOSEN_MOST)
    severity_min: str = entry(str(int(WarningSeverity.SEVERE)))
    valid_from: str = entry()
    valid_until: str = entry()
    daily_from: str = entry("00:00")
    daily_until: str = entry("00:00")
    firings_max: str = entry("3")
    rest_minutes: str = entry("60")
    lasts_minutes: str = entry("60")

    @classmethod
    def fresh(cls, alert: Alert, now: datetime) -> Self:
        """Return the form as it is first shown: for the hazard of the draft, for half a year from today."""
        today = local_date(now)
        return cls(
            hazards=(alert.hazard,),
            valid_from=today.isoformat(),
            valid_until=(today + _HALF_A_YEAR).isoformat(),
        )


def read(form: StandingOrderForm) -> tuple[StandingBounds | None, list[Problem]]:
    """Return the bounds, or the problems of what was typed."""
    problems: list[Problem] = []
    begins, ends = (_day(form, name, problems) for name in ("valid_from", "valid_until"))
    daily_from = read_time(form.daily_from or "0", "daily_from", problems)
    daily_until = read_time(form.daily_until or "0", "daily_until", problems)
    numbers = {name: _number(getattr(form, name)) for name in _NUMBERS}
    severities = {str(int(each)): each for each in WarningSeverity}
    problems += problem_if(form.severity_min not in severities, "severity_min", "MISSING")
    if problems or begins is None or ends is None:
        return None, problems
    return StandingBounds(
        sources=tuple(SourceId(each) for each in form.sources),
        hazards=tuple(Hazard(each) for each in form.hazards if each in set(Hazard)),
        severity_min=severities[form.severity_min],
        valid_from_at=_midnight(begins),
        valid_until_at=_midnight(ends + timedelta(days=1)),
        daily_from=daily_from,
        daily_until=daily_until,
        **numbers,
    ), []


def _day(form: StandingOrderForm, name: str, problems: list[Problem]) -> date | None:
    typed = getattr(form, name)
    problems += problem_if(not typed, name, "MISSING")
    return read_day(typed, name, problems)


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), ZoneInfo(DEFAULT_ZONE)).astimezone(UTC)


def _number(text: str) -> int:
    """Read a number; 0, which is always refused, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004 - five digits
