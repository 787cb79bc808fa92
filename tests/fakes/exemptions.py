from __future__ import annotations

from collections.abc import Iterable, Sequence

from broadcast.scheduling.area_rules import Exemption, ExemptionId
from province.areas import AreaId
from province.errors import NotFoundError


class MemoryExemptions:
    def __init__(self, rows: dict[ExemptionId, Exemption]) -> None:
        self._rows = rows

    def get(self, exemption_id: ExemptionId) -> Exemption:
        if exemption_id not in self._rows:
            raise NotFoundError("exemption", exemption_id)
        return self._rows[exemption_id]

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Exemption]:
        wanted = set(area_ids)
        found = sorted((each for each in self._rows.values() if each.area_id in wanted), key=lambda each: each.id)
        return sorted(found, key=lambda each: each.on, reverse=True)

    def put(self, exemption: Exemption) -> None:
        self._rows[exemption.id] = exemption
