"""From a limit that is reached to the draft of an alert: the one place where a rise of the water asks people to act."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
from cms.alerts.service.drafts import add_draft, discard_untouched
from cms.areas.repository import Places
from cms.gauges.repository import GaugeRises
from cms.platform.store.uow import UnitOfWork
from cms.shelters import service as shelters
from media.ports import Voices
from province.areas import AreaId, AreaTree
from province.call import Call, NewId
from province.errors import InvalidError
from province.events import Event
from province.people import Action, Actor, program
from province.wall_clock import told_time

log = logging.getLogger(__name__)
GAUGES: Final = program("gauges")
"""Author of drafts that gauges have called for: no person, so that two people still have to act."""
LIMIT_REACHED: Final = "gauge.limit_reached"


class _AsGauges:
    """Authority that only allows drafting, which airs nothing."""

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        del areas, tree
        assert actor.user_id == GAUGES.user_id
        assert action is Action.ALERT_RAISE


@dataclass(frozen=True, slots=True)
class LimitReached:
    """Limit of a rule that its gauges have reached. ``before``: the rise to a lower level that it goes on from."""

    rule: GaugeRule
    level: AlertLevel
    reached: tuple[ReachedLimit, ...]
    gauges: Mapping[GaugeId, Gauge]
    before: GaugeRise | None
    at: datetime


def draft_for(uow: UnitOfWork, limit: LimitReached, *, now: datetime, new_id: NewId, voices: Voices) -> GaugeRise:
    """Draft the alert of a limit that is reached, with an alarm to all who may raise it; store and return the rise.

    Within a unit of work. An earlier draft of the same rise that nobody has touched makes way; an alert of it that is
    in force is to be updated. Where no draft can be made the rise says why, and people are told all the same.
    """
    rule = limit.rule
    alert: Alert | None = None
    failure = ""
    before = None if limit.before is None or limit.before.alert_id is None else uow[Alerts].get(limit.before.alert_id)
    updates_id = before.id if before is not None and before.status is AlertStatus.ACTIVE else None
    by = Actor(GAUGES.user_id, f"Trạm đo: {rule.name}", ())
    draft = _draft(uow, limit, updates_id)
    try:
        alert = add_draft(uow, draft=draft, call=Call(by, _AsGauges(), now, new_id), voices=voices)
    except InvalidError as error:
        failure = next((each.code for each in error.problems), error.code)
        log.exception("gauge.draft_failed of the rule %s", rule.id)
    if alert is not None and before is not None:
        discard_untouched(uow, before.id, GAUGES, now)
    rise = GaugeRise(
        new_id(), rule.id, limit.level, limit.at, limit.reached, None if alert is None else alert.id, failure
    )
    uow[GaugeRises].add(rise)
    detail = {"rise": rise.id, "level": int(limit.level), "alert": rise.alert_id or "", "failure": failure}
    gauges = [each.gauge_id for each in limit.reached]
    uow.record(Event.of(GAUGES, LIMIT_REACHED, rule.id, now, gauges=gauges, **detail))
    return rise


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
    areas = _areas([limit.gauges[each.gauge_id] for each in limit.reached], tree)
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


def _areas(gauges: Iterable[Gauge], tree: AreaTree) -> tuple[AreaId, ...]:
    """Return the places that the gauges stand for; in place of a closed one those that succeeded it."""
    return tree.roots_of(heir for each in gauges for area in each.area_ids if area in tree for heir in tree.heirs(area))
