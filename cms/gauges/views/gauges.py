"""Gauges: the list with its map, and the page of one with its chart."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from flask import Response, render_template, request
from flask_babel import get_locale

from broadcast.alerts.model import Alert
from broadcast.gauges.model import (
    Gauge,
    GaugeId,
    GaugeReading,
    GaugeRise,
    GaugeRule,
    GaugeState,
    ReadingVerdict,
    StoredReading,
)
from cms.alerts import labels as alert_labels
from cms.alerts.repository.alerts import Alerts
from cms.audit.queries import events_of
from cms.fleet.views.device_map import bounds, circles
from cms.gauges.repository import GaugeReadings, GaugeRises, GaugeRules, GaugeRuleStates, Gauges, GaugeStates
from cms.platform.web import messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, pages
from devices.clusters import MapPoint
from devices.model import DeviceId
from province.people import Action

TREND_OVER: Final = timedelta(hours=1)
_POINTS_MOST, _RISES_MOST, _EVENTS_MOST = 3_000, 50, 20
_SIDES_MOST = 1_000
_DRAWN: Final = frozenset({ReadingVerdict.GOOD, ReadingVerdict.LATE})


class GaugeSpan(StrEnum):
    """Span of time that a chart shows."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_SPANS: Final[Mapping[str, timedelta]] = {
    GaugeSpan.DAY: timedelta(days=1),
    GaugeSpan.WEEK: timedelta(days=7),
    GaugeSpan.MONTH: timedelta(days=30),
}


@dataclass(frozen=True)
class GaugeLine:
    """Line of the list. ``change``: of the value in the last hour; ``level``: the highest that its rules stand at."""

    gauge: Gauge
    state: GaugeState
    change: float | None
    level: int


@dataclass(frozen=True)
class RiseLine:
    """Rise to a limit, with its rule and the alert of it."""

    rise: GaugeRise
    rule: GaugeRule
    alert: Alert | None


@pages.get("/gauges")
def gauges() -> str:
    messages.tree_for(Action.ALERT_READ)
    with context().uow.reading() as uow:
        found = uow[Gauges].all()
        states = {each.gauge_id: each for each in uow[GaugeStates].all()}
        rules = uow[GaugeRules].all()
        levels = {each.rule_id: each.level for each in uow[GaugeRuleStates].all()}
    lines = [
        GaugeLine(
            each,
            state,
            change_of(state, context().now()),
            max((levels.get(rule.id, 0) for rule in rules if rule.of(each.id) is not None), default=0),
        )
        for each in found
        for state in (states.get(each.id, GaugeState(each.id)),)
    ]
    placed = [each.point for each in found if each.point is not None]
    return render_template(
        "gauges/gauges.html",
        lines=sorted(lines, key=lambda line: (-line.level, line.state.trouble is None, line.gauge.name)),
        rules=rules,
        levels=levels,
        names={each.id: each.name for each in found},
        mapped=len(placed),
        bounds=bounds(placed),
        can_add=request_context.can_anywhere(Action.DEVICE_MANAGE),
        can_set=request_context.can_anywhere(Action.ALERT_RAISE),
    )


@pages.get("/gauges/clusters")
def gauge_clusters() -> Response:
    messages.tree_for(Action.ALERT_READ)
    with context().uow.reading() as uow:
        states = {each.gauge_id: each for each in uow[GaugeStates].all()}
        posts = [
            MapPoint(DeviceId(each.id), each.name, each.point, each.id in states and states[each.id].trouble is None)
            for each in uow[Gauges].all()
            if each.point is not None
        ]
    return circles(posts, request.args.get("zoom", ""))


@pages.get("/gauges/<gauge_id>")
def gauge(gauge_id: str) -> str:
    tree = messages.tree_for(Action.ALERT_READ)
    asked = request.args.get("span", "")
    span = GaugeSpan(asked) if asked in set(GaugeSpan) else GaugeSpan.DAY
    now = context().now()
    from_at = now - _SPANS[span]
    with context().uow.reading() as uow:
        found = uow[Gauges].get(GaugeId(gauge_id))
        state = uow[GaugeStates].of(found.id)
        rules = uow[GaugeRules].of_gauge(found.id)
        readings = uow[GaugeReadings].since(found.id, from_at, _POINTS_MOST)
        rises = uow[GaugeRises].of_rules([each.id for each in rules], from_at, _RISES_MOST)
        alerts = uow[Alerts].get_many([each.alert_id for each in rises if each.alert_id is not None])
        past = events_of(uow.session, found.id, _EVENTS_MOST)
    by_id = {each.id: each for each in rules}
    lines = [
        RiseLine(each, by_id[each.rule_id], alerts.get(each.alert_id) if each.alert_id else None) for each in rises
    ]
    return render_template(
        "gauges/gauge.html",
        gauge=found,
        state=state,
        change=change_of(state, now),
        rules=rules,
        rises=lines,
        readings=readings[: -(_EVENTS_MOST + 1) : -1],
        spans=list(GaugeSpan),
        span=span,
        plots=plots(found, readings, rules, lines, now) if len(readings) > 1 else "",
        past=past,
        can_manage=request_context.can_everywhere(Action.DEVICE_MANAGE, found.area_ids, tree),
        can_set=request_context.can_everywhere(Action.ALERT_RAISE, found.area_ids, tree),
    )


def change_of(state: GaugeState, now: datetime) -> float | None:
    """Return by how much the value has changed in the last hour; None if that is not known."""
    last = state.last
    if last is None or now - last.at > TREND_OVER:
        return None
    before = next((each for each in state.recent if last.at - each.at <= TREND_OVER), last)
    return None if before is last else last.value - before.value


def plots(
    found: Gauge,
    readings: Sequence[StoredReading],
    rules: Sequence[GaugeRule],
    rises: Sequence[RiseLine],
    now: datetime,
) -> str:
    """Return the chart for the page's script, as JSON: what was believed, and the limits, with the rises behind it."""
    drawn = _thinned([each for each in readings if each.verdict in _DRAWN])
    limits = {
        f"{rule.name}, {alert_labels.LEVEL[level]}": value
        for rule in rules
        for own in (rule.of(found.id),)
        if own is not None
        for level, value in enumerate(own.values, 1)
        if value is not None
    }
    return json.dumps(
        {
            "times": [each.at.timestamp() for each in drawn],
            "language": str(get_locale()),
            "marks": [
                (each.rise.at.timestamp(), (each.rise.fell_at or now).timestamp(), words_of(each), "rise")
                for each in rises
            ],
            "plots": {
                "value": {
                    "label": found.name,
                    "unit": str(found.unit),
                    "digits": 2,
                    "mean": [each.value for each in drawn],
                    "limits": [{"label": label, "value": value} for label, value in limits.items()],
                }
            },
        }
    )


def words_of(line: RiseLine) -> str:
    """Return the rise in words."""
    level = str(alert_labels.LEVEL[int(line.rise.level)]).lower()
    return _("%(rule)s: %(level)s reached", rule=line.rule.name, level=level)


def _thinned(readings: Sequence[StoredReading]) -> list[GaugeReading]:
    """Return few enough points for a chart; of each stretch the highest, which is the one that matters."""
    width = max(1, -(-len(readings) // _SIDES_MOST))
    parts = [readings[start : start + width] for start in range(0, len(readings), width)]
    highest = [max(part, key=lambda each: each.value) for part in parts]
    return [GaugeReading(each.at, each.value) for each in sorted(highest, key=lambda each: each.at)]
