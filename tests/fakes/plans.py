"""In-memory repository of day plans; part of ``tests.fakes.memory``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from broadcast.bulletins.transmissions import DayPlan
from cms.bulletins.repository.bulletins import StoredPlan
from province.areas import AreaId


class MemoryPlans:
    def __init__(self, rows: dict[tuple[AreaId, date], StoredPlan]) -> None:
        self._rows = rows

    def get(self, area_id: AreaId, on: date) -> StoredPlan | None:
        return self._rows.get((area_id, on))

    def of_area(self, area_id: AreaId, first_on: date, last_on: date) -> Sequence[StoredPlan]:
        return [row for (area, on), row in sorted(self._rows.items()) if area == area_id and first_on <= on <= last_on]

    def put(self, plan: DayPlan, sha256: str, size: int, built_at: datetime) -> None:
        old = self.get(plan.area_id, plan.on)
        version = 1 if old is None else old.version + 1
        self._rows[plan.area_id, plan.on] = StoredPlan(plan, sha256, size, version, built_at)
