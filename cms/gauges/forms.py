"""Fields of a gauge and of a rule: as typed, as read into a draft, and as shown for a stored one."""

import math
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from broadcast.alerts.hazards import Hazard
from broadcast.gauges.measured_values import figure
from broadcast.gauges.model import Gauge, GaugeId, GaugeKind, GaugeLimits, GaugeRule, GaugeUnit
from cms.gauges.service.registration import NAME_MAX, GaugeDraft
from cms.gauges.service.rules import GAUGES_OF_RULE_MOST, GaugeRuleDraft
from cms.platform.web.typed_form import TypedForm, chosen, entry, read_by, read_choice, ticked
from province.areas import AreaId, Point
from province.errors import InvalidError, Problem

AREAS_MOST: Final = 2_000
_MINUTE_S, _HOUR_S = 60, 3_600


@dataclass(frozen=True)
class GaugeForm(TypedForm):
    """Form of a gauge as typed."""

    name: str = entry(most=NAME_MAX + 1)
    kind: str = entry(GaugeKind.RIVER.value)
    unit: str = entry(GaugeUnit.M.value)
    areas: tuple[str, ...] = chosen(most=AREAS_MOST)
    point: str = entry(most=60)
    least: str = entry("0")
    most: str = entry("15")
    step_most: str = entry("0,1")
    interval: str = entry("10")
    stuck: str = entry("24")
    version: str = entry()


@dataclass(frozen=True)
class LimitsRow:
    """Row of a rule's form: a gauge and its limits as typed."""

    gauge: str = ""
    values: tuple[str, str, str] = ("", "", "")


def _rows(sent: MultiDict[str, str], name: str) -> tuple[LimitsRow, ...]:
    del name
    numbers = range(1, GAUGES_OF_RULE_MOST + 1)
    return tuple(
        LimitsRow(
            sent.get(f"gauge-{n}", "")[:40],
            tuple(sent.get(f"limit-{n}-{level}", "").strip()[:20] for level in (1, 2, 3)),  # type: ignore[arg-type]
        )
        for n in numbers
    )


@dataclass(frozen=True)
class GaugeRuleForm(TypedForm):
    """Form of a rule as typed."""

    name: str = entry(most=NAME_MAX + 1)
    hazard: str = entry(Hazard.FLOOD.value)
    rows: tuple[LimitsRow, ...] = read_by(_rows, ())
    agree_least: str = entry("1")
    within: str = entry("30")
    hold: str = entry("0")
    hysteresis: str = entry("0,2")
    is_on: bool = ticked(default=True)
    version: str = entry()

    def padded(self) -> tuple[LimitsRow, ...]:
        """Return as many rows as the form has."""
        return (*self.rows, *(LimitsRow() for _ in range(GAUGES_OF_RULE_MOST)))[:GAUGES_OF_RULE_MOST]


def read_gauge(form: GaugeForm, areas: tuple[AreaId, ...]) -> GaugeDraft:
    """Convert the form; ``areas``: the places ticked. Raises InvalidError with every field that cannot be read."""
    problems: list[Problem] = []
    kind = read_choice(GaugeKind, form.kind, "kind", problems)
    unit = read_choice(GaugeUnit, form.unit, "unit", problems)
    point = _point(form.point, problems)
    least, most, step_most = (_number(form, name, problems) for name in ("least", "most", "step_most"))
    interval, stuck = (_number(form, name, problems) for name in ("interval", "stuck"))
    if problems or kind is None or unit is None:
        raise InvalidError(problems)
    name = " ".join(form.name.split())
    times = (round(interval * _MINUTE_S), round(stuck * _HOUR_S))
    return GaugeDraft(name, kind, unit, areas, point, least, most, step_most, *times)


def shown_gauge(gauge: Gauge) -> GaugeForm:
    """Return the form of a stored gauge."""
    return GaugeForm(
        name=gauge.name,
        kind=gauge.kind,
        unit=gauge.unit,
        areas=gauge.area_ids,
        point="" if gauge.point is None else f"{gauge.point.lat:.5f}; {gauge.point.lon:.5f}",
        least=_written(gauge.least),
        most=_written(gauge.most),
        step_most=_written(gauge.step_most),
        interval=_written(gauge.interval_s / _MINUTE_S),
        stuck=_written(gauge.stuck_after_s / _HOUR_S),
        version=str(gauge.version),
    )


def read_rule(form: GaugeRuleForm) -> GaugeRuleDraft:
    """Convert the form. Raises InvalidError with every field that cannot be read."""
    problems: list[Problem] = []
    hazard = read_choice(Hazard, form.hazard, "hazard", problems)
    limits = [
        GaugeLimits(GaugeId(row.gauge), tuple(_limit(each, problems) for each in row.values))  # type: ignore[arg-type]
        for row in form.rows
        if row.gauge or any(row.values)
    ]
    agree_least = _number(form, "agree_least", problems)
    within, hold, hysteresis = (_number(form, name, problems) for name in ("within", "hold", "hysteresis"))
    if problems or hazard is None:
        raise InvalidError(problems)
    return GaugeRuleDraft(
        " ".join(form.name.split()),
        hazard,
        tuple(limits),
        int(agree_least),
        round(within * _MINUTE_S),
        round(hold * _MINUTE_S),
        hysteresis,
        form.is_on,
    )


def shown_rule(rule: GaugeRule) -> GaugeRuleForm:
    """Return the form of a stored rule."""
    rows = [
        LimitsRow(
            each.gauge_id,
            tuple("" if value is None else _written(value) for value in each.values),  # type: ignore[arg-type]
        )
        for each in rule.limits
    ]
    return GaugeRuleForm(
        name=rule.name,
        hazard=rule.hazard,
        rows=tuple(rows),
        agree_least=str(rule.agree_least),
        within=_written(rule.window_s / _MINUTE_S),
        hold=_written(rule.hold_s / _MINUTE_S),
        hysteresis=_written(rule.hysteresis),
        is_on=rule.is_on,
        version=str(rule.version),
    )


def read_value(text: str) -> float | None:
    """Read a number with a decimal comma or point; None for anything else."""
    try:
        value = float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _number(form: object, name: str, problems: list[Problem]) -> float:
    value = read_value(getattr(form, name))
    if value is None:
        problems.append(Problem(name, "NOT_A_VALUE"))
    return 0.0 if value is None else value


def _limit(text: str, problems: list[Problem]) -> float | None:
    value = read_value(text) if text else None
    if text and value is None:
        problems.append(Problem("limits", "NOT_A_VALUE"))
    return value


def _point(text: str, problems: list[Problem]) -> Point | None:
    """Read latitude and longitude, as maps show them; a comma parts them unless a semicolon does."""
    if not text:
        return None
    parts = text.split(";") if ";" in text else text.split(",")
    values = [read_value(each.strip()) for each in parts]
    match values:
        case [float(lat), float(lon)]:
            return Point(lat, lon)
    problems.append(Problem("point", "NOT_A_PLACE"))
    return None


def _written(value: float) -> str:
    return figure(value) if round(value, 2) == value else f"{value:g}".replace(".", ",")
