"""Rises of the water to a limit: a standing order that names the rule is fired, else a draft asks people to act."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from broadcast.alerts.model import Audience
from broadcast.bulletins.model import Targets
from broadcast.gauges import limits
from broadcast.gauges.model import GaugeRise
from broadcast.standing_orders.gauge_warnings import pinned_rules, warning_of_rise
from broadcast.standing_orders.model import IncomingWarning
from cms.alerts.service.drafts import discard_untouched
from cms.areas.repository import Places
from cms.gauges.repository import GaugeRises
from cms.gauges.service.drafts import GAUGES, LimitReached, alert_before, areas_of, basis_of, draft_for
from cms.platform.store.uow import UnitOfWork
from cms.standing_orders.repository import AlertStandingOrders
from cms.standing_orders.service import firing
from cms.standing_orders.service.sources import RuleSources
from media.ports import Voices
from province.call import Call

LIMIT_REACHED: Final = "gauge.limit_reached"
_BASIS_MAX: Final = 1000
_LOOKED_BACK: Final = timedelta(days=30)
_EARLIER_MOST: Final = 10


def act_on(uow: UnitOfWork, limit: LimitReached, *, call: Call, voices: Voices) -> GaugeRise:
    """Fire the standing order of a limit that is reached, else draft its alert; store and return the rise.

    Within a unit of work. An earlier draft of the same rise that nobody has touched makes way. Who may raise the draft
    is called; where none could be made the rise says why, and people are told all the same.
    """
    rise = GaugeRise(call.new_id(), limit.rule.id, limit.level, limit.at, limit.reached)
    warning, found = _warning(uow, limit, rise), None
    if warning is not None:
        found, alert_id = firing.settle(
            uow, warning, cap_ref="", call=replace(call, actor=firing.WARNER), voices=voices
        )
        rise = replace(rise, alert_id=alert_id)
    before = alert_before(uow, limit)
    if rise.alert_id is None:
        rise = draft_for(uow, limit, rise, now=call.now, new_id=call.new_id, voices=voices)
        if warning is not None and found is not None and found.order is not None:
            firing.hold(uow, found, warning, rise.alert_id, call.now)
    if rise.alert_id is not None and before is not None:
        discard_untouched(uow, before.id, GAUGES, call.now)
    uow[GaugeRises].add(rise)
    detail = {"rise": rise.id, "level": int(limit.level), "alert": rise.alert_id or "", "failure": rise.failure}
    gauges = [each.gauge_id for each in limit.reached]
    uow.record(call.event(LIMIT_REACHED, limit.rule.id, gauges=gauges, **detail))
    return rise


def _warning(uow: UnitOfWork, limit: LimitReached, rise: GaugeRise) -> IncomingWarning | None:
    """Return the rise as standing orders look at it; None: none of them names the rule."""
    rule = limit.rule
    named = [each for order in uow[AlertStandingOrders].living() for each in pinned_rules(order.bounds)]
    pins = [source for rule_id, source in named if rule_id == rule.id]
    if not pins:
        return None
    audience = Audience(Targets(areas_of(limit, uow[Places].tree())))
    source = RuleSources.read(uow).by_rule.get(rule.id)
    basis = basis_of(limit.reached, rule, limit.gauges)[:_BASIS_MAX]
    earlier = uow[GaugeRises].of_rules([rule.id], rise.at - _LOOKED_BACK, _EARLIER_MOST)
    began_at = limits.began_at(rise, earlier)
    return warning_of_rise(rise, rule.hazard, audience, began_at=began_at, pins=pins, source=source, basis=basis)
