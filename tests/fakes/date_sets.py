from __future__ import annotations

from collections.abc import Iterable, Sequence

from broadcast.scheduling.closed_days import DateSet, DateSetId
from province.areas import AreaId
from province.errors import NotFoundError


class MemoryDateSets:
    def __init__(self, rows: dict[DateSetId, DateSet]) -> None:
        self._rows = rows

    def get(self, set_id: DateSetId) -> DateSet:
        if set_id not in self._rows:
            raise NotFoundError("date set", set_id)
        return self._rows[set_id]

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[DateSet]:
        wanted = set(area_ids)
        found = [each for each in self._rows.values() if each.area_id in wanted]
        return sorted(found, key=lambda each: (each.name, each.area_id))

    def named(self, set_ids: Iterable[DateSetId]) -> Sequence[DateSet]:
        return [self._rows[set_id] for set_id in sorted(set_ids) if set_id in self._rows]

    def put(self, date_set: DateSet) -> None:
        self._rows[date_set.id] = date_set

    def remove(self, set_id: DateSetId) -> None:
        self._rows.pop(set_id, None)
