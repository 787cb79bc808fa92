"""In-memory repository of board plans; part of ``tests.fakes.memory``."""

from __future__ import annotations

from cms.boards.repository import StoredBoardPlan
from province.areas import AreaId


class MemoryBoardPlans:
    def __init__(self, rows: dict[AreaId, StoredBoardPlan]) -> None:
        self._rows = rows

    def get(self, area_id: AreaId) -> StoredBoardPlan | None:
        return self._rows.get(area_id)

    def put(self, plan: StoredBoardPlan) -> None:
        self._rows[plan.area_id] = plan
