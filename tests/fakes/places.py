from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from broadcast.scheduling.area_rules import AreaRules, ExemptionState
from broadcast.scheduling.quotas import effective
from province.areas import Area, AreaId, AreaTree

if TYPE_CHECKING:
    from tests.fakes.memory import State


class MemoryPlaces:
    def __init__(self, state: State) -> None:
        self._state = state

    def tree(self) -> AreaTree:
        return AreaTree(self._state.areas.values())

    def commune_kinds(self) -> frozenset[str]:
        return frozenset(kind for kind, is_commune in self._state.area_kinds.items() if is_commune)

    def set_kind(self, kind: str, *, is_commune: bool) -> None:
        self._state.area_kinds[kind] = is_commune

    def rules(self, area_id: AreaId) -> AreaRules:
        chain, confirmed = self.tree().chain(area_id), ExemptionState.CONFIRMED
        exempt = [e.on for e in self._state.exemptions.values() if e.area_id in chain and e.state is confirmed]
        return effective((self._state.rules[above] for above in chain if above in self._state.rules), exempt)

    def own_rules(self, area_id: AreaId) -> AreaRules | None:
        return self._state.rules.get(area_id)

    def set_rules(self, area_id: AreaId, rules: AreaRules) -> None:
        self.tree().get(area_id)
        self._state.rules[area_id] = rules

    def add(self, areas: Iterable[Area]) -> None:
        self._state.areas.update((area.id, area) for area in areas)

    def close(self, area_ids: Iterable[AreaId], on: date) -> None:
        for area_id in area_ids:
            if self._state.areas[area_id].valid_to is None:
                self._state.areas[area_id] = replace(self._state.areas[area_id], valid_to=on)
