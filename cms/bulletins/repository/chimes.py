"""Repository of chimes: opening and closing sounds of areas."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from broadcast.bulletins.chimes import Chime, ChimeId, ChimePlace
from cms.bulletins.tables.chimes import ChimeRow
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from province.areas import AreaId
from province.errors import NotFoundError


class Chimes(Repository):
    """Opening and closing sounds: one for each area and place."""

    def get(self, chime_id: ChimeId) -> Chime:
        """Raises NotFoundError."""
        row = self._session.get(ChimeRow, chime_id)
        if row is None:
            raise NotFoundError("chime", chime_id)
        return value_of(Chime, row)

    def find(self, area_id: AreaId, place: ChimePlace) -> Chime | None:
        """Return the chime of this very area."""
        query = select(ChimeRow).where(ChimeRow.area_id == area_id, ChimeRow.place == place)
        row = self._session.scalars(query).one_or_none()
        return None if row is None else value_of(Chime, row)

    def all(self) -> Sequence[Chime]:
        """Return the chimes of these very areas, by area and place."""
        rows = self._session.scalars(select(ChimeRow).order_by(ChimeRow.area_id, ChimeRow.place))
        # Sorted here: databases differ in how they order dashes.
        return sorted((value_of(Chime, row) for row in rows), key=lambda each: (each.area_id, each.place))

    def put(self, chime: Chime) -> None:
        """Add it, or replace the one of the same id."""
        self.remove(chime.id)
        self._session.execute(insert(ChimeRow), [columns_of(chime)])

    def remove(self, chime_id: ChimeId) -> None:
        change(self._session, delete(ChimeRow).where(ChimeRow.id == chime_id))
