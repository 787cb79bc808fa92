"""Repository of delegated slots."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, insert, select, update

from broadcast.scheduling.slots import Slot, SlotId
from cms.bulletins.tables.bulletins import SlotRow
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import UserId


class Slots(Repository):
    """Slots that areas gave to partners."""

    def get(self, slot_id: SlotId) -> Slot:
        """Return the one of this id. Raises NotFoundError."""
        row = self._session.scalar(select(SlotRow).where(SlotRow.id == slot_id))
        if row is None:
            raise NotFoundError("slot", slot_id)
        return value_of(Slot, row)

    def add(self, slot: Slot) -> None:
        self._session.execute(insert(SlotRow), [columns_of(slot)])

    def save(self, slot: Slot) -> None:
        change(self._session, update(SlotRow).where(SlotRow.id == slot.id).values(columns_of(slot)))

    def of_holder(self, user_id: UserId) -> Sequence[Slot]:
        """Return those not revoked, by id."""
        return self._in_force(SlotRow.holder_id == user_id)

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Slot]:
        """Return those not revoked at these very areas, by id."""
        return self._in_force(SlotRow.area_id.in_(list(area_ids)))

    def _in_force(self, where: ColumnElement[bool]) -> Sequence[Slot]:
        rows = self._session.scalars(select(SlotRow).where(where, SlotRow.revoked_at.is_(None)).order_by(SlotRow.id))
        return [value_of(Slot, row) for row in rows]
