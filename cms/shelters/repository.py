"""Repository of the shelters of communes."""

from collections.abc import Mapping

from sqlalchemy import delete, select

from cms.platform.store.insert_or_update import put_rows
from cms.platform.store.rows import among, change
from cms.platform.store.uow import Repository
from cms.shelters.tables import AreaShelterRow
from province.areas import AreaId


class Shelters(Repository):
    """Shelters, by area."""

    def all(self) -> dict[AreaId, str]:
        return {row.area_id: row.shelter for row in self._session.scalars(select(AreaShelterRow))}

    def set(self, shelters: Mapping[AreaId, str]) -> None:
        """Store these in place of those of the same areas; an empty one goes."""
        gone = [area_id for area_id, shelter in shelters.items() if not shelter]
        if gone:
            change(self._session, delete(AreaShelterRow).where(among(AreaShelterRow.area_id, gone)))
        rows = [{"area_id": area_id, "shelter": shelter} for area_id, shelter in shelters.items() if shelter]
        put_rows(self._session, AreaShelterRow, rows)
