"""Rules of limits: set by whoever may raise the alerts that they lead to."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from broadcast.alerts.hazards import Hazard
from broadcast.gauges.model import Gauge, GaugeId, GaugeLimits, GaugeRule, GaugeRuleId, GaugeRuleState
from cms.areas.repository import Places
from cms.gauges.repository import GaugeRises, GaugeRules, GaugeRuleStates, Gauges
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import ConflictError, Problem, problem_if, refuse, too_long
from province.people import Action

NAME_MAX: Final = 80
RULES_MOST: Final = 200
GAUGES_OF_RULE_MOST: Final = 5
SECONDS_MOST: Final = 86_400


@dataclass(frozen=True, slots=True)
class GaugeRuleDraft:
    """Fields of ``GaugeRule`` as a person states them."""

    name: str
    hazard: Hazard
    limits: tuple[GaugeLimits, ...]
    agree_least: int
    window_s: int
    hold_s: int
    hysteresis: float
    is_on: bool


def add(uow: UnitOfWork, draft: GaugeRuleDraft, *, call: Call) -> GaugeRule:
    """Set a new rule.

    Raises:
        InvalidError: with every problem.
        NotAllowedError: no right to raise alerts in all places of its gauges.
    """
    with uow:
        _check(uow, draft, call)
        refuse(problem_if(len(uow[GaugeRules].all()) >= RULES_MOST, "name", "TOO_MANY", max=RULES_MOST))
        rule = GaugeRule(
            id=GaugeRuleId(call.new_id()),
            changed_at=call.now,
            changed_by=call.actor.user_id,
            changed_by_name=call.actor.name,
            **columns_of(draft),
        )
        uow[GaugeRules].add(rule)
        uow.record(call.event("gauge_rule.added", rule.id, **_told(rule)))
        uow.commit()
    return rule


def edit(
    uow: UnitOfWork, rule_id: GaugeRuleId, draft: GaugeRuleDraft, *, expected_version: int, call: Call
) -> GaugeRule:
    """Change a rule; its gauges are weighed anew against it.

    Raises:
        NotFoundError, ConflictError, InvalidError: see their remedies.
        NotAllowedError: no right to raise alerts in all places of its gauges, old and new.
    """
    with uow:
        old = uow[GaugeRules].get(rule_id)
        _require_right(uow, old.limits, call)
        if old.version != expected_version:
            raise ConflictError("gauge_rule", rule_id, expected_version, old.version)
        _check(uow, draft, call)
        typed = replace(old, **columns_of(draft), version=old.version + 1)
        by, name = call.actor.user_id, call.actor.name
        rule = replace(typed, changed_at=call.now, changed_by=by, changed_by_name=name)
        uow[GaugeRules].save(rule)
        _begin_anew(uow, rule_id, call)
        uow.record(call.event("gauge_rule.edited", rule.id, **_told(rule)))
        uow.commit()
    return rule


def problems_of(draft: GaugeRuleDraft, gauges: dict[GaugeId, Gauge]) -> list[Problem]:
    """Return all problems of what was said of a rule; ``gauges``: those of its limits that exist."""
    found = problem_if(not draft.name, "name", "MISSING") + too_long("name", draft.name, NAME_MAX)
    found += problem_if(not draft.limits, "limits", "MISSING")
    found += problem_if(len(draft.limits) > GAUGES_OF_RULE_MOST, "limits", "TOO_MANY", max=GAUGES_OF_RULE_MOST)
    ids = [each.gauge_id for each in draft.limits]
    found += problem_if(len(set(ids)) < len(ids), "limits", "GAUGE_TWICE")
    found += problem_if(not set(ids) <= set(gauges), "limits", "GAUGE_UNKNOWN")
    known = [(each, gauges[each.gauge_id]) for each in draft.limits if each.gauge_id in gauges]
    found += problem_if(len({gauge.unit for _, gauge in known}) > 1, "limits", "GAUGES_DIFFER")
    for limits, gauge in known:
        found += _limit_problems(limits, gauge)
    found += problem_if(not 1 <= draft.agree_least <= max(1, len(ids)), "agree_least", "NOT_SO_MANY", max=len(ids))
    found += problem_if(not 60 <= draft.window_s <= SECONDS_MOST, "within", "NOT_MINUTES_OF_A_DAY")  # noqa: PLR2004
    found += problem_if(not 0 <= draft.hold_s <= SECONDS_MOST, "hold", "NOT_MINUTES_OF_A_DAY")
    span = min((gauge.most - gauge.least for _, gauge in known), default=draft.hysteresis + 1)
    found += problem_if(not 0 <= draft.hysteresis < span, "hysteresis", "NOT_A_FALL")
    return found


def _limit_problems(limits: GaugeLimits, gauge: Gauge) -> list[Problem]:
    values = [each for each in limits.values if each is not None]
    if not values:
        return [Problem("limits", "LIMIT_MISSING", {"gauge": gauge.name})]
    found = problem_if(any(a >= b for a, b in pairwise(values)), "limits", "LIMITS_NOT_RISING", gauge=gauge.name)
    is_within = all(gauge.least < each <= gauge.most for each in values)
    return found + problem_if(not is_within, "limits", "LIMIT_OUT_OF_RANGE", gauge=gauge.name)


def _check(uow: UnitOfWork, draft: GaugeRuleDraft, call: Call) -> None:
    known = {each.id: each for each in uow[Gauges].all()}
    refuse(problems_of(draft, known))
    _require_right(uow, draft.limits, call)


def _require_right(uow: UnitOfWork, limits: tuple[GaugeLimits, ...], call: Call) -> None:
    gauges = uow[Gauges].get_many([each.gauge_id for each in limits])
    areas = [area for each in gauges.values() for area in each.area_ids]
    call.require(Action.ALERT_RAISE, areas, uow[Places].tree())


def _begin_anew(uow: UnitOfWork, rule_id: GaugeRuleId, call: Call) -> None:
    """Forget how far the water had risen by the limits before; a rise that stands is over."""
    state = uow[GaugeRuleStates].of(rule_id)
    rise = uow[GaugeRises].find(state.rise_id) if state.rise_id else None
    if rise is not None and rise.fell_at is None:
        uow[GaugeRises].put(replace(rise, fell_at=call.now))
    uow[GaugeRuleStates].save(GaugeRuleState(rule_id))


def _told(rule: GaugeRule) -> dict[str, object]:
    limits = {each.gauge_id: list(each.values) for each in rule.limits}
    times = {"agree_least": rule.agree_least, "window_s": rule.window_s, "hold_s": rule.hold_s}
    detail = {"name": rule.name, "hazard": rule.hazard, "limits": limits, "hysteresis": rule.hysteresis}
    return {**detail, **times, "is_on": rule.is_on}
