"""Bounds of a standing order: what may be asked for, and the rules of gauges that it names."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.audiences import PlaceIndex
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, Audience
from broadcast.bulletins.model import Targets
from broadcast.standing_orders.gauge_warnings import fires_at, pinned_rules, rule_name, rule_of
from broadcast.standing_orders.model import AlertStandingOrder, SourceId, StandingBounds, WarningSeverity
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from cms.standing_orders.service.sources import RuleSources, known_sources
from province.errors import Problem, problem_if, refuse

VALID_MOST: Final = timedelta(days=366)
LIMITS: Final = {"firings_max": (1, 20), "rest_minutes": (10, 1440), "lasts_minutes": (10, 720)}
SOURCES_MOST: Final = 10


def bounds_problems(uow: UnitOfWork, bounds: StandingBounds, alert: Alert, now: datetime) -> list[Problem]:
    """Return all problems of the bounds for this alert; within a unit of work."""
    unknown = sorted(map(_told, set(bounds.sources) - set(known_sources(uow))))
    found = list(_problems(bounds, alert, now))
    found += problem_if(bool(unknown), "sources", "SOURCE_UNKNOWN", sources=", ".join(unknown))
    return found + _rule_problems(uow, bounds, alert)


def pinned_anew(uow: UnitOfWork, order: AlertStandingOrder) -> StandingBounds:
    """Return the bounds with their rules of gauges as they are now; within a unit of work.

    Raises:
        InvalidError: one of them may not fire any order now, or none of this alert.
    """
    known = RuleSources.read(uow)
    gone = [rule_name(each) for rule_id, each in pinned_rules(order.bounds) if rule_id not in known.by_rule]
    refuse(problem_if(bool(gone), "sources", "SOURCE_UNKNOWN", sources=", ".join(gone)))
    named = [(rule_of(each), each) for each in order.bounds.sources]
    sources = tuple(each if rule_id is None else known.by_rule[rule_id] for rule_id, each in named)
    bounds = replace(order.bounds, sources=sources)
    refuse(_rule_problems(uow, bounds, order.pattern))
    return bounds


def _problems(bounds: StandingBounds, alert: Alert, now: datetime) -> Iterator[Problem]:
    yield from problem_if(not bounds.sources, "sources", "MISSING")
    yield from problem_if(len(bounds.sources) > SOURCES_MOST, "sources", "TOO_MANY", max=SOURCES_MOST)
    yield from problem_if(not bounds.hazards, "hazards", "MISSING")
    yield from problem_if(Hazard.OTHER in bounds.hazards, "hazards", "HAZARD_UNNAMED")
    yield from problem_if(bounds.severity_min is WarningSeverity.UNKNOWN, "severity_min", "MISSING")
    yield from problem_if(alert.is_calm, "purpose", "NOT_A_WARNING")
    for name, (least, most) in LIMITS.items():
        is_out = not least <= getattr(bounds, name) <= most
        yield from problem_if(is_out, name, "NOT_WITHIN", min=least, max=most)
    begins, ends = bounds.valid_from_at, bounds.valid_until_at
    yield from problem_if(ends <= max(begins, now), "valid_until_at", "ENDS_BEFORE")
    yield from problem_if(ends - min(begins, now) > VALID_MOST, "valid_until_at", "OVER_A_YEAR")


def _rule_problems(uow: UnitOfWork, bounds: StandingBounds, alert: Alert) -> list[Problem]:
    """Return why a rule of gauges among the sources could never fire this order."""
    rule_ids = [rule_id for rule_id, _source in pinned_rules(bounds)]
    if not rule_ids:
        return []
    if alert.is_drill:
        return [Problem("sources", "GAUGES_ARE_REAL")]
    known, ground = RuleSources.read(uow), PlaceIndex(uow[Places].tree())
    found = problem_if(len(rule_ids) < len(bounds.sources), "sources", "GAUGES_APART")
    for rule in (known.rules[each] for each in rule_ids if each in known.rules):
        gauges = [known.gauges[each.gauge_id] for each in rule.limits if each.gauge_id in known.gauges]
        areas = {area for each in gauges for area in each.area_ids}
        is_near = bool(ground.common(alert.audience, Audience(Targets(tuple(sorted(areas))))))
        can_fire = is_near and (fires_at(rule, bounds) or not bounds.hazards)
        found += problem_if(not can_fire, "sources", "RULE_NEVER_FIRES", rule=rule.name)
    return found


def _told(source: SourceId) -> str:
    return source if rule_of(source) is None else rule_name(source)
