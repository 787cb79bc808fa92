"""Repository of chimes: opening and closing sounds of areas."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from broadcast.bulletins.chimes import Chime, ChimeId, ChimePlace
from cms.bulletins.tables.chimes import ChimeRow
from cms.platform.store.rows import change, columns_of, value_of
from province.areas import AreaId
from province.errors import NotFoundError


class SqlChimes:
    """SQL implementation of ``broadcast.ports.unit_of_work.Chimes``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, chime_id: ChimeId) -> Chime:
        row = self._session.get(ChimeRow, chime_id)
        if row is None:
            raise NotFoundError("chime", chime_id)
        return value_of(Chime, row)

    def find(self, area_id: AreaId, place: ChimePlace) -> Chime | None:
        query = select(ChimeRow).where(ChimeRow.area_id == area_id, ChimeRow.place == place)
        row = self._session.scalars(query).one_or_none()
        return None if row is None else value_of(Chime, row)

    def all(self) -> Sequence[Chime]:
        rows = self._session.scalars(select(ChimeRow).order_by(ChimeRow.area_id, ChimeRow.place))
        # Sorted here: databases differ in how they order dashes.
        return sorted((value_of(Chime, row) for row in rows), key=lambda each: (each.area_id, each.place))

    def put(self, chime: Chime) -> None:
        self.remove(chime.id)
        self._session.execute(insert(ChimeRow), [columns_of(chime)])

    def remove(self, chime_id: ChimeId) -> None:
        change(self._session, delete(ChimeRow).where(ChimeRow.id == chime_id))
