"""Repository of named sets of dates."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select

from broadcast.scheduling.closed_days import DateSet, DateSetId
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from cms.schedule.tables.calendar import DateSetRow
from province.areas import AreaId
from province.errors import NotFoundError


class DateSets(Repository):
    """Own sets of dates of areas: one for each area and name."""

    def get(self, set_id: DateSetId) -> DateSet:
        """Raises NotFoundError."""
        row = self._session.get(DateSetRow, set_id)
        if row is None:
            raise NotFoundError("date set", set_id)
        return value_of(DateSet, row)

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[DateSet]:
        """Return the sets of these very areas, by name."""
        rows = self._session.scalars(select(DateSetRow).where(DateSetRow.area_id.in_(list(area_ids))))
        # Sorted here: databases differ in where they put Vietnamese letters.
        return [value_of(DateSet, row) for row in sorted(rows, key=lambda row: (row.name, row.area_id))]

    def named(self, set_ids: Iterable[DateSetId]) -> Sequence[DateSet]:
        """Return the existing sets among these ids, by id."""
        rows = self._session.scalars(select(DateSetRow).where(DateSetRow.id.in_(list(set_ids))))
        return [value_of(DateSet, row) for row in sorted(rows, key=lambda row: row.id)]

    def put(self, date_set: DateSet) -> None:
        """Add the set, or replace the one of the same id."""
        self.remove(date_set.id)
        self._session.execute(insert(DateSetRow), [columns_of(date_set)])

    def remove(self, set_id: DateSetId) -> None:
        change(self._session, delete(DateSetRow).where(DateSetRow.id == set_id))
