"""Standing orders of gauges for tests: two gauges of a ward, a rule by which both agree, and an order that names it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bench import gauge_series
from broadcast.alerts.hazards import Hazard
from broadcast.gauges.model import Gauge, GaugeId, GaugeReading, GaugeRise, GaugeRule, GaugeRuleId
from broadcast.standing_orders.model import AlertStandingOrder, SourceId
from cms.gauges.repository import GaugeRules, Gauges
from cms.gauges.service import rules
from cms.gauges.service.intake import GaugeIntake
from cms.gauges.service.rules import GaugeRuleDraft
from cms.standing_orders.service.sources import RuleSources
from tests.builders.alerts import OFFICER
from tests.builders.standing_orders import agreed, call_of
from tests.console import COMMUNE, Console


@dataclass
class GaugePair:
    """Two gauges of the ward Mũi Né and their rule."""

    console: Console
    gauges: tuple[Gauge, ...]
    rule_id: GaugeRuleId

    @classmethod
    def registered(cls, console: Console, **changes: Any) -> GaugePair:
        """Add both gauges and the rule, which is changed in so far."""
        new_id = console.context.new_id
        gauges = tuple(
            replace(each, id=GaugeId(new_id()), area_ids=(COMMUNE,), secret_hash=new_id(), added_at=console.clock())
            for each in gauge_series.pair()
        )
        wanted = {"hazard": Hazard.FLASH_FLOOD, "agree_least": 2, **changes}
        rule = replace(gauge_series.rule(*gauges), id=GaugeRuleId(new_id()), **wanted)
        with console.context.uow() as uow:
            for each in gauges:
                uow[Gauges].add(each)
            uow[GaugeRules].add(rule)
            uow.commit()
        return cls(console, gauges, rule.id)

    @property
    def rule(self) -> GaugeRule:
        with self.console.context.uow.reading() as uow:
            return uow[GaugeRules].get(self.rule_id)

    @property
    def source(self) -> SourceId:
        with self.console.context.uow.reading() as uow:
            return RuleSources.read(uow).by_rule[self.rule_id]

    def ordered(self, **changes: Any) -> AlertStandingOrder:
        """Return an order of the rule that two people agreed to."""
        return agreed(self.console, sources=(self.source,), rest_minutes=10, **changes)

    def changed(self, **changes: Any) -> GaugeRule:
        """Change the rule as an officer does."""
        old = self.rule
        drafted = {each: getattr(old, each) for each in GaugeRuleDraft.__slots__}
        return rules.edit(
            self.console.context.uow(),
            old.id,
            GaugeRuleDraft(**drafted | changes),
            expected_version=old.version,
            call=call_of(self.console, OFFICER),
        )

    def follow(self, *values: float, only: int | None = None) -> list[GaugeRise]:
        """Let both gauges, or ``only`` one, send these values, one an interval; return the rises."""
        context = self.console.context
        intake = GaugeIntake(context.uow, context.voices, context.now, context.new_id)
        rises: list[GaugeRise] = []
        for value in values:
            self.console.clock.at += gauge_series.EVERY
            for number, gauge in enumerate(self.gauges):
                if only in (None, number):
                    rises += intake.take(gauge.id, [GaugeReading(self.console.clock.at, value + number / 100)]).rises
        return rises
