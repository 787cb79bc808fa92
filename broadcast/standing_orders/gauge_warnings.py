"""Rises of gauges as warnings for standing orders: a rule of limits, pinned as it was when two people agreed to it."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Audience
from broadcast.gauges.model import Gauge, GaugeId, GaugeRise, GaugeRule, GaugeRuleId
from broadcast.standing_orders.model import IncomingWarning, SourceId, StandingBounds, WarningSeverity

LASTS: Final = timedelta(hours=6)
"""As long as a CAP message without an end: the gauges tell of the fall by themselves."""
AGREE_LEAST: Final = 2
"""Gauges that have to agree: one alone cannot be told from a sensor that drifts."""
SEVERITIES: Final[Mapping[AlertLevel, WarningSeverity]] = {
    AlertLevel.ONE: WarningSeverity.MODERATE,
    AlertLevel.TWO: WarningSeverity.SEVERE,
    AlertLevel.THREE: WarningSeverity.EXTREME,
}
_KIND: Final = "gauge"
_PARTS: Final = 4


def rule_source(rule: GaugeRule, gauges: Mapping[GaugeId, Gauge]) -> SourceId:
    """Return the rule as a source. Whatever it is judged by is part of it, so that a changed rule is another source."""
    own = [gauges[each.gauge_id] for each in rule.limits if each.gauge_id in gauges]
    judged = [
        [rule.id, rule.name, rule.hazard, rule.agree_least, rule.window_s, rule.hold_s, rule.hysteresis],
        [[each.gauge_id, *each.values] for each in rule.limits],
        [[each.id, each.kind, each.unit, *each.area_ids] for each in own],
        [[each.least, each.most, each.step_most, each.interval_s, each.stuck_after_s] for each in own],
    ]
    digest = sha256(json.dumps(judged, ensure_ascii=False).encode()).hexdigest()
    return SourceId(f"{_KIND} {rule.id} {digest} {rule.name}")


def can_fire(rule: GaugeRule) -> bool:
    """Return whether a standing order may name the rule."""
    return rule.is_on and rule.agree_least >= AGREE_LEAST


def rule_of(source: SourceId) -> GaugeRuleId | None:
    """Return the rule that the source pins; None: it is no rule of gauges."""
    parts = source.split(" ", _PARTS - 1)
    return GaugeRuleId(parts[1]) if parts[0] == _KIND and len(parts) == _PARTS else None


def rule_name(source: SourceId) -> str:
    """Return the name of the rule that the source pins."""
    return source.split(" ", _PARTS - 1)[-1]


def pinned_rules(bounds: StandingBounds) -> Iterator[tuple[GaugeRuleId, SourceId]]:
    """Yield the rules of gauges among the sources."""
    for source in bounds.sources:
        rule_id = rule_of(source)
        if rule_id is not None:
            yield rule_id, source


def fires_at(rule: GaugeRule, bounds: StandingBounds) -> bool:
    """Return whether the rule can rise to what the bounds ask for: their hazard, and a level that is severe enough."""
    levels = [level for level in AlertLevel if any(each.at(level) is not None for each in rule.limits)]
    return rule.hazard in bounds.hazards and any(SEVERITIES[level] >= bounds.severity_min for level in levels)


def warning_of_rise(
    rise: GaugeRise,
    hazard: Hazard,
    audience: Audience,
    *,
    began_at: datetime,
    pins: Collection[SourceId],
    source: SourceId | None,
    basis: str,
) -> IncomingWarning:
    """Build the warning. ``pins``: the rule as orders name it, ``source``: as it is; None: it may fire no order.

    ``began_at``: a rise that goes on is one event, of which a higher level is left to people. ``basis``: what was
    measured. Gauges measure what is there: they are certain, and never a drill's.
    """
    severity = SEVERITIES[rise.level]
    return IncomingWarning(
        sources=tuple(sorted(set(pins))),
        proved=() if source is None else (source,),
        identifier=basis,
        hazard=hazard,
        severity=severity,
        severity_most=severity,
        audience=audience,
        sent_at=rise.at,
        begins_at=began_at,
        expires_at=rise.at + LASTS,
        is_drill=False,
    )
