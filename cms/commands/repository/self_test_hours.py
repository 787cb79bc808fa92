"""Repository of the times of audible self-tests, by area."""

from collections.abc import Mapping

from sqlalchemy import insert, select, update

from cms.commands.tables import TestHourRow
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from devices.commands.self_tests import TestHour
from province.areas import AreaId
from province.errors import ConflictError, NotFoundError


class AreaTestHours(Repository):
    """Repository of test hours, one at most for each area; each is changed only against its present version."""

    def all(self) -> Mapping[AreaId, TestHour]:
        rows = self._session.scalars(select(TestHourRow).order_by(TestHourRow.area_id))
        return {row.area_id: value_of(TestHour, row) for row in rows}

    def find(self, area_id: AreaId) -> TestHour | None:
        row = self._session.scalar(select(TestHourRow).where(TestHourRow.area_id == area_id))
        return None if row is None else value_of(TestHour, row)

    def get(self, area_id: AreaId) -> TestHour:
        """Return an area's test hour. Raises NotFoundError."""
        found = self.find(area_id)
        if found is None:
            raise NotFoundError("self_test_hour", area_id)
        return found

    def put(self, hour: TestHour) -> None:
        """Store ``hour``, one version above the stored one, or the first. Raises ConflictError where it is not."""
        if hour.version == 1:
            self._session.execute(insert(TestHourRow), [columns_of(hour)])
            return
        is_it = (TestHourRow.area_id == hour.area_id, TestHourRow.version == hour.version - 1)
        if change(self._session, update(TestHourRow).where(*is_it).values(columns_of(hour))) != 1:
            raise ConflictError("self_test_hour", hour.area_id, hour.version - 1, self.get(hour.area_id).version)
