"""Repository of exemptions: dates without an area's quota."""

from collections.abc import Iterable, Sequence
from typing import Self

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from broadcast.scheduling.area_rules import Exemption, ExemptionId
from cms.areas.repository import Places
from cms.areas.tables import ExemptionRow
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId


class Exemptions(KeyedRepository[ExemptionId, Exemption], kind=Exemption, row=ExemptionRow, noun="exemption"):
    """Dates without quota, in every state. ``Places.rules`` includes the confirmed ones."""

    def __init__(self, session: Session, places: Places) -> None:
        super().__init__(session)
        self._places = places

    @classmethod
    def within(cls, unit: UnitOfWork) -> Self:
        return cls(unit.session, unit[Places])

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Exemption]:
        """Return the exemptions of these very areas, the latest date first."""
        return self._listed(
            Exemption,
            select(ExemptionRow)
            .where(ExemptionRow.area_id.in_(list(area_ids)))
            .order_by(ExemptionRow.on.desc(), ExemptionRow.id),
        )

    def put(self, exemption: Exemption) -> None:
        """Add it, or replace the one of the same id."""
        change(self._session, delete(ExemptionRow).where(ExemptionRow.id == exemption.id))
        self._session.execute(insert(ExemptionRow), [columns_of(exemption)])
        self._session.expire_all()
        self._places.forget_rules()
