"""Drafts of alerts for limits that are reached: the one place where a rise of the water asks people to act."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.message_templates import written
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, AlertStatus, Audience, Purpose
from broadcast.bulletins.model import Targets
from broadcast.gauges.measured_values import figure, measured
from broadcast.gauges.model import Gauge, GaugeId, GaugeRise, GaugeRule, ReachedLimit
from broadcast.speech.normalization import VIETNAMESE
from broadcast.speech.place_names import enumerated
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.service.draft_fields import FACT_MAX, HEADLINE_MAX, TEXT_MAX, AlertDraft, WordingDraft
from cms.alerts.service.drafts import add_draft
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from cms.shelters import service as shelters
from media.ports import Voices
from province.areas import AreaId, AreaTree
from province.call import Call, NewId
from province.errors import InvalidError
from province.people import Action, Actor, program
from province.wall_clock import told_time

log = logging.getLogger(__name__)
GAUGES: Final = program("gauges")
"""Author of drafts that gauges have called for: no person, so that two people still have to act."""


class _AsGauges:
    """Authority that only allows to draft, and to read what the draft would update: neither airs anything."""

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        del areas, tree
        assert actor.user_id == GAUGES.user_id
        assert action in (Action.ALERT_RAISE, Action.ALERT_READ)


@dataclass(frozen=True, slots=True)
class LimitReached:
    """Limit of a rule that its gauges have reached. ``before``: the rise to a lower level that it goes on from."""

    rule: GaugeRule
    level: AlertLevel
    reached: tuple[ReachedLimit, ...]
    gauges: Mapping[GaugeId, Gauge]
    before: GaugeRise | None
    at: datetime


def draft_for(
    uow: UnitOfWork, limit: LimitReached, rise: GaugeRise, *, now: datetime, new_id: NewId, voices: Voices
) -> GaugeRise:
    """Draft the alert of a limit that is reached; return its rise with the draft, or with why none could be made.

    Within a unit of work. An alert of the same rise that is in force is to be updated.
    """
    rule, before = limit.rule, alert_before(uow, limit)
    updates_id = before.id if before is not None and before.status is AlertStatus.ACTIVE else None
    by = Actor(GAUGES.user_id, f"Trạm đo: {rule.name}", ())
    draft = _draft(uow, limit, updates_id)
    try:
        alert = add_draft(uow, draft=draft, call=Call(by, _AsGauges(), now, new_id), voices=voices)
    except InvalidError as error:
        log.exception("gauge.draft_failed of the rule %s", rule.id)
        return replace(rise, failure=next((each.code for each in error.problems), error.code))
    return replace(rise, alert_id=alert.id)


def alert_before(uow: UnitOfWork, limit: LimitReached) -> Alert | None:
    """Return the alert of the rise that this one goes on from; within a unit of work."""
    earlier = None if limit.before is None else limit.before.alert_id
    return None if earlier is None else uow[Alerts].get(earlier)


def basis_of(reached: Iterable[ReachedLimit], rule: GaugeRule, gauges: Mapping[GaugeId, Gauge]) -> str:
    """Return what was measured where and when, and the limits that it reaches, in a sentence."""
    lines = []
    for each in reached:
        limits = rule.of(each.gauge_id)
        limit = None if limits is None else limits.at(each.level)
        against = "" if limit is None else f", ngưỡng {figure(limit)}"
        at = told_time(each.last_at, VIETNAMESE)
        lines.append(f"{measured(gauges[each.gauge_id], each.value)} ({at}{against})")
    return "; ".join(lines)


def _draft(uow: UnitOfWork, limit: LimitReached, updates_id: AlertId | None) -> AlertDraft:
    rule, tree, table = limit.rule, uow[Places].tree(), uow[AlertPolicies].hazards()
    areas = areas_of(limit, tree)
    advice = shelters.advice_of(uow, rule.hazard, Targets(areas), level=limit.level, table=table)
    top = tree.get(areas[0] if len(areas) == 1 else tree.chain(areas[0])[-1]).name if areas else ""
    facts = AlertFacts(
        happens_at=limit.at,
        place=enumerated([tree.get(area).name for area in areas])[:FACT_MAX],
        intensity="; ".join(measured(limit.gauges[each.gauge_id], each.value) for each in limit.reached)[:FACT_MAX],
        advice=advice[:FACT_MAX],
        authority=f"Ban Chỉ huy phòng thủ dân sự {top}" if top else "",
        basis=basis_of(limit.reached, rule, limit.gauges)[:FACT_MAX],
    )
    said = written(rule.hazard, facts, VIETNAMESE, level=limit.level, table=table)
    return AlertDraft(
        AlertKind.LIVE,
        rule.hazard,
        limit.level,
        headline=said.headline[:HEADLINE_MAX],
        audience=Audience(Targets(areas)),
        facts=facts,
        wordings=(WordingDraft(VIETNAMESE, said.text[:TEXT_MAX]),),
        purpose=Purpose.WARNING if updates_id is None else Purpose.UPDATE,
        updates_id=updates_id,
    )


def areas_of(limit: LimitReached, tree: AreaTree) -> tuple[AreaId, ...]:
    """Return the places that the gauges at the limit stand for; in place of a closed one those that succeeded it."""
    gauges = [limit.gauges[each.gauge_id] for each in limit.reached]
    return tree.roots_of(heir for each in gauges for area in each.area_ids if area in tree for heir in tree.heirs(area))
