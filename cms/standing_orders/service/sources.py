"""Sources that a standing order may name: pinned signers, feeds over TLS, the central system, and rules of gauges."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from broadcast.gauges.model import Gauge, GaugeId, GaugeRule, GaugeRuleId
from broadcast.standing_orders.cap_warnings import CENTRAL, feed_source, sender_source
from broadcast.standing_orders.gauge_warnings import can_fire, pinned_rules, rule_source
from broadcast.standing_orders.model import AlertStandingOrder, SourceId
from cms.exchange.repository.central import CentralRecords
from cms.exchange.repository.exchange import CapSenders
from cms.exchange.repository.feeds import CapFeeds
from cms.gauges.repository import GaugeRules, Gauges
from cms.platform.store.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class WarningSource:
    """Source as people choose it. ``id`` is what orders hold."""

    id: SourceId
    name: str


def known_sources(uow: UnitOfWork) -> dict[SourceId, WarningSource]:
    """Return the sources that may be chosen now, by id; within a unit of work."""
    senders = [
        WarningSource(sender_source(each.sender), each.name) for each in uow[CapSenders].all() if each.certificate_pem
    ]
    feeds = [
        WarningSource(feed_source(each.name), each.name)
        for each in uow[CapFeeds].all()
        if urlsplit(each.url).scheme == "https"
    ]
    central = [WarningSource(CENTRAL, "")] if uow[CentralRecords].link().answered_at is not None else []
    rules = [WarningSource(source, "") for source in RuleSources.read(uow).by_rule.values()]
    return {each.id: each for each in (*senders, *feeds, *central, *rules)}


@dataclass(frozen=True, slots=True)
class RuleSources:
    """Rules of gauges that may fire standing orders, as they are now, with their sources."""

    rules: dict[GaugeRuleId, GaugeRule]
    gauges: dict[GaugeId, Gauge]
    by_rule: dict[GaugeRuleId, SourceId]

    @classmethod
    def read(cls, uow: UnitOfWork) -> "RuleSources":
        """Read them; within a unit of work."""
        rules = {each.id: each for each in uow[GaugeRules].all() if can_fire(each)}
        gauges = {each.id: each for each in uow[Gauges].all()} if rules else {}
        return cls(rules, gauges, {each.id: rule_source(each, gauges) for each in rules.values()})

    def changed(self, order: AlertStandingOrder) -> Sequence[SourceId]:
        """Return the rules that the order names and that are not any more what its people agreed to."""
        return [source for rule_id, source in pinned_rules(order.bounds) if self.by_rule.get(rule_id) != source]


def changed_rules(uow: UnitOfWork, orders: Iterable[AlertStandingOrder]) -> dict[str, Sequence[SourceId]]:
    """Return the changed rules of each order that has any, by its id; within a unit of work."""
    naming = [each for each in orders if any(pinned_rules(each.bounds))]
    known = RuleSources.read(uow) if naming else None
    return {each.id: changed for each in naming if known and (changed := known.changed(each))}
