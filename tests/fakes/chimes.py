from __future__ import annotations

from collections.abc import Sequence

from broadcast.bulletins.framing import Chime, ChimeId, ChimePlace
from province.areas import AreaId
from province.errors import NotFoundError


class MemoryChimes:
    def __init__(self, rows: dict[ChimeId, Chime]) -> None:
        self._rows = rows

    def get(self, chime_id: ChimeId) -> Chime:
        if chime_id not in self._rows:
            raise NotFoundError("chime", chime_id)
        return self._rows[chime_id]

    def find(self, area_id: AreaId, place: ChimePlace) -> Chime | None:
        return next((each for each in self.all() if (each.area_id, each.place) == (area_id, place)), None)

    def all(self) -> Sequence[Chime]:
        return sorted(self._rows.values(), key=lambda each: (each.area_id, each.place))

    def put(self, chime: Chime) -> None:
        self._rows[chime.id] = chime

    def remove(self, chime_id: ChimeId) -> None:
        self._rows.pop(chime_id, None)
