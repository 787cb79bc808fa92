"""Repository of delegated slots."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, select, update

from broadcast.scheduling.slots import Slot, SlotId
from cms.bulletins.tables.bulletins import SlotRow
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of
from province.areas import AreaId
from province.people import UserId


class Slots(KeyedRepository[SlotId, Slot], kind=Slot, row=SlotRow, noun="slot"):
    """Slots that areas gave to partners."""

    def save(self, slot: Slot) -> None:
        change(self._session, update(SlotRow).where(SlotRow.id == slot.id).values(columns_of(slot)))

    def of_holder(self, user_id: UserId) -> Sequence[Slot]:
        """Return those not revoked, by id."""
        return self._in_force(SlotRow.holder_id == user_id)

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Slot]:
        """Return those not revoked at these very areas, by id."""
        return self._in_force(SlotRow.area_id.in_(list(area_ids)))

    def _in_force(self, where: ColumnElement[bool]) -> Sequence[Slot]:
        return self._listed(Slot, select(SlotRow).where(where, SlotRow.revoked_at.is_(None)).order_by(SlotRow.id))
