"""Small province whose transmissions are edited, and whose plans the server then makes and stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from broadcast.bulletins.transmissions import DayPlan, Transmission
from broadcast.scheduling.area_rules import AreaRules
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, StoredPlan, Transmissions
from cms.schedule.service import planning
from province.areas import AreaId
from tests.builders.in_memory.bulletin_world import small_province
from tests.fakes.content import MemoryContent
from tests.fakes.programme import BULLETINS, COMMUNES, MONDAY, NOW
from tests.service_store import ServiceStore

EARLY = NOW - timedelta(days=30)
"""Instant before anything of the tests begins, so that nothing is fixed yet."""
DayPlans = Mapping[tuple[AreaId, date], DayPlan]


@dataclass
class PlannedProvince:
    """Store with the small province, its rules and transmissions; planned for ``days`` from Monday on request."""

    rules: Mapping[AreaId, AreaRules]
    transmissions: tuple[Transmission, ...] = ()
    days: int = 2
    store: ServiceStore = field(default_factory=lambda: ServiceStore(small_province))
    content: MemoryContent = field(default_factory=MemoryContent)

    def __post_init__(self) -> None:
        with self.store.change() as uow:
            for area_id, rules in self.rules.items():
                uow[Places].set_rules(area_id, rules)
            for each in BULLETINS:
                uow[Bulletins].add(each)
        self.edit(added=self.transmissions)

    @property
    def plans(self) -> DayPlans:
        """Stored plans."""
        return {(stored.plan.area_id, stored.plan.on): stored.plan for stored in self.store.all(StoredPlan)}

    def edit(self, *, added: tuple[Transmission, ...] = (), removed: tuple[Transmission, ...] = ()) -> None:
        """Withdraw the removed ones and store the added ones; one with a known id takes the place of the known."""
        with self.store.change() as uow:
            for each in removed:
                uow[Transmissions].withdraw(each.id, EARLY)
        for each in added:
            self.store.put(each)

    def replan(self) -> DayPlans:
        """Plan every area; return the plans that differ from before."""
        before = self.plans
        for area_id in COMMUNES:
            planning.replan(self.store(), self.content, area_id, first_on=MONDAY, days=self.days, now=EARLY)
        return {key: plan for key, plan in self.plans.items() if before.get(key) != plan}

    def heard_in(self, area_id: AreaId) -> list[Transmission]:
        """Return the transmissions that reach an area."""
        with self.store() as uow:
            return list(uow[Transmissions].reaching((area_id,), EARLY))
